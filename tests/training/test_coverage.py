"""Checks of intervals on made-up claims whose true probability is known: good ones pass, shifted or narrow ones do not."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.factories import PAYERS
from training.coverage import cover_truth, measure_intervals
from training.holdout import Holdout

COUNT = 8000
RANDOM = np.random.default_rng(8)
TRUE = RANDOM.beta(0.6, 4, COUNT)
SHOWN = np.clip(TRUE * np.exp(RANDOM.normal(size=COUNT) * 0.5), 0.001, 0.95)
LABEL = RANDOM.random(COUNT) < TRUE


def holdout(low: NDArray[np.float64] | None, high: NDArray[np.float64] | None, **changes: Any) -> Holdout:
    words = np.full(COUNT, "", dtype=object)
    fields: dict[str, Any] = {
        "ids": np.array([f"s-{row}" for row in range(COUNT)], dtype=object),
        "sent": np.full(COUNT, 19_000),
        "payer_id": np.array(PAYERS, dtype=object)[RANDOM.integers(0, 2, COUNT)],
        "claim_kind": None,
        "label": LABEL,
        "cause": words,
        "amount": np.ones(COUNT),
        "outcome_amount": np.ones(COUNT),
        "expected_amount": np.ones(COUNT),
        "probability": SHOWN,
        "baselines": {},
        "causes": np.zeros((COUNT, 0)),
        "cause_names": (),
        "low": low,
        "high": high,
        "is_unfamiliar": np.arange(COUNT) % 10 == 0,
    }
    return Holdout(**{**fields, **changes})


def test_wide_intervals_around_the_truth_pass_every_observable_check() -> None:
    found = measure_intervals(holdout(TRUE * 0.4, np.minimum(TRUE * 2.5, 1)))
    assert (found["low_held"], found["high_held"], found["segments_inside"]) == (1.0, 1.0, 1.0)
    assert found["segment_count"] == 6
    assert found["unfamiliar_share"] == pytest.approx(0.1)


def test_intervals_wholly_above_the_rates_fail_at_the_low_end_only() -> None:
    found = measure_intervals(holdout(np.minimum(TRUE * 1.8, 1), np.minimum(TRUE * 2.5, 1)))
    assert found["low_held"] <= 0.2  # type: ignore[operator]
    assert found["high_held"] == 1.0
    assert found["segments_inside"] == 0.0


def test_coverage_of_the_truth_is_counted_by_side_and_by_familiarity() -> None:
    low, high = TRUE - 0.01, TRUE + 0.01
    low[:2000], high[:2000] = TRUE[:2000] + 0.001, TRUE[:2000] + 0.002
    strange = np.arange(COUNT) < 2000
    rows = np.arange(0, COUNT, 2)
    table = holdout(low, high, is_unfamiliar=strange).to_table()
    found = cover_truth(table, rows, TRUE[rows])
    assert (found["all"]["coverage"], found["all"]["true_below"], found["all"]["true_above"]) == (0.75, 0.25, 0.0)  # type: ignore[index, call-overload]
    assert (found["familiar"]["coverage"], found["unfamiliar"]["coverage"]) == (1.0, 0.0)  # type: ignore[index, call-overload]
    assert found["unfamiliar"]["row_count"] == 1000  # type: ignore[index, call-overload]


def test_a_model_without_intervals_has_no_figures_of_them() -> None:
    bare = holdout(None, None, is_unfamiliar=None)
    assert measure_intervals(bare) == {}
    assert cover_truth(bare.to_table(), np.arange(5), TRUE[:5]) == {}
