"""Segments and dollars of a made-up world whose denials take 80 of 100 dollars."""

import numpy as np
import pytest

from models.denied_share import PRIOR_CLAIMS, PRIOR_DENIED_SHARE, learn_denied_shares
from tests.training.factories import dataset, spec
from training.dollars import measure_dollars
from training.groups import AGE_NAMES, Groups
from training.pipeline import FittedModel, fit_model
from training.tracking import flat_metrics


@pytest.fixture(scope="module")
def fitted() -> FittedModel:
    rows = dataset(3000)
    kinds = np.where(np.arange(len(rows)) % 4 == 0, "institutional original", "professional original").astype(object)
    ages = np.where(np.arange(len(rows)) % 3 == 0, AGE_NAMES[-1], AGE_NAMES[1]).astype(object)
    groups = Groups(patient=np.array([f"p{row % 500}" for row in range(len(rows))], dtype=object), kinds={"age": ages})
    return fit_model(dataset(3000, claim_kind=kinds, groups=groups), spec())


def test_every_segment_has_figures_inside_their_intervals(fitted: FittedModel) -> None:
    metrics = fitted.bundle.metrics
    assert set(metrics["payers"]) == {"QUICK", "SLOW"}  # type: ignore[arg-type]
    assert set(metrics["claim_types"]) == {"institutional original", "professional original"}  # type: ignore[arg-type]
    assert len(metrics["months"]) >= 2  # type: ignore[arg-type]
    for group in ("payers", "claim_types", "months", "causes"):
        for figures in metrics[group].values():  # type: ignore[union-attr]
            low, high = figures["interval"]["log_loss"]
            assert low < figures["log_loss"] < high


def test_segments_of_one_kind_cover_every_row(fitted: FittedModel) -> None:
    found = fitted.bundle.metrics["claim_types"]
    assert sum(each["row_count"] for each in found.values()) == len(fitted.holdout.label)  # type: ignore[union-attr]


def test_expected_dollars_are_probability_times_the_learned_share_of_the_charge(fitted: FittedModel) -> None:
    # Denials of this world take 80 of 100 dollars, and so does the prior.
    assert np.allclose(fitted.holdout.expected_amount, 80 * fitted.holdout.probability)
    dollars = fitted.bundle.metrics["dollars"]
    assert dollars["observed"] == 80 * fitted.holdout.label.sum()  # type: ignore[index, call-overload]
    low, high = dollars["interval"]["observed_over_expected"]  # type: ignore[index, call-overload]
    assert low < 1 < high


def test_a_model_that_knows_the_dollars_beats_a_flat_rate() -> None:
    random = np.random.default_rng(1)
    amount = random.uniform(50, 500, 2000)
    observed = np.where(random.random(2000) < 0.1, amount, 0.0)
    found = measure_dollars(expected=np.where(observed > 0, observed, 1.0), observed=observed, amount=amount)
    assert found["mae"] < 0.1 * found["mae_flat_rate"]  # type: ignore[operator]
    assert found["found_at_20_percent"] == pytest.approx(1.0)


def test_without_any_dollars_there_is_nothing_to_measure() -> None:
    assert measure_dollars(expected=np.ones(5), observed=np.zeros(5), amount=np.ones(5)) == {}


def test_denied_shares_are_pulled_to_their_parents_and_rows_without_charge_do_not_count() -> None:
    shares = learn_denied_shares(
        category=np.array(["coding", "coding", "bundling"], dtype=object),
        charge=np.array([100.0, 100.0, 0.0]),
        denied_amount=np.array([50.0, 50.0, 0.0]),
    )
    overall = (1.0 + PRIOR_CLAIMS * PRIOR_DENIED_SHARE) / (2 + PRIOR_CLAIMS)
    assert shares == pytest.approx({"any": overall, "coding": (1.0 + PRIOR_CLAIMS * overall) / (2 + PRIOR_CLAIMS)})


def test_the_card_says_use_misuse_segments_and_dollars(fitted: FittedModel) -> None:
    card = fitted.bundle.card
    for words in ("What it is for", "It must not be used", "By payer", "By claim type", "By month", "In dollars", "simulated"):
        assert words in card
    payers = fitted.bundle.metrics["payers"]
    assert f"{payers['SLOW']['log_loss']:.4f} [" in card  # type: ignore[index, call-overload]


def test_card_and_run_say_for_whom_the_model_errs(fitted: FittedModel) -> None:
    assert "### By age" in fitted.bundle.card
    assert f"| {AGE_NAMES[-1]} | " in fitted.bundle.card
    flat = flat_metrics(fitted.bundle.metrics)
    assert {"fairness/age/75_and_over/false_positive_rate_low", "fairness/everyone/all_rows/ece"} <= set(flat)
