from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.training.tables import SPEC, flat_table

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")  # MLflow's own
RUN = CliRunner()


def test_a_table_is_trained_and_new_rows_are_scored(tmp_path: Path) -> None:
    spec, table, home = tmp_path / "refusals.toml", tmp_path / "table.csv", str(tmp_path / "home")
    spec.write_text(SPEC)
    flat_table(1600).to_csv(table, index=False)
    trained = RUN.invoke(app, ["--home", home, "train", "--spec", str(spec), "--table", str(table)])
    assert trained.exit_code == 0, trained.output
    assert "first version" in trained.output
    fresh = flat_table(40, seed=8).drop(columns=["refused", "answered", "number"])
    fresh.to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / "scores.csv"
    scored = RUN.invoke(app, ["--home", home, "score", str(tmp_path / "new.csv"), "--model", "refusals", "--out", str(out)])
    assert scored.exit_code == 0, scored.output
    scores = pd.read_csv(out)
    assert list(scores.columns) == ["row", "probability", "reason_1", "reason_2", "reason_3", "model_version"]
    assert len(scores) == 40
    assert scores["probability"].between(0, 1).all()
    assert scores["probability"].nunique() > 20


def test_a_leak_ends_the_command_with_its_column(tmp_path: Path) -> None:
    spec, table = tmp_path / "refusals.toml", tmp_path / "table.csv"
    spec.write_text(SPEC.replace('numeric = ["dollars", "wait"]', 'numeric = ["dollars", "wait", "paid"]'))
    rows = flat_table(600)
    rows.assign(paid=(rows["refused"] == "no").astype(int)).to_csv(table, index=False)
    result = RUN.invoke(app, ["--home", str(tmp_path / "home"), "train", "--spec", str(spec), "--table", str(table)])
    assert result.exit_code == 2
    assert "paid: alone it ranks the outcome" in " ".join(result.output.split())


def test_spec_and_table_go_together(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["--home", str(tmp_path), "train", "--table", "x.csv"])
    assert result.exit_code == 2
    assert "expected --spec and --table together" in result.output


def test_a_model_of_the_history_scores_no_table(tmp_path: Path) -> None:
    flat_table(20).to_csv(tmp_path / "new.csv", index=False)
    arguments = ["score", str(tmp_path / "new.csv"), "--model", "unknown", "--out", str(tmp_path / "o.csv")]
    result = RUN.invoke(app, ["--home", str(tmp_path), *arguments])
    assert result.exit_code == 2
