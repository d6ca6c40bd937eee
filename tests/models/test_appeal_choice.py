"""Widening for reasons that no column shows."""

import numpy as np
import pytest

from features.matrix import FeatureMatrix
from models.appeal_choice import AppealChoice, widen
from models.linear import LinearPart

LOW, HIGH = np.array([0.3, 0.3, 0.0]), np.array([0.6, 0.6, 1.0])


def test_a_denial_that_is_always_appealed_keeps_its_interval() -> None:
    low, high = widen(LOW, HIGH, chance=np.ones(3), gamma=2.0)
    np.testing.assert_allclose(low, LOW, atol=1e-5)
    np.testing.assert_allclose(high, HIGH, atol=1e-5)


def test_a_denial_that_is_never_appealed_may_have_its_odds_moved_by_the_whole_factor() -> None:
    low, high = widen(LOW, HIGH, chance=np.zeros(3), gamma=2.0)
    assert low[0] / (1 - low[0]) == pytest.approx(0.3 / 0.7 / 2)
    assert high[0] / (1 - high[0]) == pytest.approx(0.6 / 0.4 * 2)


def test_ends_stay_probabilities_and_widen_the_less_the_likelier_an_appeal() -> None:
    low, high = widen(LOW, HIGH, chance=np.array([0.2, 0.8, 0.0]), gamma=1.5)
    assert low[0] < low[1] < 0.3
    assert high[0] > high[1] > 0.6
    assert 0 <= low[2] < high[2] <= 1


def test_a_choice_reads_as_it_was_written() -> None:
    linear = LinearPart(intercept=-1.0, weights=(2.0,), centers=(0.0,), lows=(0.0,), highs=(1.0,))
    choice = AppealChoice(names=("denied_amount_log",), linear=linear, gamma=1.25)
    read = AppealChoice.from_tables({"appeal_choice": choice.to_json()})
    assert read == choice
    matrix = FeatureMatrix(values=np.array([[1.0]]), names=("denied_amount_log",), ids=np.array(["r"], dtype=object))
    assert choice.chance(matrix)[0] == pytest.approx(1 / (1 + np.exp(-1.0)))


def test_a_bundle_without_a_choice_has_none() -> None:
    assert AppealChoice.from_tables({}) is None
