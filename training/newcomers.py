"""Owns newcomers: rows that members learn from a second time, as if nobody had ever billed their payer.

A practice signs with a new payer: no history knows it, and perhaps no register either. Without such rows a member takes "never
enrolled, never checked, never paid" for alarming, which it is at a payer that is known. Half of the newcomers keep the
practice's own records (eligibility, authorizations, enrollments) under the new payer; the other half have none.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from claims.history.store import HistoryStore
from features.batch import ClaimBatch, Texts
from features.history import History
from features.matrix import FeatureMatrix, build_matrix
from features.registers import read_registers

NEW_PAYER = "new payer"  # an id that no file carries: lower case and a space are not in X12's NM109 of payers
SEED = 43


@dataclass(frozen=True, kw_only=True)
class Newcomers:
    """Copies of rows of a dataset: `copied` are their positions there, rising; `matrix` their features under the new payer."""

    copied: NDArray[np.int64]
    matrix: FeatureMatrix


def build_newcomers(
    batch: ClaimBatch, history: History, store: HistoryStore, names: tuple[str, ...], *, share: float, before: date | None
) -> Newcomers | None:
    """Copy a share of the batch at random, the same for the same batch size. `None` for a share of 0."""
    draws = np.random.default_rng(SEED).random(len(batch))
    copied = np.flatnonzero(draws < share)
    if not len(copied):
        return None
    matrix = as_new_payer(batch.take(copied), history, names)
    recorded = np.flatnonzero(draws[copied] < share / 2)
    with_records = as_new_payer(batch.take(copied[recorded]), history_of_records(history, store, before=before), names)
    matrix.values[recorded] = with_records.values
    return Newcomers(copied=copied, matrix=matrix)


def as_new_payer(batch: ClaimBatch, history: History, names: tuple[str, ...]) -> FeatureMatrix:
    """Give the features that claims would have, had they gone to a payer that the history does not know."""
    return build_matrix(batch.with_text({"payer_id": _new_payers(batch.text("payer_id")).tolist()}), history, names)


def history_of_records(history: History, store: HistoryStore, *, before: date | None) -> History:
    """Give the history with the practice's own records filed under the new payer of each payer."""
    return replace(history, registers=read_registers(store, before=before, payer_names=_new_payers))


def _new_payers(payers: Texts) -> Texts:
    return np.array([f"{NEW_PAYER} {payer}" for payer in payers.tolist()], dtype=object)
