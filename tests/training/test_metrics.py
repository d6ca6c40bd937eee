import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from training.metrics import bootstrap, calibration_error, log_loss, measure, paired_difference


def sample(seed: int, *, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    probability = random.random(400)
    if ties:
        probability = np.round(probability, 1).clip(0.05, 0.95)
    return random.random(400) < probability * 0.6, probability


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), ties=st.booleans())
def test_figures_equal_sklearn(seed: int, ties: bool) -> None:
    label, probability = sample(seed, ties=ties)
    weight = np.random.default_rng(seed + 1).integers(0, 4, 400).astype(float)
    ours = measure(label, probability, weight)
    assert ours["auc"] == pytest.approx(reference.roc_auc_score(label, probability, sample_weight=weight), abs=1e-12)
    assert ours["average_precision"] == pytest.approx(
        reference.average_precision_score(label, probability, sample_weight=weight), abs=1e-12
    )
    assert ours["log_loss"] == pytest.approx(reference.log_loss(label, probability, sample_weight=weight), abs=1e-9)
    assert ours["brier"] == pytest.approx(reference.brier_score_loss(label, probability, sample_weight=weight), abs=1e-12)


def test_weights_count_rows() -> None:
    label, probability = sample(3, ties=True)
    weight = np.random.default_rng(1).integers(0, 3, 400)
    repeated = np.repeat(np.arange(400), weight)
    ours, copied = measure(label, probability, weight.astype(float)), measure(label[repeated], probability[repeated])
    for name in ("auc", "average_precision", "log_loss", "brier", "recall_at_95_precision", "base_rate"):
        assert ours[name] == pytest.approx(copied[name]), name


def test_a_constant_has_no_skill() -> None:
    label = np.arange(100) % 10 == 0
    found = measure(label, np.full(100, 0.1))
    assert (found["auc"], found["lift_at_5_percent"], found["recall_at_95_precision"]) == (0.5, 1.0, 0.0)
    assert found["ece"] < 0.11


def test_perfect_ranking_finds_all() -> None:
    label = np.arange(100) >= 95
    found = measure(label, np.linspace(0, 1, 100))
    assert (found["auc"], found["recall_at_95_precision"]) == (1.0, 1.0)
    assert found["lift_at_5_percent"] == pytest.approx(20)


def test_one_class_has_no_ranking() -> None:
    assert "auc" not in measure(np.zeros(10, dtype=bool), np.full(10, 0.2))


def test_ece_sees_overconfidence() -> None:
    label = np.arange(1000) % 2 == 0
    assert calibration_error(label, np.full(1000, 0.9)) == pytest.approx(0.4)


def test_log_loss_of_certain_and_wrong_is_finite() -> None:
    assert np.isfinite(log_loss(np.array([True, False]), np.array([0.0, 1.0])))


def test_bootstrap_interval_holds_the_figure_and_repeats() -> None:
    label, probability = sample(5, ties=False)
    first, second = (bootstrap(label, {"m": probability}, resamples=50, seed=1)["m"] for _ in range(2))
    assert first == second
    low, high = first["auc"]
    assert low < measure(label, probability)["auc"] < high
    assert "ece" not in first


def test_paired_difference_of_a_model_with_itself_is_zero() -> None:
    label, probability = sample(6, ties=False)
    assert paired_difference(label, probability, probability, figure=log_loss, resamples=20, seed=1) == (0, 0, 0)
