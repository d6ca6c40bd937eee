import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import Calibration, hazard_to_probability, softplus
from models.errors import BundleError

HAZARDS = np.geomspace(1e-9, 30, 400)


@given(a=st.floats(0.05, 3), b=st.floats(0, 3), c=st.floats(-3, 3))
def test_the_map_never_reverses_an_order(a: float, b: float, c: float) -> None:
    mapped = Calibration(method="beta", log_slope=a, hazard_slope=b, intercept=c).apply(HAZARDS)
    assert np.all(np.diff(mapped) >= 0)
    assert np.all((mapped >= 0) & np.isfinite(mapped))


def test_none_is_the_identity() -> None:
    assert Calibration().apply(HAZARDS) is HAZARDS


def test_neutral_numbers_are_the_identity() -> None:
    neutral = Calibration(method="platt")
    assert np.allclose(neutral.apply(HAZARDS), HAZARDS, rtol=1e-6)


def test_shift_moves_the_log_odds_by_its_intercept() -> None:
    mapped = hazard_to_probability(Calibration(method="shift", intercept=0.7).apply(softplus(np.array([-1.0, 0.5]))))
    assert np.allclose(mapped, 1 / (1 + np.exp(-np.array([-0.3, 1.2]))))


@pytest.mark.parametrize("slopes", [(-0.1, 1.0), (1.0, -0.1), (0.0, 0.0)])
def test_a_map_that_is_not_monotone_is_refused(slopes: tuple[float, float]) -> None:
    with pytest.raises(BundleError, match="monotone"):
        Calibration(method="beta", log_slope=slopes[0], hazard_slope=slopes[1])


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(BundleError, match="expected one of"):
        Calibration(method="magic")


def test_softplus_survives_extreme_margins() -> None:
    assert np.array_equal(softplus(np.array([-800.0, 800.0])), [0.0, 800.0])
