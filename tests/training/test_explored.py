"""Draws by lot among the held-out appeals."""

import numpy as np
import pytest

from training.explored import measure_explored
from training.holdout import Holdout


def _holdout() -> Holdout:
    names = ("ids", "sent", "payer_id", "label", "cause", "amount", "outcome_amount", "expected_amount", "probability")
    fields = {name: np.zeros(3) for name in names}
    return Holdout(
        **{
            **fields,
            "ids": np.array(["a", "b", "c"], dtype=object),
            "label": np.array([True, False, True]),
            "probability": np.array([0.4, 0.6, 0.9]),
        },
        claim_kind=None,
        baselines={},
        causes=np.zeros((3, 1)),
        cause_names=("appeal_success",),
    )


def test_each_draw_counts_by_one_over_its_probability() -> None:
    found = measure_explored(_holdout(), {"a": 0.1, "b": 0.3, "elsewhere": 0.5})
    assert found["row_count"] == 2
    assert found["observed"] == pytest.approx(0.75)
    assert found["expected"] == pytest.approx(0.75 * 0.4 + 0.25 * 0.6)


def test_without_draws_there_is_no_figure() -> None:
    assert measure_explored(_holdout(), {}) == {}
