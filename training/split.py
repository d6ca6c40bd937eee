"""Owns the split by time. Every part ends on a day and holds only rows that were mature, and whose outcome was known, by then.

So no label that became known later leaks into what is fitted, calibrated or chosen, and none is missing because it was slow.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.maturity import Days, Maturity
from models.spec import SplitRule
from training.dataset import Dataset
from training.errors import TooLittleData

SMALLEST_PART = 12  # rows with an outcome
SMALLEST_OUTCOME_COUNT = 2  # of them of each kind


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Members fitted on rows known before `start`, scored on those sent from `start` to before `end`."""

    start: int
    end: int
    fitted: NDArray[np.int64]
    scored: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """`folds` are rolling origins before `test_start`: their scored rows stop the boosting and fit the calibration.

    `fitted` is all that was mature and known before `test_start`; `tested` all sent from then on and mature by `end`.
    """

    folds: tuple[Fold, ...]
    test_start: int
    end: int
    fitted: NDArray[np.int64]
    tested: NDArray[np.int64]
    everything: NDArray[np.int64]  # mature and known by `end`: what the shipped model is refitted on
    immature_count: int  # sent too recently to count
    unanswered_count: int  # mature, and still without an answer: excluded, never taken for paid


def split_by_time(dataset: Dataset, maturity: Maturity, rule: SplitRule) -> TimeSplit:
    """Split a dataset whose rows stand in order of `sent`. Raises: TooLittleData, when a part would be too small to use."""
    ripe = dataset.sent + maturity.of(dataset.payer_id)

    def known_by(end: int, *, start: int | None = None) -> NDArray[np.int64]:
        chosen = (ripe <= end) & (dataset.known < end)
        return np.flatnonzero(chosen if start is None else chosen & (dataset.sent >= start))

    everything = known_by(dataset.end)
    _check_part(dataset, everything, what="matured rows")
    sent = dataset.sent[everything]
    test_start = _day_at(sent, 1 - rule.test_fraction)
    fitted = known_by(test_start)
    tested = known_by(dataset.end, start=test_start)
    starts = [_day_at(dataset.sent[fitted], fraction) for fraction in rule.fold_starts]
    folds = tuple(
        Fold(start=start, end=end, fitted=known_by(start), scored=_before(dataset.sent, known_by(test_start, start=start), end))
        for start, end in zip(starts, [*starts[1:], test_start], strict=True)
    )
    # A young history has too few rows before its early folds; the later ones do.
    folds = tuple(fold for fold in folds if _is_enough(dataset, fold.fitted) and _is_enough(dataset, fold.scored))
    folds = folds or (_impatient_fold(dataset, test_start),)
    _check_part(dataset, folds[-1].fitted, what="rows before the last fold")
    _check_part(dataset, folds[-1].scored, what="rows of the last fold")
    _check_part(dataset, tested, what="rows of the test part")
    return TimeSplit(
        folds=folds,
        test_start=test_start,
        end=dataset.end,
        fitted=fitted,
        tested=tested,
        everything=everything,
        immature_count=int((ripe > dataset.end).sum()),
        unanswered_count=int(((ripe <= dataset.end) & (dataset.known >= dataset.end)).sum()),
    )


def _impatient_fold(dataset: Dataset, test_start: int) -> Fold:
    """Halve what was known before the test part by day of sending, for a history too young to wait for its slow answers twice.

    The first half may hold outcomes that came only in the second. That can mislead the rounds, not the test.
    """
    early = np.flatnonzero(dataset.known < test_start)
    start = _day_at(dataset.sent[early], 0.5) if len(early) else test_start
    return Fold(
        start=start,
        end=test_start,
        fitted=early[dataset.sent[early] < start],
        scored=early[dataset.sent[early] >= start],
    )


def _day_at(sent: Days, fraction: float) -> int:
    return int(np.sort(sent)[min(len(sent) - 1, int(len(sent) * fraction))])


def _before(sent: Days, rows: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    return rows[sent[rows] < end]


def _is_enough(dataset: Dataset, rows: NDArray[np.int64]) -> bool:
    positives = int(dataset.label[rows].sum())
    return len(rows) >= SMALLEST_PART and min(positives, len(rows) - positives) >= SMALLEST_OUTCOME_COUNT


def _check_part(dataset: Dataset, rows: NDArray[np.int64], *, what: str) -> None:
    positives = int(dataset.label[rows].sum())
    if len(rows) < SMALLEST_PART:
        raise TooLittleData(what=what, expected=SMALLEST_PART, got=len(rows))
    if min(positives, len(rows) - positives) < SMALLEST_OUTCOME_COUNT:
        got = min(positives, len(rows) - positives)
        raise TooLittleData(what=f"{what} of each outcome", expected=SMALLEST_OUTCOME_COUNT, got=got)
