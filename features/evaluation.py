"""Owns one evaluation of features over a batch: looks each count up once and smooths rates towards their parents."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from features.batch import NO_DAY, ClaimBatch, Days, Numbers, Texts, days, numbers
from features.events import EventIndex, Flags, Ints, Span
from features.keys import CLAIM_KEYS, LINE_KEYS, SENT_CLAIM_KEYS, SENT_LINE_KEYS
from features.registers import Found
from features.registry import Column
from features.tables import EVER, LINE_TABLES, OVERALL_CAUSE_RATE, OVERALL_DENIAL_RATE, PRIOR_ANSWERS, SPANS, TABLES
from features.text_keys import join

if TYPE_CHECKING:
    from features.history import History

Made = TypeVar("Made")
_BATCH_KEYS = {**CLAIM_KEYS, **LINE_KEYS, **SENT_CLAIM_KEYS, **SENT_LINE_KEYS}
# Indexes that count the same key as another one.
_KEY_OF = {"service_rejections": "service", "service_answers": "service"}
_ON_LINES = frozenset((*LINE_KEYS, *LINE_TABLES, *SENT_LINE_KEYS, "gap_step", "repeat_step"))


class Evaluation:
    """A batch seen through a history. Holds nothing beyond one `build_matrix` call.

    A column of a table of lines has shape (n_lines,), any other (n_claims,).
    """

    def __init__(self, batch: ClaimBatch, history: "History") -> None:
        self.batch = batch
        self.history = history
        self.day: Days = batch.prediction_day
        self._made: dict[object, object] = {}

    def once(self, key: object, make: Callable[[], Made]) -> Made:
        """Make a thing once per evaluation."""
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = make()
        return made  # type: ignore[return-value]

    @cached_property
    def line_day(self) -> Days:
        """Prediction day of each line."""
        return self.day[self.batch.line_owner]

    @cached_property
    def service_from(self) -> Days:
        """First service day of each claim, NO_DAY where there is none."""
        return days(self.batch.claims["service_from_on"])

    @cached_property
    def service_to(self) -> Days:
        """Last service day of each claim, from which filing limits count."""
        return days(self.batch.claims["service_to_on"])

    @cached_property
    def line_service_from(self) -> Days:
        """First service day of each line, the claim's where it has none."""
        return self.service_days(self.batch)

    @staticmethod
    def service_days(batch: ClaimBatch) -> Days:
        """First service day of each line, the claim's where it has none."""
        own = days(batch.lines["service_from_on"])
        return np.where(own != NO_DAY, own, days(batch.claims["service_from_on"])[batch.line_owner])

    @cached_property
    def days_since_service(self) -> Column:
        """Days from the last service day to the prediction day; NaN without a service day."""
        return between(self.service_to, self.day)

    @cached_property
    def eligibility(self) -> Found:
        """Newest check of each subscriber at the claim's payer."""
        keys = join(self.batch.text("subscriber_key"), self.batch.text("payer_id"))
        return self.history.registers["eligibility"].latest(keys, self.day)

    @cached_property
    def days_since_same_procedure(self) -> Column:
        """Days from the service day last sent for patient and procedure to each line's own; NaN = none, or a later one."""
        index, _, span = self.look_up(self.history.sent, "patient_procedure")
        row = index.last_row(span)
        sent = self.history.line_service_days
        last = np.where(row >= 0, sent[np.maximum(row, 0)] if len(sent) else NO_DAY, NO_DAY)
        gap = between(last, self.line_service_from)
        return np.where(gap >= 0, gap, np.nan)

    def same_procedure_count(self, window: int) -> Column:
        """Count lines sent for patient and procedure in the days before, per line."""
        index, _, span = self.look_up(self.history.sent, "patient_procedure", window=window)
        return index.count("submissions", span)

    def claim_number(self, column: str) -> Numbers:
        """Read a claim column as numbers."""
        return self.once(("number", column), lambda: numbers(self.batch.claims[column]))

    @cached_property
    def units(self) -> Numbers:
        """Units of each line."""
        return numbers(self.batch.lines["units"])

    def key(self, table: str) -> Texts:
        """Keys of this batch for a table: per claim, or per line."""

        def make() -> Texts:
            from features.states import state_key

            definition = _BATCH_KEYS.get(table)
            return definition(self.batch) if definition else state_key(self, table)

        return self.once(("key", table), make)

    def look_up(
        self, indexes: dict[str, EventIndex], table: str, *, window: int | None = None, last: int | None = None
    ) -> tuple[EventIndex, Ints, Span]:
        """Find the span of a table's events before each prediction day: index, codes, span."""

        def find() -> tuple[EventIndex, Ints, Span]:
            index, name = indexes[table], _KEY_OF.get(table, table)
            encoded = self.once(("code", id(indexes), table), lambda: index.encode(self.key(name)))
            day = self.line_day if name in _ON_LINES else self.day
            return index, encoded, index.before(encoded, day, days=window, last=last)

        return self.once(("span", id(indexes), table, window, last), find)

    def _counted(
        self, indexes: dict[str, EventIndex], table: str, *, window: int | None = None, last: int | None = None
    ) -> tuple[EventIndex, Column]:
        """Count every measure of a table at once: index, and counts of shape (n, n_measures)."""
        index, _, span = self.look_up(indexes, table, window=window, last=last)
        return index, self.once(("counts", id(indexes), table, window, last), lambda: index.counts(span))

    def counts(self, table: str, measure: str, *, span: str = EVER) -> Column:
        """Count first answers with a measure, known before each prediction day."""
        window, last = SPANS[span]
        index, counted = self._counted(self.history.outcomes, table, window=window, last=last)
        return counted[:, index.measures[measure]]

    def habit(self, table: str, measures: tuple[str, ...]) -> Column:
        """Count answered claims or lines with habits: shape (n, len(measures))."""
        index, counted = self._counted(self.history.habits, table)
        return counted[:, [index.measures[measure] for measure in measures]]

    def habit_peak(self, table: str, name: str) -> Column:
        """Highest value of a habit so far; NaN = none."""
        index, encoded, found = self.look_up(self.history.habits, table)
        return index.peak(name, encoded, found)

    def sent_count(self, table: str, measure: str = "submissions") -> Column:
        """Count earlier submissions."""
        index, _, found = self.look_up(self.history.sent, table)
        return index.count(measure, found)

    def rate(self, table: str, measure: str, *, span: str = EVER) -> Column:
        """Share of answers with a measure, pulled towards the parent's; never NaN. See `features.tables`."""
        return self._rates(table, span)[:, self.history.outcomes[table].measures[measure]]

    def _rates(self, table: str, span: str) -> Column:
        """Smooth every measure of a table at once: shape (n, n_measures)."""

        def smooth() -> Column:
            window, last = SPANS[span]
            index, counted = self._counted(self.history.outcomes, table, window=window, last=last)
            answers = counted[:, index.measures["answers"], None]
            return np.asarray((counted + PRIOR_ANSWERS * self._prior(table, span)) / (answers + PRIOR_ANSWERS))

        return self.once(("rates", table, span), smooth)

    def _prior(self, table: str, span: str) -> Column:
        parent = TABLES[table].parent
        if span != EVER:
            own = self._rates(table, EVER)
            if not isinstance(parent, str):
                return own
            return np.minimum(own * (self._rates_of(parent, table, span) / self._rates_of(parent, table)), 1.0)
        if parent is None:
            measures = self.history.outcomes[table].measures
            overall = [OVERALL_DENIAL_RATE if measure == "denied" else OVERALL_CAUSE_RATE for measure in measures]
            return np.tile(overall, (len(self.batch.line_owner if table in _ON_LINES else self.day), 1))
        if isinstance(parent, str):
            return self._rates_of(parent, table)
        first, second, common = (self._rates_of(name, table) for name in parent)
        return np.minimum(first * second / common, 1.0)

    def _rates_of(self, parent: str, child: str, span: str = EVER) -> Column:
        """Rates of a parent for the measures that a child counts."""
        outcomes = self.history.outcomes
        places = [outcomes[parent].measures[measure] for measure in outcomes[child].measures]
        return self._rates(parent, span)[:, places]

    def highest(self, per_line: Column) -> Column:
        """Highest value over a claim's lines; NaN for a claim without lines."""
        return self._reduce(np.fmax, per_line, np.nan)

    def lowest(self, per_line: Column) -> Column:
        """Lowest value over a claim's lines; NaN for a claim without lines."""
        return self._reduce(np.fmin, per_line, np.nan)

    def total(self, per_line: Column) -> Column:
        """Sum over a claim's lines of counts or flags; 0 for a claim without lines."""
        return self._reduce(np.add, per_line, 0.0)

    def at_least_one(self, per_line: Column) -> Column:
        """Chance that at least one line fires when each does with its own rate: 1 - prod(1 - rate)."""
        return 1.0 - self._reduce(np.multiply, 1.0 - per_line, 1.0)

    def _reduce(self, function: np.ufunc, per_line: Column, empty: float) -> Column:
        start = self.batch.line_start
        if self._every_claim_has_lines:
            return np.asarray(function.reduceat(per_line, start[:-1]))
        return reduce_groups(function, per_line, start, empty=empty)

    @cached_property
    def _every_claim_has_lines(self) -> bool:
        start = self.batch.line_start
        return len(start) > 1 and bool((start[1:] > start[:-1]).all())

    def on_lines(self, per_claim: Column) -> Column:
        """Repeat each claim's value on its lines."""
        return per_claim[self.batch.line_owner]


def reduce_groups(function: np.ufunc, values: Column, start: Ints, *, empty: float) -> Column:
    """Reduce values[start[i]:start[i + 1]] for each i; `empty` where there are none. Shape (len(start) - 1,)."""
    found = np.full(len(start) - 1, empty)
    filled = np.flatnonzero(start[1:] > start[:-1])
    if len(filled):
        found[filled] = function.reduceat(values, start[filled])
    return found


def between(first: Days, last: Days) -> Column:
    """Count days from one to another; NaN where either is absent."""
    return np.where((first != NO_DAY) & (last != NO_DAY), last - first, np.nan)


def as_flag(condition: Flags) -> Column:
    """Write a condition as 1.0 and 0.0."""
    return np.asarray(condition, dtype=np.float64)
