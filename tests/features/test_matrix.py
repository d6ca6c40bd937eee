import gc
import weakref
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from claims.history.store import HistoryStore
from features.batch import ClaimBatch, day_number
from features.catalog import CLAIM_FEATURES
from features.evaluation import Evaluation
from features.history import History
from features.matrix import FeatureMatrix, build_matrix, feature_set_fingerprint, matrix_of
from features.registry import FEATURES, FeatureError
from tests import factories
from tests.features import worlds

SEED = 7
CLAIMS = worlds.random_claims(SEED, 150)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HistoryStore:
    return worlds.store_of(CLAIMS, tmp_path_factory.mktemp("history"), seed=SEED)


@pytest.fixture(scope="module")
def history(store: HistoryStore) -> History:
    return History.from_store(store)


@pytest.fixture(scope="module")
def batch(store: HistoryStore) -> ClaimBatch:
    return ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))


@pytest.fixture(scope="module")
def matrix(batch: ClaimBatch, history: History) -> FeatureMatrix:
    return build_matrix(batch, history)


def _same(left: np.ndarray, right: np.ndarray) -> bool:
    return np.array_equal(left, right, equal_nan=True)


def test_world_has_answers_to_learn_from(matrix: FeatureMatrix) -> None:
    rates = matrix.values[:, matrix.names.index("payer_procedure_denial_rate_ever")]
    assert len(np.unique(rates)) > 20


def test_matrix_has_the_catalog_s_columns_in_order(matrix: FeatureMatrix) -> None:
    assert matrix.names == CLAIM_FEATURES
    assert matrix.values.shape == (len(CLAIMS), len(CLAIM_FEATURES))


def test_batch_equals_batches_of_one_bit_for_bit(batch: ClaimBatch, history: History, matrix: FeatureMatrix) -> None:
    for row in range(len(batch)):
        one = build_matrix(batch.take(np.array([row])), history)
        assert _same(one.values[0], matrix.values[row]), row


def test_permuted_claims_permute_the_rows(batch: ClaimBatch, history: History, matrix: FeatureMatrix) -> None:
    order = np.random.default_rng(3).permutation(len(batch))
    assert _same(build_matrix(batch.take(order), history).values, matrix.values[order])


def test_later_events_change_nothing(batch: ClaimBatch, matrix: FeatureMatrix, tmp_path: Path) -> None:
    today = worlds.FIRST_DAY + timedelta(days=120)
    earlier = History.from_store(worlds.store_of(CLAIMS, tmp_path, seed=SEED, until=today))
    rows = np.flatnonzero(batch.prediction_day <= day_number(today))
    assert len(rows) > 50
    assert _same(build_matrix(batch.take(rows), earlier).values, matrix.values[rows])


def test_history_cut_on_a_day_equals_the_whole_one_for_earlier_claims(
    store: HistoryStore, batch: ClaimBatch, matrix: FeatureMatrix
) -> None:
    today = worlds.FIRST_DAY + timedelta(days=90)
    rows = np.flatnonzero(batch.prediction_day <= day_number(today))
    assert _same(build_matrix(batch.take(rows), History.from_store(store, before=today)).values, matrix.values[rows])


def test_claims_from_the_wire_equal_stored_ones(batch: ClaimBatch, history: History, matrix: FeatureMatrix) -> None:
    wire = build_matrix(ClaimBatch.from_claims(CLAIMS, hasher=factories.HASHER), history)
    stored_numbers = batch.text("patient_control_number").tolist()
    at = {(number, day): row for row, (number, day) in enumerate(zip(stored_numbers, batch.prediction_day, strict=True))}
    rows = np.array([at[claim.patient_control_number, day_number(claim.submitted_on)] for claim in CLAIMS])
    assert _same(wire.values, matrix.values[rows])


def test_what_a_matrix_was_made_from_goes_when_nobody_holds_it(batch: ClaimBatch, history: History) -> None:
    evaluation = Evaluation(batch, history)
    matrix_of(evaluation, CLAIM_FEATURES)
    gone = weakref.ref(evaluation)
    gc.disable()
    try:
        del evaluation
        assert gone() is None  # no ring holds it
    finally:
        gc.enable()


def test_answer_on_the_prediction_day_is_not_seen(tmp_path: Path) -> None:
    claim = factories.claim("C1", submitted_on=worlds.FIRST_DAY)
    answered = worlds.FIRST_DAY + timedelta(days=20)
    store = factories.fill_store(
        HistoryStore(str(tmp_path)),
        factories.claim_transaction(claim),
        factories.remittance_transaction(factories.denied("C1"), on=answered),
    )
    history, batch = History.from_store(store), ClaimBatch.from_claims([claim], hasher=factories.HASHER)
    count = "payer_answer_count_ever"
    assert build_matrix(batch.as_of(answered), history, [count]).values[0, 0] == 0.0
    assert build_matrix(batch.as_of(answered + timedelta(days=1)), history, [count]).values[0, 0] == 1.0


def test_unknown_feature_is_refused_by_name(batch: ClaimBatch, history: History) -> None:
    with pytest.raises(FeatureError, match="no_such_feature"):
        build_matrix(batch, history, ["no_such_feature"])


def test_selecting_an_absent_column_is_refused(matrix: FeatureMatrix) -> None:
    with pytest.raises(FeatureError, match="no_such_feature"):
        matrix.select(["no_such_feature"])


def test_fingerprint_follows_order_and_names() -> None:
    names = CLAIM_FEATURES[:3]
    assert feature_set_fingerprint(names) == feature_set_fingerprint(tuple(names))
    assert feature_set_fingerprint(names) != feature_set_fingerprint(names[::-1])


def test_fingerprint_follows_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    name = CLAIM_FEATURES[0]
    before = feature_set_fingerprint([name])
    changed = {**FEATURES[name].__dict__, "version": FEATURES[name].version + 1}
    monkeypatch.setitem(FEATURES, name, type(FEATURES[name])(**changed))
    assert feature_set_fingerprint([name]) != before
