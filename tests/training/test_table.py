import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from claims.home import Home
from claims.privacy import PersonHasher
from models.bundle import ModelBundle
from models.errors import SpecError, TableError
from models.maturity import UNKNOWN
from models.spec import ModelSpec, read_spec
from models.table_encoder import TableEncoder
from tests.training.tables import SPEC, flat_table, table_spec
from training.dataset import Dataset
from training.errors import LeakFound, NotWorthRegistering, TooLittleData
from training.pipeline import fit_model, train_on_table
from training.registry import ModelRegistry
from training.table import read_table, table_dataset
from training.tracking import open_client

NOW = datetime(2026, 1, 5, tzinfo=UTC)
HASHER = PersonHasher(b"k" * 32)
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")  # MLflow's own


def built(table: pd.DataFrame, spec: ModelSpec | None = None) -> Dataset:
    return table_dataset(table, spec or table_spec(), hasher=HASHER)


def test_a_rate_knows_only_outcomes_known_before_the_row() -> None:
    table = flat_table(600)
    made = built(table, table_spec(half_life_days=0.0))
    at = made.matrix.names.index("rows by clinic")
    early = made.sent < np.quantile(made.sent, 0.7)
    for row in np.flatnonzero(early)[::37]:
        own = made.table["clinic"].iloc[row]  # type: ignore[index]
        same = (made.table["clinic"] == own).to_numpy() & (made.known < made.sent[row])  # type: ignore[index]
        assert np.expm1(made.matrix.values[row, at]) == pytest.approx(same.sum())


def test_a_later_outcome_changes_nothing_before_it() -> None:
    table = flat_table(800)
    other = table.copy()
    last = np.arange(len(other)) >= 700
    other.loc[last, "refused"] = np.where(other.loc[last, "refused"] == "yes", "no", "yes")
    first, second = built(table), built(other)
    assert np.array_equal(first.matrix.values[:700], second.matrix.values[:700], equal_nan=True)


def test_rows_of_the_test_part_see_the_rates_of_its_first_day() -> None:
    made = built(flat_table(900), table_spec(half_life_days=0.0))
    at = made.matrix.names.index("rows by clinic x service")
    test = made.sent >= np.quantile(made.sent, 0.85)
    pairs = (made.table["clinic"] + made.table["service"]).to_numpy()[test]  # type: ignore[index]
    for pair in np.unique(pairs):
        assert len(np.unique(made.matrix.values[test, at][pairs == pair])) == 1


def test_the_encoder_in_the_bundle_scores_a_table_like_its_rows(tmp_path: Path) -> None:
    made = built(flat_table())
    fitted = fit_model(made, table_spec())
    fitted.bundle.save(tmp_path / "b")
    bundle = ModelBundle.load(tmp_path / "b")
    assert bundle.version == fitted.bundle.version
    fresh = flat_table(60, seed=9)
    fresh.loc[3, "clinic"] = "never seen"
    fresh.loc[4, "wait"] = None
    assert bundle.encoder is not None
    whole = bundle.predict_probability(bundle.encoder.encode(fresh))
    ones = [bundle.predict_probability(bundle.encoder.encode(fresh.iloc[[row]]))[0] for row in range(len(fresh))]
    assert np.array_equal(whole, ones)
    explained = bundle.explain(bundle.encoder.encode(fresh))
    assert np.allclose(explained.base + explained.contributions.sum(axis=1), explained.margin, atol=1e-9)
    assert np.allclose(explained.probability, whole, atol=1e-12)
    flag = bundle.feature_names.index("clinic: rare or unseen")
    assert bundle.encoder.encode(fresh).values[[3, 5], flag].tolist() == [1.0, 0.0]


def test_the_encoder_survives_json() -> None:
    encoder = built(flat_table(500)).encoder
    assert encoder is not None
    assert TableEncoder.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder


def test_a_table_is_trained_registered_and_gated(tmp_path: Path) -> None:
    home = Home(tmp_path)
    table = flat_table()
    first = train_on_table(table, table_spec(), home=home, now=NOW)
    assert first.verdict.promotes
    test, baselines = first.metrics["test"], first.metrics["baselines"]
    assert test["log_loss"] < baselines["base_rate"]["log_loss"]  # type: ignore[index, call-overload]
    run = open_client(home).get_run(first.run_id)
    assert any(key.startswith("payer/north") for key in run.data.metrics)
    again = train_on_table(table, table_spec(), home=home, now=NOW)
    assert not again.verdict.promotes
    assert ModelRegistry(home).get("refusals").version == "1"
    stored = ModelRegistry(home).holdout("refusals")
    assert not {"N1", "N2399"} & set(stored["id"].to_pylist())


def test_noise_is_recorded_but_not_registered(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(NotWorthRegistering, match=r"gain of .* on \d+ held-out rows"):
        train_on_table(flat_table(800, signal=0.0), table_spec(), home=home, now=NOW)
    client = open_client(home)
    experiment = client.get_experiment_by_name("refusals")
    assert experiment is not None
    assert len(client.search_runs([experiment.experiment_id])) == 1
    assert ModelRegistry(home).find("refusals", "1") is None


def test_a_leak_refuses_before_anything_is_written(tmp_path: Path) -> None:
    table = flat_table(800)
    table["paid"] = np.where(table["refused"] == "yes", "0", table["dollars"])
    with pytest.raises(LeakFound, match=r"paid: alone it ranks the outcome with an AUC of 1\.000"):
        train_on_table(table, table_spec(numeric=("wait", "paid")), home=Home(tmp_path), now=NOW)
    assert list(tmp_path.iterdir()) == []
    suspected = table_spec(numeric=("wait", "paid"), leak_suspects=("paid",))
    assert "paid" not in table_dataset(table, suspected, hasher=HASHER).matrix.names


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("wait", "secret", "row 1, wait: expected a number"),
        ("day", "secret", "row 1, day: expected a year or a date"),
        ("day", None, "row 1, day: expected a year or a date like 2026-01-31, got an empty cell"),
        ("referred", "31/12/2023", "row 1, referred: expected a year or a date"),
    ],
)
def test_an_unreadable_cell_is_named_by_place_and_never_shown(column: str, cell: str | None, message: str) -> None:
    table = flat_table(300)
    table.loc[0, column] = cell
    with pytest.raises(TableError, match=message) as caught:
        built(table)
    assert "secret" not in str(caught.value)


def test_a_table_that_cannot_be_learned_from_is_refused(tmp_path: Path) -> None:
    table = flat_table(300)
    with pytest.raises(TableError, match="expected a column wait, got none"):
        built(table.drop(columns="wait"))
    with pytest.raises(TableError, match="refused: expected rows of both outcomes, got 0 positives of 300"):
        built(table.assign(refused="no"))
    with pytest.raises(TableError, match="row 1, refused: expected 0 or 1"):
        built(table, table_spec(positive=()))
    with pytest.raises(TableError, match="number: expected levels that rows share, got 100% of rows"):
        built(table, table_spec(categorical=("clinic", "service", "number"), id=""))
    with pytest.raises(TooLittleData, match="rows with an outcome: expected at least 100, got 60"):
        built(table.head(60))
    with pytest.raises(TableError, match="expected a file, got none"):
        read_table(tmp_path / "none.csv")


def test_a_row_without_an_outcome_is_unknown() -> None:
    table = flat_table(400)
    table.loc[399, "refused"] = None
    table.loc[398, "answered"] = None
    made = built(table)
    assert (made.known == UNKNOWN).sum() == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('target = "refused"', 'target = ""', r"\[table\] target: expected the name of a column"),
        ('numeric = ["dollars", "wait"]', 'numeric = ["refused"]', "expected refused under one key"),
        ('rates = [["clinic"]', 'rates = [["wait"]', r"\[table\] rates: expected lists of categorical columns"),
        ("weight = 0.4", "weight = 1.4", r"\[linear\]: expected 0 <= weight < 1"),
        ("half_life_days = 365.0", "half_life = 365.0", r"\[table\]: expected keys out of"),
    ],
)
def test_a_wrong_spec_is_refused_by_key(old: str, new: str, message: str) -> None:
    assert old in SPEC
    with pytest.raises(SpecError, match=message):
        read_spec(SPEC.replace(old, new, 1), file="refusals.toml")


def test_a_spec_of_the_history_takes_no_table(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="expected a spec with subject table"):
        train_on_table(flat_table(300), ModelSpec.load("denial_risk"), home=Home(tmp_path), now=NOW)
