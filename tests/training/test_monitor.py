"""A champion of a made-up world, looked at while the world stays as it was, and after it has changed."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.bundle import ModelBundle
from models.maturity import UNKNOWN
from tests.training.factories import COLUMNS, NEUTRAL, dataset, spec
from training.dataset import Dataset
from training.drift import Bins
from training.live import calibration_of, learning_gain, live_loss
from training.monitor import inspect
from training.pipeline import fit_model

CUT = 19_300
WORLD = dataset(6000, seed=2, days=500)
AFTER = WORLD.sent >= CUT


def seen_before(world: Dataset, day: int) -> Dataset:
    """Give a dataset as it stood on a day."""
    rows = np.flatnonzero(world.sent < day)
    is_open = world.known[rows] >= day
    return replace(
        world,
        matrix=world.matrix.take(rows),
        **{name: getattr(world, name)[rows] for name in ("claim_ids", "payer_id", "group", "sent", "cause", "amount")},
        known=np.where(is_open, UNKNOWN, world.known[rows]),
        label=world.label[rows] & ~is_open,
        outcome_amount=world.outcome_amount[rows],
        end=day,
    )


@pytest.fixture(scope="module")
def champion() -> ModelBundle:
    return fit_model(seen_before(WORLD, CUT), spec()).bundle


def changed(**changes: Any) -> Dataset:
    return replace(WORLD, **changes)


def test_a_world_that_stays_gives_no_reason_to_retrain(champion: ModelBundle) -> None:
    report = inspect(champion, WORLD, spec())
    assert report.matured_count > 1000
    assert report.overall is not None
    assert report.overall.low < 1 < report.overall.high
    assert report.score_drift is not None
    assert report.score_drift.band == "stable"
    assert {drift.band for drift in report.feature_drift.values()} == {"stable"}
    assert [reason for reason in report.reasons if "matured since" not in reason] == []
    assert json.dumps(report.to_json())


def test_a_payer_that_denies_more_is_named(champion: ModelBundle) -> None:
    more = AFTER & (WORLD.payer_id == "QUICK") & (np.random.default_rng(1).random(len(WORLD)) < 0.3) & WORLD.is_known
    report = inspect(champion, changed(label=WORLD.label | more), spec())
    assert report.overall is not None
    assert report.overall.low > 1
    assert [payer.name for payer in report.payers if payer.is_off] == ["QUICK"]
    assert report.loss is not None
    assert report.loss.recalibration_gain > 0.01 * report.loss.log_loss
    assert "retraining pays" in report.verdict()
    assert "QUICK" in report.verdict()


def test_a_moved_column_is_seen_and_scores_that_do_not_move_are_no_alarm(champion: ModelBundle) -> None:
    values = WORLD.matrix.values.copy()
    values[AFTER, COLUMNS.index(NEUTRAL)] += 3
    report = inspect(champion, changed(matrix=replace(WORLD.matrix, values=values)), spec())
    assert report.feature_drift[NEUTRAL].band == "large"
    assert [name for name, drift in report.feature_drift.items() if drift.band != "stable"] == [NEUTRAL]


def test_unseen_payers_and_procedures_are_counted(champion: ModelBundle) -> None:
    payer = np.where(AFTER & (np.arange(len(WORLD)) % 10 == 0), "NEW", WORLD.payer_id).astype(object)
    report = inspect(champion, changed(payer_id=payer), spec())
    assert report.unseen["payers"] == {"NEW": int((payer == "NEW").sum())}
    assert report.unseen["procedures"] == {}
    assert any("payers it never learned from" in reason for reason in report.reasons)


def test_without_matured_rows_it_is_too_early_to_say(champion: ModelBundle) -> None:
    report = inspect(champion, seen_before(WORLD, CUT + 10), spec())
    assert report.overall is None
    assert "too early to say" in report.verdict()


def test_the_reference_holds_no_row_and_survives_the_bundle(champion: ModelBundle) -> None:
    reference = json.loads(json.dumps(champion.tables["reference"]))
    for bins in reference["features"].values():
        assert len(bins["edges"]) <= 9
        assert sum(bins["shares"]) == pytest.approx(1, abs=1e-4)
    assert reference["payers"] == ["QUICK", "SLOW"]


def test_psi_of_the_same_sample_is_zero_and_of_halves_is_what_chance_gives() -> None:
    values = np.random.default_rng(3).normal(size=4000)
    assert Bins.of(values).drift(values, reference_count=4000).psi == pytest.approx(0, abs=1e-6)
    draws = [np.random.default_rng(seed).normal(size=1000) for seed in range(40)]
    found = [Bins.of(left).drift(right, reference_count=1000) for left, right in zip(draws[::2], draws[1::2], strict=True)]
    assert np.mean([drift.psi for drift in found]) == pytest.approx(found[0].by_chance, rel=0.35)


def test_missing_values_and_flags_have_bins_of_their_own() -> None:
    flag = np.array([0.0] * 990 + [1.0] * 10)
    bins = Bins.of(flag)
    assert bins.edges == (0.5,)
    assert bins.drift(np.where(np.arange(1000) < 300, np.nan, flag), reference_count=1000).band == "large"


def test_the_interval_of_observed_over_expected_covers_one_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        probability = random.uniform(0.02, 0.2, 300)
        found = calibration_of("all", random.random(300) < probability, probability)
        inside += not found.is_off
    assert 0.93 <= inside / 400 <= 1


def test_no_denial_at_all_has_an_interval_too() -> None:
    found = calibration_of("all", np.zeros(100, dtype=np.bool_), np.full(100, 0.02))
    assert (found.ratio, found.low) == (0, 0)
    assert found.high > 1


def test_recalibration_gains_nothing_where_levels_are_right() -> None:
    random = np.random.default_rng(6)
    probability = random.uniform(0.05, 0.3, 5000)
    label, payer = random.random(5000) < probability, np.full(5000, "A", dtype=object)
    assert live_loss(label, probability, payer).recalibration_gain < 1e-4
    assert live_loss(label, probability / 2, payer).recalibration_gain > 0.005


def test_a_learning_curve_is_carried_on_by_doublings() -> None:
    curve = [(1000, 0.40), (2000, 0.35), (4000, 0.33)]
    assert learning_gain(curve, trained=4000, more=4000) == pytest.approx(0.02)
    assert learning_gain(curve[:1], trained=4000, more=4000) is None
