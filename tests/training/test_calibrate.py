import numpy as np

from models.calibration import hazard_to_probability, softplus
from models.spec import CalibrationRule
from training.calibrate import fit_calibration

RULE = CalibrationRule()


def sample(*, slope: float, shift: float, count: int = 6000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(8)
    margin = random.normal(-2, 1.2, count)
    return softplus(margin), random.random(count) < 1 / (1 + np.exp(-(slope * margin + shift)))


def test_a_calibrated_score_is_left_alone() -> None:
    assert fit_calibration(*sample(slope=1, shift=0), RULE).method == "none"


def test_a_shifted_score_is_shifted_back() -> None:
    hazard, label = sample(slope=1, shift=0.8)
    found = fit_calibration(hazard, label, RULE)
    assert found.method == "shift"
    assert abs(found.intercept - 0.8) < 0.15


def test_an_overconfident_score_is_flattened() -> None:
    hazard, label = sample(slope=0.5, shift=-0.5)
    found = fit_calibration(hazard, label, RULE)
    mapped = hazard_to_probability(found.apply(hazard))
    assert found.method in ("platt", "beta")
    assert abs(mapped.mean() - label.mean()) < 0.005
    top = mapped > np.quantile(mapped, 0.9)
    assert abs(mapped[top].mean() - label[top].mean()) < 0.04


def test_a_rule_of_one_method_gives_it() -> None:
    hazard, label = sample(slope=1, shift=0.8)
    assert fit_calibration(hazard, label, CalibrationRule(methods=("none",))).method == "none"


def test_a_tiny_window_stays_near_the_identity() -> None:
    found = fit_calibration(np.array([0.1, 0.2, 0.3, 0.05, 0.1, 0.4]), np.array([False] * 5 + [True]), RULE)
    assert abs(found.intercept) < 2
