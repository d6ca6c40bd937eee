"""Owns a batch of denials before an appeal: the denial, the claim that it answers, the level and the day of decision."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.appeals import DENIAL_KEYS, OVERALL_OVERTURN_RATE, THOUSANDTHS, DecidedAppeals
from features.batch import ClaimBatch, Days, Numbers, Texts, day_number, numbers, texts
from features.catalog import APPEAL_FEATURES
from features.evaluation import Evaluation
from features.history import History
from features.matrix import FeatureMatrix, known_names
from features.registry import FEATURES, Column

PRIOR_APPEALS = 12.0  # how many decided appeals the parent's rate is worth
PRIOR_VARIANCE = 1.5  # of six appeals of an even chance: pulls the leniency of a payer with few appeals towards none
APPEAL_PARENTS = {"payer": "all", "category": "all", "category_payer": "category", "carc": "all", "carc_payer": "carc"}


@dataclass(frozen=True, kw_only=True)
class DenialBatch:
    """Rows of `Adjudication.denials` that have their claim in the history, with the appeal level (1 = first) and clock.

    `claims` has the claim of row i at position `claim_row[i]`; `prediction_day` has shape (n,).
    """

    denials: pa.Table
    claims: ClaimBatch
    claim_row: NDArray[np.int64]
    level: NDArray[np.int64]
    prediction_day: Days

    @classmethod
    def from_tables(
        cls,
        denials: pa.Table,
        claims: ClaimBatch,
        *,
        as_of: date,
        level: NDArray[np.int64] | None = None,
    ) -> "DenialBatch":
        """Take the denials whose claim is in `claims`, to be judged on `as_of`; level 1 unless given, shape (n,) of `denials`."""
        position = {key: row for row, key in enumerate(claims.submission_ids)}
        owner = np.array([position.get(key, -1) for key in texts(denials["submission_id"])], dtype=np.int64)
        kept = np.flatnonzero(owner >= 0)
        levels = np.ones(denials.num_rows, dtype=np.int64) if level is None else level
        return cls(
            denials=denials.take(pa.array(kept)),
            claims=claims,
            claim_row=owner[kept],
            level=levels[kept],
            prediction_day=np.full(len(kept), day_number(as_of), dtype=np.int64),
        )

    @classmethod
    def of_decided(
        cls, decided: DecidedAppeals, denials: pa.Table, claims: ClaimBatch
    ) -> tuple["DenialBatch", NDArray[np.int64]]:
        """Take the denials of decided appeals, each on its filing day, and the positions in `decided` that were kept."""
        position = {key: row for row, key in enumerate(claims.submission_ids)}
        rows = denials.take(pa.array(decided.denial))
        owner = np.array([position.get(key, -1) for key in texts(rows["submission_id"])], dtype=np.int64)
        kept = np.flatnonzero(owner >= 0)
        batch = cls(
            denials=rows.take(pa.array(kept)),
            claims=claims,
            claim_row=owner[kept],
            level=decided.level[kept],
            prediction_day=decided.filed_day[kept],
        )
        return batch, kept

    def __len__(self) -> int:
        return int(self.denials.num_rows)


class DenialEvaluation:
    """Denials seen through a history, with their claims as of the same day."""

    def __init__(self, batch: DenialBatch, history: History) -> None:
        self.batch = batch
        self.history = history
        self.day = batch.prediction_day
        rows, self._row = np.unique(np.column_stack([batch.claim_row, batch.prediction_day]), axis=0, return_inverse=True)
        self._claims = Evaluation(batch.claims.at(rows[:, 0], rows[:, 1]), history)

    def of_claim(self, name: str) -> Column:
        """Give a claim feature, as known on the day of decision."""
        return np.asarray(FEATURES[name].function(self._claims)[self._row])

    def of_claims(self, function: Callable[[Evaluation], Column]) -> Column:
        """Evaluate a function of claims on the claims, as known on the day of decision."""
        return np.asarray(function(self._claims)[self._row])

    def claim_text(self, column: str) -> Texts:
        """Give a text column of the claim."""
        return np.asarray(self._claims.batch.text(column)[self._row])

    def number(self, column: str) -> Numbers:
        """Give a number column of the denial."""
        return numbers(self.batch.denials[column])

    def text(self, column: str) -> Texts:
        """Give a text column of the denial."""
        return texts(self.batch.denials[column])

    def decided(self, table: str, measure: str = "decided") -> Column:
        """Count appeals decided before, under a key of `DENIAL_KEYS`."""
        index = self.history.appeal_outcomes[table]
        return index.count(measure, index.before(index.encode(DENIAL_KEYS[table](self.batch.denials)), self.day))

    def overturn_rate(self, table: str) -> Column:
        """Share of them overturned, pulled towards the parent's share."""
        decided, overturned = self.decided(table), self.decided(table, "overturned")
        parent = APPEAL_PARENTS.get(table)
        prior = self.overturn_rate(parent) if parent else np.full(len(decided), OVERALL_OVERTURN_RATE)
        return np.asarray((overturned + PRIOR_APPEALS * prior) / (decided + PRIOR_APPEALS))

    def leniency(self, table: str) -> Column:
        """Give about the log-odds by which appeals under a key were won more often than their categories had it; 0 = as often."""
        surplus, variance = (self.decided(table, measure) / THOUSANDTHS for measure in ("surplus", "variance"))
        return np.asarray(surplus / (variance + PRIOR_VARIANCE))


def build_denial_matrix(batch: DenialBatch, history: History, feature_names: tuple[str, ...] | None = None) -> FeatureMatrix:
    """Compute features of each denial as known before its prediction day. Raises: FeatureError for an unknown name."""
    names = known_names(APPEAL_FEATURES if feature_names is None else feature_names, ("denial",))
    evaluation = DenialEvaluation(batch, history)
    values = np.empty((len(batch), len(names)), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        for at, name in enumerate(names):
            values[:, at] = FEATURES[name].function(evaluation)
    return FeatureMatrix(values=values, names=names, ids=texts(batch.denials["remittance_id"]))
