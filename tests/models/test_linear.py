import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import ModelBundle
from models.errors import BundleError
from models.linear import LinearPart
from models.spec import LinearRule
from tests.models.factories import NAMES, bundle, matrix
from training.linear import fit_linear, recency_weights

RANDOM = np.random.default_rng(3)
VALUES = RANDOM.normal(size=(4000, len(NAMES)))
LABEL = RANDOM.random(4000) < 1 / (1 + np.exp(1 - 1.5 * VALUES[:, 2] + VALUES[:, 5]))


def part() -> LinearPart:
    values = VALUES.copy()
    values[::7, 4] = np.nan
    values[:, 9] = 3.0
    return fit_linear(values, LABEL, weight=None, rule=LinearRule(inverse_penalty=1.0))


def test_the_fit_finds_what_made_the_labels() -> None:
    weights = np.array(part().weights)
    assert weights[2] == pytest.approx(1.5, abs=0.15)
    assert weights[5] == pytest.approx(-1.0, abs=0.15)
    assert np.abs(np.delete(weights, [2, 5])).max() < 0.15
    assert weights[9] == 0


def test_terms_add_up_and_a_missing_value_says_nothing() -> None:
    found = part()
    rows = matrix(50).values
    terms = found.contributions(rows)
    assert np.allclose(found.intercept + terms.sum(axis=1), found.margin(rows))
    assert (terms[np.isnan(rows)] == 0).all()
    assert found.margin(np.full((1, len(NAMES)), 1e9)) == found.margin(np.array([found.highs]))


def test_a_batch_gives_the_bits_of_its_rows_in_a_blended_bundle(tmp_path: Path) -> None:
    plain = bundle()
    mixed = replace(plain, members=tuple(replace(one, linear=part(), linear_weight=0.4) for one in plain.members))
    mixed.save(tmp_path / "b")
    loaded = ModelBundle.load(tmp_path / "b")
    rows = matrix(300)
    whole = loaded.predict_probability(rows)
    assert np.array_equal(whole, mixed.predict_probability(rows))
    assert np.array_equal(whole[:9], [loaded.predict_probability(rows.take(np.array([at])))[0] for at in range(9)])
    assert not np.allclose(whole, plain.predict_probability(rows))
    explained = loaded.explain(rows)
    assert np.allclose(explained.base + explained.contributions.sum(axis=1), explained.margin, atol=1e-9)
    assert loaded.version != plain.version


def test_a_linear_part_of_another_width_is_refused(tmp_path: Path) -> None:
    short = LinearPart(intercept=0.0, weights=(1.0,), centers=(0.0,), lows=(0.0,), highs=(1.0,))
    made = bundle()
    replace(made, members=(replace(made.members[0], linear=short, linear_weight=0.5),)).save(tmp_path / "b")
    with pytest.raises(BundleError, match="expected a linear part of 12 columns, got 1"):
        ModelBundle.load(tmp_path / "b")


def test_a_column_never_runs_against_its_direction() -> None:
    directions = [0] * len(NAMES)
    directions[2], directions[5] = -1, -1
    found = fit_linear(VALUES, LABEL, weight=None, rule=LinearRule(inverse_penalty=1.0), monotone=directions)
    assert found.weights[2] == 0
    assert found.weights[5] < -0.5


def test_rows_of_one_class_give_a_constant() -> None:
    found = fit_linear(VALUES[:99], np.zeros(99, dtype=bool), weight=None, rule=LinearRule())
    assert not any(found.weights)
    assert found.intercept == pytest.approx(np.log(0.5 / 99.5))
    assert (found.margin(VALUES[:5]) == found.intercept).all()


def test_json_keeps_every_bit() -> None:
    assert LinearPart.from_json(json.loads(json.dumps(part().to_json()))) == part()


def test_old_rows_lose_weight_by_half_life() -> None:
    weights = recency_weights(np.array([0, 100, 200]), 100.0)
    assert weights is not None
    assert weights[2] / weights[1] == pytest.approx(2)
    assert weights.mean() == pytest.approx(1)
    assert recency_weights(np.array([0, 100]), 0.0) is None
