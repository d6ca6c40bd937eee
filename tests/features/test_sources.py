"""Where a value comes from: its line, its answers, its subject; against a slow obvious search."""

from pathlib import Path

import numpy as np
import pytest

from features.batch import ClaimBatch
from features.catalog import CLAIM_FEATURES
from features.evaluation import Evaluation
from features.history import History
from features.matrix import build_line_matrix, build_matrix, matrix_of
from features.registry import FEATURES, LINE_PREFIX
from features.sources import find_sources
from tests.features import worlds

SEED = 11


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    folder: Path = tmp_path_factory.mktemp("history")
    store = worlds.store_of(worlds.random_claims(SEED, 120), folder, seed=SEED)
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    return Evaluation(batch, History.from_store(store))


def test_an_evaluation_gives_the_matrix_of_its_batch(at: Evaluation) -> None:
    kept = matrix_of(at, CLAIM_FEATURES)
    assert np.array_equal(kept.values, build_matrix(at.batch, at.history).values, equal_nan=True)
    assert kept.ids.tolist() == at.batch.submission_ids.tolist()


def test_the_telling_line_has_the_claims_value(at: Evaluation) -> None:
    names = [name for name in CLAIM_FEATURES if FEATURES[name].over_lines in ("highest", "lowest")]
    assert len(names) > 80
    claims = build_matrix(at.batch, at.history, names)
    lines = build_line_matrix(at.batch, at.history, [f"{LINE_PREFIX}{name}" for name in names])
    for column, name in enumerate(names):
        found = find_sources(at, name).line
        for row in range(len(at.batch)):
            own = range(at.batch.line_start[row], at.batch.line_start[row + 1])
            value = claims.values[row, column]
            first = next((line for line in own if lines.values[line, column] == value), -1)
            assert found[row] == first, f"{name}, claim {row}"


def test_answers_are_those_counted_of_that_line(at: Evaluation) -> None:
    name = "payer_procedure_denial_rate_ever"
    found = find_sources(at, name)
    counts = at.counts("payer_procedure", "answers")
    assert np.array_equal(found.answers, counts[found.line])
    assert len(np.unique(found.answers)) > 5
    assert np.array_equal(find_sources(at, "payer_denial_rate_90d").answers, at.counts("payer", "answers", span="90d"))


def test_a_value_that_is_no_rate_rests_on_no_answers(at: Evaluation) -> None:
    assert np.isnan(find_sources(at, "eligibility_unchecked").answers).all()


def test_the_state_that_a_rate_counts_is_told(at: Evaluation) -> None:
    found = find_sources(at, "payer_eligibility_eligibility_rate_ever").subject
    assert np.array_equal(found, at.key("eligibility_state"))
    assert {"unchecked"} < set(found.tolist())


def test_the_missing_field_is_named(at: Evaluation) -> None:
    found = find_sources(at, "missing_field_denial_rate").subject
    values = build_matrix(at.batch, at.history, ["missing_field_denial_rate"]).values[:, 0]
    assert (values > 0).all()
    assert set(found.tolist()) <= {"group number", "referrer", "note", "onset date", "clia", "facility", "paperwork",
                                   "accident date", "admission type", "patient status", "replaced claim",
                                   "rendering taxonomy", "billing taxonomy"}  # fmt: skip


def test_every_line_feature_says_how_its_lines_became_one() -> None:
    of_lines = {name.removeprefix(LINE_PREFIX) for name, feature in FEATURES.items() if feature.level == "line"}
    assert all(FEATURES[name].over_lines for name in of_lines)
