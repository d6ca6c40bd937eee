import numpy as np

from models.calibration import Calibration, hazard_to_probability, softplus
from models.spec import CalibrationRule
from training.calibrate import fit_calibration, fit_center

RULE = CalibrationRule()


def days(label: np.ndarray) -> np.ndarray:
    return np.arange(len(label))


def sample(*, slope: float, shift: float, count: int = 6000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(8)
    margin = random.normal(-2, 1.2, count)
    return softplus(margin), random.random(count) < 1 / (1 + np.exp(-(slope * margin + shift)))


def test_a_calibrated_score_is_left_alone() -> None:
    hazard, label = sample(slope=1, shift=0)
    assert fit_calibration(hazard, label, RULE, sent=days(label)).method == "none"


def test_a_shifted_score_is_shifted_back() -> None:
    hazard, label = sample(slope=1, shift=0.8)
    found = fit_calibration(hazard, label, RULE, sent=days(label))
    assert found.method == "shift"
    assert abs(found.intercept - 0.8) < 0.15


def test_an_overconfident_score_is_flattened() -> None:
    hazard, label = sample(slope=0.5, shift=-0.5)
    found = fit_calibration(hazard, label, RULE, sent=days(label))
    mapped = hazard_to_probability(found.apply(hazard))
    assert found.method in ("platt", "beta")
    assert abs(mapped.mean() - label.mean()) < 0.005
    top = mapped > np.quantile(mapped, 0.9)
    assert abs(mapped[top].mean() - label[top].mean()) < 0.04


def test_a_rule_of_one_method_gives_it() -> None:
    hazard, label = sample(slope=1, shift=0.8)
    assert fit_calibration(hazard, label, CalibrationRule(methods=("none",)), sent=days(label)).method == "none"


def test_a_tiny_window_stays_near_the_identity() -> None:
    label = np.array([False] * 5 + [True])
    found = fit_calibration(np.array([0.1, 0.2, 0.3, 0.05, 0.1, 0.4]), label, RULE, sent=days(label))
    assert abs(found.intercept) < 2


def test_a_recent_window_follows_the_newest_rows() -> None:
    old, old_label = sample(slope=1, shift=0)
    new, new_label = sample(slope=1, shift=0.8)
    hazard, label = np.concatenate([old, new]), np.concatenate([old_label, new_label])
    all_rows = fit_calibration(hazard, label, RULE, sent=days(label))
    recent = fit_calibration(hazard, label, CalibrationRule(recent_days=len(new)), sent=days(label))
    assert all_rows.intercept < 0.55
    assert abs(recent.intercept - 0.8) < 0.15


def test_a_rule_without_maps_lays_intervals_around_what_is_shown() -> None:
    rule = CalibrationRule(methods=("none",))
    hazard, label = np.array([0.1, 0.5, 2.0, 3.0] * 20), np.array([True, False, True, False] * 20)
    assert fit_center(hazard, label, rule, sent=np.arange(80)) == Calibration()
