"""Owns the estimate of which denials get appealed, and the weights that would undo the choice.

The rows are denials that an appeal was open to, old enough that it would have been filed by now. Each is seen on the day after
its denial, so that nothing the appeal itself left behind has a say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claims.denial import denial_codes
from features.appeals import contested_denials
from features.batch import ClaimBatch, Days, day_date, days, texts
from features.denial_batch import DenialBatch, build_denial_matrix
from features.history import History
from features.matrix import FeatureMatrix
from models.appeal_choice import AppealChoice
from models.linear import LinearPart
from models.spec import LinearRule
from training.linear import fit_linear

FILED_SHARE = 0.95  # of appeals that a denial's age must leave time for
SMALLEST_COUNT = 30  # appeals, without which no choice is learned
PATIENT_SHARE = {"1", "2", "3"}
SMALLEST_WEIGHT, LARGEST_WEIGHT = 0.2, 5.0
RULE = LinearRule(
    only_named=True,
    deviations=(
        ("denied_for_*", 1.2),
        ("payer_leniency", 0.4),
        ("denied_amount_log", 0.8),
        ("document_on_hand", 0.4),
        ("claim_paperwork_count", 0.4),
        ("claim_is_institutional", 0.4),
        ("claim_is_secondary", 0.4),
        ("claim_diagnosis_count", 0.1),
        ("denied_as_contractual", 0.4),
    ),
)

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Denials that could have been appealed, by day, and whether they were; ids of the matrix are those of remittances."""

    matrix: FeatureMatrix
    denied_day: Days
    appealed: Flags

    def __len__(self) -> int:
        return len(self.appealed)


def read_choices(
    denials: pa.Table,
    claims: ClaimBatch,
    history: History,
    *,
    contested: Mapping[str, int],
    end: int,
    names: tuple[str, ...],
) -> Choices:
    """Take denials (rows of `Adjudication.denials`) as known on the day `end`.

    `contested` gives the filing day of the first appeal of a denial, by its remittance.
    """
    keys, denied = texts(denials["remittance_id"]), days(denials["denied_on"])
    filed = np.array([contested.get(key, -1) for key in keys], dtype=np.int64)
    lag = np.sort((filed - denied)[filed >= 0])
    patience = int(lag[int(FILED_SHARE * (len(lag) - 1))]) if len(lag) else 0
    open_to_appeal = ~np.isin(texts(denials["rarc"]).astype(str), sorted(denial_codes().no_appeal_rarcs))
    own_share = (texts(denials["group_code"]) == "PR") & np.isin(texts(denials["carc"]).astype(str), sorted(PATIENT_SHARE))
    rows = np.flatnonzero(open_to_appeal & ~own_share & (denied + patience < end))
    rows = rows[np.argsort(denied[rows], kind="stable")]
    batch = DenialBatch.from_tables(denials.take(pa.array(rows)), claims, as_of=day_date(end))
    day = days(batch.denials["denied_on"])
    kept = texts(batch.denials["remittance_id"])
    return Choices(
        matrix=build_denial_matrix(replace(batch, prediction_day=day + 1), history, names),
        denied_day=day,
        appealed=np.array([key in contested for key in kept], dtype=np.bool_),
    )


def first_filings(appeals: pa.Table, denials: pa.Table) -> dict[str, int]:
    """Give the day on which each contested denial was first appealed, by its remittance."""
    filed, keys = days(appeals["filed_on"]), texts(denials["remittance_id"])
    found: dict[str, int] = {}
    for at, day in zip(contested_denials(appeals, denials, filed).tolist(), filed.tolist(), strict=True):
        if at >= 0:
            found[keys[at]] = min(day, found.get(keys[at], day))
    return found


def fit_choice(choices: Choices, rows: NDArray[np.int64] | None = None) -> LinearPart | None:
    """Fit P(appealed) on all rows or some; `None` with too few appeals to tell."""
    rows = np.arange(len(choices)) if rows is None else rows
    if choices.appealed[rows].sum() < SMALLEST_COUNT or (~choices.appealed[rows]).sum() < SMALLEST_COUNT:
        return None
    names = choices.matrix.names
    return fit_linear(choices.matrix.values[rows], choices.appealed[rows], weight=None, rule=RULE, names=names)


def learn_choice(choices: Choices, *, gamma: float) -> AppealChoice | None:
    """Learn the choice for a bundle; `None` with too few appeals, or where the spec assumes that nothing is hidden."""
    linear = fit_choice(choices) if gamma > 1 else None
    return None if linear is None else AppealChoice(names=choices.matrix.names, linear=linear, gamma=gamma)


def choice_weights(chance: Numbers, *, drawn: Numbers | None = None, clipped: bool = True) -> Numbers:
    """Give stabilised inverse chances of appealed rows, mean 1, by default within a fifth and five.

    `drawn` is the known probability that a row was drawn by lot as well, 0 where it could not be: it was then chosen by either.
    """
    by_either = 1.0 - (1.0 - chance) * (1.0 - (0.0 if drawn is None else drawn))
    weight = 1.0 / np.maximum(by_either, 1e-3)
    weight /= weight.mean()
    if clipped:
        weight = np.clip(weight, SMALLEST_WEIGHT, LARGEST_WEIGHT)
    scaled: Numbers = weight / weight.mean()
    return scaled
