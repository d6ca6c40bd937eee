"""Claims through `mlflow.pyfunc` are scored as the command and the service score them."""

import json
from pathlib import Path

import mlflow
import numpy as np
import pytest

from claims.home import Home
from cli.scoring_model import claim_column
from models.errors import BundleError
from serving.errors import RefusedInput
from tests.cli.test_commands import ROOT, X12, rows_of, run
from training.registry import ModelRegistry

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")  # MLflow's own
CLAIM = json.loads((ROOT / "docs/examples/claim.json").read_text(encoding="utf-8"))


def model(home: Home, name: str = "denial_risk", config: dict[str, str] | None = None) -> mlflow.pyfunc.PyFuncModel:
    folder = ModelRegistry(home).bundle_dir(name).parent / "model"
    return mlflow.pyfunc.load_model(folder.as_uri(), model_config=config)


def test_a_claim_is_scored_as_the_command_scores_it(trained_home: Home, tmp_path: Path) -> None:
    run(trained_home, "score", X12, "--out", tmp_path / "scores.csv")
    by_command = {row["claim_id"]: float(row["denial_probability"]) for row in rows_of(tmp_path / "scores.csv")}
    scored = model(trained_home, config={"home": str(trained_home.path)}).predict(claim_column([CLAIM, CLAIM]))
    assert scored["probability"].round(6).tolist() == [by_command["EXAMPLE-1"]] * 2
    contributions = scored.filter(like="contribution_").sum(axis=1) + scored["base_hazard"]
    assert np.allclose(-np.expm1(-contributions), scored["probability"], atol=1e-9)


def test_claims_without_a_home_are_refused_with_what_to_set(trained_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DENIALS_HOME", raising=False)
    with pytest.raises(RefusedInput, match="or DENIALS_HOME, got neither"):
        model(trained_home).predict(claim_column([CLAIM]))


def test_a_faulty_claim_names_its_row_and_place_and_nothing_that_was_sent(trained_home: Home) -> None:
    broken = {**CLAIM, "lines": [{**CLAIM["lines"][0], "charge_amount": "DELEFIELD"}]}
    with pytest.raises(RefusedInput, match=r"row 1: .* faults at lines\.0\.charge_amount") as caught:
        model(trained_home, config={"home": str(trained_home.path)}).predict(claim_column([CLAIM, broken]))
    assert "DELEFIELD" not in str(caught.value)


def test_an_appeal_model_takes_no_claims(trained_home: Home) -> None:
    with pytest.raises(BundleError, match="feature columns"):
        model(trained_home, "appeal_success", {"home": str(trained_home.path)}).predict(claim_column([CLAIM]))
