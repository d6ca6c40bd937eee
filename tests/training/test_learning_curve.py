"""The curve of a made-up world: more of the same history can only help, and the last point is the run's own figure."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.spec import ModelSpec, shipped_specs
from tests.training.factories import dataset, spec
from training.learning_curve import points_of
from training.pipeline import fit_model
from training.provenance import hash_rows, spec_text


def test_the_curve_falls_and_ends_at_the_measured_loss() -> None:
    metrics = fit_model(dataset(6000), spec()).bundle.metrics
    points = points_of(metrics)
    rows, losses = [count for count, _ in points], [loss for _, loss in points]
    assert len(points) == 4
    assert rows == sorted(rows)
    assert losses[-1] == metrics["test"]["log_loss"]  # type: ignore[index, call-overload]
    assert losses[-1] < losses[0]
    curve = metrics["learning_curve"]
    assert all(point["low"] < point["log_loss"] < point["high"] for point in curve)  # type: ignore[union-attr, index, call-overload]


def test_smaller_histories_say_how_often_their_interval_held_the_later_answer() -> None:
    wide = fit_model(dataset(4000), spec()).bundle.metrics["learning_curve"]
    narrow = replace(spec().confidence, spread=0.01, unfamiliar=())
    thin = fit_model(dataset(4000), spec(confidence=narrow)).bundle.metrics["learning_curve"]
    assert wide[0]["later_inside"] > 0.7  # type: ignore[index, call-overload, operator]
    assert thin[0]["later_inside"] < 0.3  # type: ignore[index, call-overload, operator]
    assert "later_inside" not in wide[-1]  # type: ignore[index, operator]


def test_few_rows_have_no_curve() -> None:
    assert points_of(fit_model(dataset(1200), spec()).bundle.metrics) == []


def test_the_hash_is_of_content_and_order() -> None:
    rows = np.arange(200)
    assert hash_rows(dataset(500), rows) == hash_rows(dataset(500), rows)
    assert hash_rows(dataset(500), rows) != hash_rows(dataset(500), rows[::-1])
    changed = dataset(500)
    changed.label[7] = ~changed.label[7]
    assert hash_rows(changed, rows) != hash_rows(dataset(500), rows)


@pytest.mark.parametrize("name", shipped_specs())
def test_a_written_spec_reads_back(name: str, tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(spec_text(ModelSpec.load(name)), encoding="utf-8")
    assert ModelSpec.load(tmp_path / "spec.toml") == ModelSpec.load(name)
