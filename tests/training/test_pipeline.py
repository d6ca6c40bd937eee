"""One small world, trained end to end through files: what lands in MLflow, the registry and the bundle."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from features.batch import ClaimBatch
from features.catalog import APPEAL_FEATURES
from features.history import History
from features.matrix import build_matrix
from models.appeal_tables import RecoveredShares
from models.bundle import ModelBundle
from models.errors import BundleError
from models.registered import CHALLENGER
from models.root_causes import explained_rows, rank_root_causes
from models.spec import ModelSpec
from simulator.run import simulate
from tests.training.factories import appeal_facts, dataset, spec
from training.dataset import read_dataset
from training.errors import RegistryError, TooLittleData
from training.evaluate import describe_evaluation, evaluate
from training.pipeline import TrainingResult, fit_model, train_model
from training.promotion import promote_through_gate
from training.registry import ModelRegistry
from training.tracking import open_client

NOW = datetime(2026, 1, 5, tzinfo=UTC)
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")  # MLflow's own


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    simulate(out, claims=2500, months=12, seed=11, start=date(2024, 1, 1))
    return out


@pytest.fixture(scope="module")
def home(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("home"))
    ingest_paths([world], home=made, now=NOW)
    return made


@pytest.fixture(scope="module")
def first(home: Home) -> TrainingResult:
    return train_model("denial_risk", home=home, spec=spec(), now=NOW)


def test_the_run_tells_how_the_model_was_made(home: Home, first: TrainingResult) -> None:
    run = open_client(home).get_run(first.run_id)
    assert run.data.params["data_version"] == HistoryStore(home.history_uri).version()
    assert run.data.params["training/test_start"] > run.data.params["training/first_row"]
    assert run.data.metrics["test/auc_low"] < run.data.metrics["test/auc"] < run.data.metrics["test/auc_high"]
    assert run.data.metrics["baseline/base_rate/auc"] == 0.5
    for segment in ("payer", "cause", "claim_type", "month"):
        names = [key for key in run.data.metrics if key.startswith(f"{segment}/") and key.endswith("/log_loss")]
        assert names
        assert all(run.data.metrics[f"{key}_low"] <= run.data.metrics[f"{key}_high"] for key in names)
    assert run.data.metrics["dollars/mae"] > 0
    low, high = (run.data.metrics[f"dollars/observed_over_expected_{end}"] for end in ("low", "high"))
    assert low < run.data.metrics["dollars/observed_over_expected"] < high
    assert len(run.data.params["data_hash"]) == 16
    assert run.data.params["library/lightgbm"]
    assert run.data.metrics["duration_seconds"] > 1
    assert run.data.metrics["peak_memory_bytes"] > 1e8
    assert run.info.status == "FINISHED"


def test_the_spec_of_a_run_reads_back_as_the_same_spec(first: TrainingResult) -> None:
    assert ModelSpec.load(first.bundle_dir.parent / "spec.toml") == spec()


def test_the_model_beats_the_base_rate(first: TrainingResult) -> None:
    # About 480 held-out rows of a world of 2,500 claims: AUC by its 95 % interval, log-loss beside the named baseline.
    test, interval, baselines = (first.metrics[key] for key in ("test", "interval", "baselines"))
    assert isinstance(test, dict)
    assert isinstance(interval, dict)
    assert isinstance(baselines, dict)
    assert interval["auc"][0] > 0.55
    assert test["log_loss"] < baselines["base_rate"]["log_loss"]


def test_no_pickle_is_written_anywhere(home: Home, first: TrainingResult) -> None:
    assert first.bundle_dir.is_dir()
    files = [path for path in home.artifacts.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path for path in files if path.suffix in {".pkl", ".pickle", ".joblib", ".cloudpickle"}] == []
    # What pickle protocols 2 to 5 begin with, and what joblib and zipped torch files hold: none, by content.
    assert [path for path in files if path.read_bytes()[:1] == b"\x80" or b"joblib" in path.read_bytes()[:200]] == []
    flavor = (first.bundle_dir.parent / "model" / "MLmodel").read_text(encoding="utf-8")
    assert "python_model" not in flavor
    assert "loader_module: cli.scoring_model" in flavor


def test_the_artifacts_are_complete_and_name_nobody(home: Home, first: TrainingResult) -> None:
    root = first.bundle_dir.parent
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    pictures = {"calibration", "precision_recall", "gain", "lift", "feature_importance", "shap_summary"}
    wanted = {f"plots/{name}.png" for name in pictures} | {
        "card.md",
        "holdout.parquet",
        "metrics.json",
        "spec.toml",
        "model/MLmodel",
    }
    assert wanted <= found
    columns = pq.read_schema(root / "holdout.parquet").names
    assert not {"claim_id", "patient_control_number", "subscriber_key"} & set(columns)


def test_the_bundle_scores_like_its_pyfunc_model(home: Home, first: TrainingResult) -> None:
    import mlflow

    store = HistoryStore(home.history_uri)
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines")).take(np.arange(40))
    bundle = ModelBundle.load(first.bundle_dir)
    matrix = build_matrix(batch, History.from_store(store), bundle.feature_names)
    model = mlflow.pyfunc.load_model((first.bundle_dir.parent / "model").as_uri())
    frame = pd.DataFrame(matrix.values, columns=list(matrix.names))
    shuffled = frame[sorted(frame.columns)]
    scored = model.predict(shuffled)
    assert np.array_equal(scored["probability"], bundle.predict_probability(matrix))
    contributions = scored.filter(like="contribution_").sum(axis=1) + scored["base_hazard"]
    assert np.allclose(-np.expm1(-contributions), scored["probability"], atol=1e-9)


def test_the_registered_model_has_a_signature_and_an_example_that_it_scores(home: Home, first: TrainingResult) -> None:
    import mlflow

    folder = first.bundle_dir.parent / "model"
    model = mlflow.pyfunc.load_model(folder.as_uri())
    info = mlflow.models.Model.load(str(folder))
    example = info.load_input_example(str(folder))
    scored = model.predict(example)
    assert list(scored.columns) == info.get_output_schema().input_names()
    assert len(example) == 1
    with pytest.raises(BundleError, match="feature columns, got 1 less"):
        model.predict(example.drop(columns=[example.columns[3]]))


def test_registered_model_loads_by_alias(home: Home, first: TrainingResult, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", home.mlflow_uri)
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", home.mlflow_uri)
    model = mlflow.pyfunc.load_model("models:/denial_risk@champion")
    bundle = ModelBundle.load(first.bundle_dir)
    frame = pd.DataFrame(np.zeros((1, len(bundle.feature_names))), columns=list(bundle.feature_names))
    assert 0 < model.predict(frame)["probability"].iloc[0] < 1


def test_the_first_version_is_champion(home: Home, first: TrainingResult) -> None:
    champion = ModelRegistry(home).get("denial_risk", "champion")
    assert (champion.version, first.verdict.reason) == ("1", "first version")
    assert champion.bundle_version == first.bundle_version == ModelBundle.load(first.bundle_dir).version


def test_the_same_history_again_gives_the_same_model_and_no_promotion(home: Home, first: TrainingResult) -> None:
    second = train_model("denial_risk", home=home, spec=spec(), now=NOW)
    registry = ModelRegistry(home)
    assert second.bundle_version == first.bundle_version
    assert second.version == "2"
    assert not second.verdict.promotes
    assert second.verdict.comparison is not None
    assert second.verdict.comparison.difference == 0.0
    assert registry.get("denial_risk").version == "1"
    assert registry.get("denial_risk", CHALLENGER).version == "2"
    assert [row.version for row in registry.versions("denial_risk")] == ["2", "1"]
    assert all(old == new for _, old, new in registry.compare("denial_risk", "1", "2"))


def test_promotion_goes_through_the_gate_and_past_it_only_with_a_reason(home: Home, first: TrainingResult) -> None:
    registry = ModelRegistry(home)
    train_model("denial_risk", home=home, spec=spec(), now=NOW)
    kept = promote_through_gate(registry, home, "denial_risk", now=NOW)
    assert not kept.is_champion
    assert "not better beyond chance" in kept.verdict.reason
    with pytest.raises(RegistryError, match="expected a reason"):
        promote_through_gate(registry, home, "denial_risk", now=NOW, force=True)
    forced = promote_through_gate(registry, home, "denial_risk", now=NOW, force=True, force_reason="a try")
    assert forced.is_champion
    assert registry.get("denial_risk").version == forced.version
    assert registry.get("denial_risk").tags["gate.overruled"] == "a try"
    again = promote_through_gate(registry, home, "denial_risk", "1", now=NOW)  # judged anew: another champion stands
    assert not again.is_champion
    assert registry.get("denial_risk", "1").tags["gate.champion"] == forced.version
    assert registry.rollback("denial_risk", now=NOW).version == "1"


def test_an_unknown_version_is_refused(home: Home, first: TrainingResult) -> None:
    registry = ModelRegistry(home)
    with pytest.raises(RegistryError, match="expected a version or alias 99"):
        registry.get("denial_risk", "99")
    with pytest.raises(RegistryError, match="expected a champion before version 1"):
        registry.rollback("denial_risk", now=NOW)


def test_a_dataset_as_of_an_earlier_day_knows_nothing_later(home: Home, world: Path) -> None:
    store, as_of = HistoryStore(home.history_uri), date(2024, 11, 1)
    early = read_dataset(store, spec(), as_of=as_of)
    whole = read_dataset(store, spec(), as_of=None)
    assert early.sent.max() < early.end <= whole.end
    assert early.known[early.is_known].max() < early.end
    position = {key: row for row, key in enumerate(whole.matrix.ids)}
    both = np.array([at for at, key in enumerate(early.matrix.ids) if key in position])
    rejected = "rejected before adjudication"
    assert len(early) - len(both) <= whole.left_out[rejected] - early.left_out[rejected]  # some are rejected only later
    rows = np.array([position[key] for key in early.matrix.ids[both]])
    known = early.is_known[both]
    assert np.array_equal(early.matrix.values[both], whole.matrix.values[rows], equal_nan=True)
    assert np.array_equal(known, whole.known[rows] < early.end)
    assert np.array_equal(early.label[both][known], whole.label[rows][known])


def test_evaluation_stands_between_baseline_and_oracle(home: Home, world: Path, first: TrainingResult) -> None:
    found = evaluate(home, world / "truth", names=("denial_risk",))
    truth = found["denial_risk"]["truth"]  # type: ignore[index, call-overload]
    assert truth["rows_not_in_key"] <= 0.02 * truth["row_count"]
    assert truth["oracle"]["log_loss"] < truth["model"]["log_loss"]
    assert truth["gap_closed"]["model"] < 1
    hits = truth["root_causes"]
    assert 0 < hits["model"]["hit_at_1"] <= hits["model"]["hit_at_3"] <= 1
    assert hits["oracle"]["hit_at_1"] > hits["model"]["hit_at_1"]
    text = describe_evaluation(found)
    assert "share of the log-loss gap" in text
    assert json.dumps(found)


def test_root_causes_of_a_trained_model_are_explained(home: Home, first: TrainingResult) -> None:
    store = HistoryStore(home.history_uri)
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines")).take(np.arange(30))
    bundle = ModelBundle.load(first.bundle_dir)
    matrix = build_matrix(batch, History.from_store(store), bundle.feature_names)
    for causes in rank_root_causes(explained_rows(bundle.explain(matrix), matrix)):
        assert len(causes) == 3
        assert sum(cause.share for cause in causes) <= 1 + 1e-9
        assert all(item.title for cause in causes for item in cause.evidence)


def test_too_few_decided_appeals_are_refused_with_their_number(home: Home) -> None:
    with pytest.raises(TooLittleData, match="appeal_success: known outcomes: expected at least 100, got") as caught:
        train_model("appeal_success", home=home, now=NOW)
    assert 0 < caught.value.got < 100


def test_an_appeal_model_ships_what_it_learned_beside_the_chance() -> None:
    rows = dataset(600)
    names = APPEAL_FEATURES[: len(rows.matrix.names)]
    appeals = replace(
        rows,
        matrix=replace(rows.matrix, names=names),
        group=np.where(rows.amount > 0, "coding", "").astype(object),
        label=rows.is_known & (rows.matrix.values[:, 0] > 0),
        appeal_facts=appeal_facts(won=[("P1", 0.4)] * 20),
    )
    fitted = fit_model(appeals, ModelSpec.load("appeal_success"))
    assert fitted.bundle.causes == ("appeal_success",)
    shown, won = fitted.holdout.probability, fitted.holdout.label
    assert shown[won].mean() > 0.85
    assert shown[~won].mean() < 0.15
    shares = RecoveredShares.from_tables(fitted.bundle.tables)
    assert shares.of(payer_id="P1", category="coding") == pytest.approx(
        0.4, rel=0.1
    )  # twenty won appeals against the default share


def test_an_empty_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLittleData, match="denial_risk: known outcomes: expected at least 100, got 0"):
        train_model("denial_risk", home=Home(tmp_path), now=NOW)
