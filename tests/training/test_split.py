from dataclasses import replace

import numpy as np
import pytest

from models.maturity import UNKNOWN, Maturity, learn_maturity
from models.spec import MaturityRule, SplitRule
from tests.training.factories import dataset
from training.errors import TooLittleData
from training.split import TimeSplit, split_by_time

ROWS = dataset()
MATURITY = learn_maturity(payer_id=ROWS.payer_id, sent=ROWS.sent, known=ROWS.known, end=ROWS.end, rule=MaturityRule())
SPLIT = split_by_time(ROWS, MATURITY, SplitRule())


def _parts(split: TimeSplit) -> list[tuple[str, np.ndarray, int]]:
    folds = [(f"fold {fold.start}", fold.fitted, fold.start) for fold in split.folds]
    scored = [(f"scored {fold.start}", fold.scored, split.test_start) for fold in split.folds]
    return [*folds, *scored, ("fitted", split.fitted, split.test_start), ("tested", split.tested, split.end)]


@pytest.mark.parametrize(("name", "rows", "end"), _parts(SPLIT))
def test_every_part_holds_only_outcomes_known_by_its_end(name: str, rows: np.ndarray, end: int) -> None:
    assert len(rows) > 50, name
    assert ROWS.known[rows].max() < end


@pytest.mark.parametrize(("name", "rows", "end"), _parts(SPLIT))
def test_every_part_holds_only_mature_rows(name: str, rows: np.ndarray, end: int) -> None:
    assert ((ROWS.sent + MATURITY.of(ROWS.payer_id))[rows] <= end).all(), name


def test_nothing_is_fitted_on_what_is_scored_or_tested() -> None:
    assert not set(SPLIT.fitted) & set(SPLIT.tested)
    for fold in SPLIT.folds:
        assert not set(fold.fitted) & set(fold.scored)
        assert ROWS.sent[fold.scored].min() >= fold.start
        assert ROWS.sent[fold.fitted].max() < fold.start


def test_the_test_part_is_the_newest() -> None:
    assert ROWS.sent[SPLIT.tested].min() >= SPLIT.test_start > ROWS.sent[SPLIT.fitted].max()


def test_folds_do_not_overlap() -> None:
    first, second = (set(fold.scored) for fold in SPLIT.folds)
    assert not first & second


def test_a_slow_answer_is_counted_as_unanswered_never_as_paid() -> None:
    known = ROWS.known.copy()
    known[5] = UNKNOWN
    split = split_by_time(replace(ROWS, known=known), MATURITY, SplitRule())
    assert split.unanswered_count == SPLIT.unanswered_count + 1
    assert 5 not in split.everything


def test_recent_rows_are_immature_even_with_an_answer() -> None:
    quick = np.flatnonzero((ROWS.sent > ROWS.end - 15) & ROWS.is_known)
    assert len(quick) > 0
    assert not set(quick) & set(SPLIT.everything)
    assert SPLIT.immature_count >= len(quick)


def test_too_few_rows_are_refused_with_the_numbers() -> None:
    few = dataset(10)
    with pytest.raises(TooLittleData, match="expected at least 12, got"):
        split_by_time(few, Maturity(days_by_payer={}, overall_days=60), SplitRule())
