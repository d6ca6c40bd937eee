"""Intervals and reasons read from plain numbers: made-up curves whose right answers can be said in advance."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import BUNDLE_FILE, ModelBundle
from models.confidence import Confidence, Curve, Reason
from models.errors import BundleError
from tests.models.factories import NAMES, bundle, matrix
from tests.models.test_bundle import reseal

GRID = tuple(np.log(np.geomspace(1e-4, 10, 30)).tolist())


def confidence() -> Confidence:
    return Confidence(
        level=0.8,
        log_hazards=GRID,
        familiar=Curve(lows=tuple(at - 1 for at in GRID), highs=tuple(at + 1 for at in GRID)),
        unfamiliar=Curve(lows=tuple(at - 2 for at in GRID), highs=tuple(at + 2 for at in GRID)),
        reasons=(
            Reason(feature=NAMES[2], fewer_than=0.0, words="Few answers of this payer"),
            Reason(feature=NAMES[5], fewer_than=-1.0, words="Few answers of this service"),
        ),
    )


def test_ends_are_read_off_the_curve() -> None:
    probability = np.array([0.02, 0.3, 0.9])
    low, high = confidence().interval(probability, is_unfamiliar=np.zeros(3, dtype=bool))
    hazard = -np.log1p(-probability)
    assert low == pytest.approx(-np.expm1(-hazard * np.exp(-1)))
    assert high == pytest.approx(-np.expm1(-hazard * np.exp(1)))


def test_an_unfamiliar_row_has_the_wider_interval() -> None:
    probability = np.full(2, 0.3)
    low, high = confidence().interval(probability, is_unfamiliar=np.array([False, True]))
    assert low[1] < low[0] < 0.3 < high[0] < high[1]


def test_ends_hold_the_probability_and_stay_probabilities_at_both_extremes() -> None:
    probability = np.array([0.0, 1e-15, 1e-6, 0.5, 1 - 1e-15, 1.0])
    low, high = confidence().interval(probability, is_unfamiliar=np.zeros(6, dtype=bool))
    assert ((low >= 0) & (low <= probability) & (probability <= high) & (high <= 1)).all()


def test_reasons_are_those_whose_count_is_too_low_and_a_missing_count_is_none() -> None:
    rows = matrix(3)
    rows.values[:, 2] = [-0.5, np.nan, 0.0]
    rows.values[:, 5] = [-2.0, -0.5, np.nan]
    assert confidence().name_reasons(rows) == [("Few answers of this payer", "Few answers of this service"), (), ()]
    assert confidence().is_unfamiliar(rows).tolist() == [True, False, False]


def test_a_batch_equals_its_rows_one_by_one() -> None:
    model, rows = bundle(confidence=confidence()), matrix(200)
    low, high = model.interval(rows) or (None, None)
    assert low is not None
    assert high is not None
    for at in range(0, 200, 9):
        one = model.interval(rows.take(np.array([at])))
        assert one is not None
        assert (one[0][0], one[1][0]) == (low[at], high[at])


def test_a_loaded_bundle_has_the_same_intervals_and_they_are_part_of_its_version(tmp_path: Path) -> None:
    model, rows = bundle(confidence=confidence()), matrix(50)
    model.save(tmp_path / "bundle")
    loaded = ModelBundle.load(tmp_path / "bundle")
    assert loaded.confidence == model.confidence
    assert np.array_equal(np.array(loaded.interval(rows)), np.array(model.interval(rows)))
    assert model.version != replace(model, confidence=replace(confidence(), level=0.9)).version


def test_a_bundle_without_confidence_gives_no_intervals() -> None:
    assert bundle().interval(matrix(5)) is None


@pytest.mark.parametrize("damage", ["short curve", "strange column"])
def test_damaged_confidence_refuses_to_load(tmp_path: Path, damage: str) -> None:
    bundle(confidence=confidence()).save(tmp_path / "bundle")
    path = tmp_path / "bundle" / BUNDLE_FILE
    content = json.loads(path.read_text())
    if damage == "short curve":
        content["confidence"]["familiar"]["lows"].pop()
    else:
        content["confidence"]["reasons"][0]["feature"] = "no_such_column"
    path.write_text(json.dumps(content))
    reseal(tmp_path / "bundle")
    with pytest.raises(BundleError):
        ModelBundle.load(tmp_path / "bundle")
