"""Owns one evaluation of features over a batch: looks each count up once and smooths rates towards their parents."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from features.batch import ClaimBatch, Days, Numbers, Texts, days, numbers
from features.events import EventIndex
from features.history import Found, History
from features.keys import CLAIM_KEYS, LINE_KEYS
from features.registry import Column

# How many answers of the parent a rate of the child is worth before it has any of its own.
PRIOR_ANSWERS = 12.0
# A child's rate is pulled towards its parent's; "all" towards OVERALL_RATE.
PARENTS: dict[str, str] = {
    "payer": "all",
    "plan_kind": "all",
    "provider": "all",
    "location": "all",
    "provider_payer": "payer",
    "taxonomy_payer": "payer",
    "referrer_payer": "payer",
    "location_payer": "payer",
    "payer_place": "payer",
    "payer_id_format": "payer",
    "payer_frequency": "payer",
    "payer_sequence": "payer",
    "group": "payer",
    "subscriber_payer": "payer",
    "payer_procedure": "procedure",
    "payer_procedure_family": "payer_procedure",
    "payer_procedure_diagnosis": "payer_procedure_family",
    "procedure_diagnosis": "procedure",
    "payer_procedure_modifiers": "payer_procedure",
    "procedure_modifiers": "procedure",
    "payer_procedure_place": "payer_procedure",
    "payer_procedure_units": "payer_procedure",
    "payer_procedure_taxonomy": "payer_procedure",
    "procedure_sex": "procedure",
    "provider_procedure": "procedure",
}
OVERALL_RATE = {"denied": 0.1}
OVERALL_CAUSE_RATE = 0.01


class Evaluation:
    """A batch seen through a history. Holds nothing beyond one `build_matrix` call."""

    def __init__(self, batch: ClaimBatch, history: History) -> None:
        self.batch = batch
        self.history = history
        self.day: Days = batch.prediction_day
        self._cache: dict[tuple[object, ...], Column] = {}
        self._keys: dict[str, Texts] = {}

    @cached_property
    def line_day(self) -> Days:
        """Prediction day of each line."""
        return self.day[self.batch.line_owner]

    @cached_property
    def service_from(self) -> Days:
        """First service day of each claim."""
        return days(self.batch.claims["service_from_on"])

    @cached_property
    def service_to(self) -> Days:
        """Last service day of each claim, from which filing limits count."""
        return days(self.batch.claims["service_to_on"])

    @cached_property
    def line_service_from(self) -> Days:
        """First service day of each line, the claim's where it has none."""
        own = days(self.batch.lines["service_from_on"])
        return np.where(own >= -500_000, own, self.service_from[self.batch.line_owner])

    def claim_number(self, column: str) -> Numbers:
        """Read a claim column as numbers."""
        return numbers(self.batch.claims[column])

    def remember(self, key: tuple[object, ...], make: Callable[[], Column]) -> Column:
        """Compute once per evaluation."""
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]

    def key(self, table: str) -> Texts:
        """Keys of this batch for an outcome table: per claim, or per line."""
        if table not in self._keys:
            definition = CLAIM_KEYS.get(table) or LINE_KEYS[table]
            self._keys[table] = definition(self.batch)
        return self._keys[table]

    def index(self, table: str) -> EventIndex:
        """Give the outcome index of a table."""
        return self.history.claim_outcomes.get(table) or self.history.line_outcomes[table]

    def counts(self, table: str, measure: str, *, window: int | None = None) -> Column:
        """Count first answers with `measure`, known before each prediction day, at most `window` days earlier."""
        index = self.index(table)

        def look_up() -> Column:
            day = self.day if table in CLAIM_KEYS else self.line_day
            return index.before(index.encode(self.key(table)), day, days=window)

        return self.remember(("counts", table, window), look_up)[:, index.measures.index(measure)]

    def rate(self, table: str, measure: str, *, of: str = "answers", window: int | None = None) -> Column:
        """Share of answers with `measure`, pulled towards the parent's share; per claim or per line, never NaN."""

        def smooth() -> Column:
            answers, hits = self.counts(table, of, window=window), self.counts(table, measure, window=window)
            parent = PARENTS.get(table)
            if parent is not None:
                prior = self.rate(parent, measure, of=of, window=window)
            elif window is not None:
                prior = self.rate(table, measure, of=of)
            else:
                prior = np.full(len(answers), OVERALL_RATE.get(measure, OVERALL_CAUSE_RATE))
            return np.asarray((hits + PRIOR_ANSWERS * prior) / (answers + PRIOR_ANSWERS))

        return self.remember(("rate", table, measure, of, window), smooth)

    def highest(self, per_line: Column) -> Column:
        """Highest value over a claim's lines; NaN for a claim without lines."""
        return self._reduce(np.fmax, per_line)

    def lowest(self, per_line: Column) -> Column:
        """Lowest value over a claim's lines; NaN for a claim without lines."""
        return self._reduce(np.fmin, per_line)

    def _reduce(self, function: np.ufunc, per_line: Column) -> Column:
        start = self.batch.line_start
        found = np.full(len(self.batch), np.nan)
        filled = np.flatnonzero(start[1:] > start[:-1])
        if len(filled):
            found[filled] = function.reduceat(per_line, start[filled])
        return found

    def at_least_one(self, per_line: Column) -> Column:
        """Chance that at least one line fires when each does with its own rate: 1 - prod(1 - rate)."""
        with np.errstate(divide="ignore"):
            logs = np.log1p(-np.minimum(per_line, 1.0))
        start = self.batch.line_start
        total = np.zeros(len(self.batch))
        filled = np.flatnonzero(start[1:] > start[:-1])
        if len(filled):
            total[filled] = np.add.reduceat(logs, start[filled])
        return np.asarray(-np.expm1(total))

    def found(self, register: str, keys: Texts, *, per_line: bool = False) -> Found:
        """Look up a reference table as known before each prediction day."""
        table = getattr(self.history, register)
        return table.latest(keys, self.line_day if per_line else self.day)  # type: ignore[no-any-return]
