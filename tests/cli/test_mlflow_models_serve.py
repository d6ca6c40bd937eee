"""`mlflow models serve` on the registered model, asked over HTTP as any client would."""

import json
from pathlib import Path

import httpx2
import pytest

from claims.home import Home
from tests.cli.test_commands import ROOT, X12, rows_of, run
from tests.mlflow_process import model_server
from training.registry import ModelRegistry
from training.scoring_model import example_of

CLAIM = (ROOT / "docs/examples/claim.json").read_text(encoding="utf-8")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")]


def test_claims_and_features_are_scored_as_by_command(trained_home: Home, tmp_path: Path) -> None:
    from serving.bundles import load_champion

    run(trained_home, "score", X12, "--out", tmp_path / "scores.csv")
    by_command = {row["claim_id"]: float(row["denial_probability"]) for row in rows_of(tmp_path / "scores.csv")}
    example = example_of(load_champion(trained_home, "denial_risk").bundle)
    assert example is not None
    model = ModelRegistry(trained_home).bundle_dir("denial_risk").parent / "model"
    with model_server(model, tmp_path / "served", DENIALS_HOME=str(trained_home.path)) as address:
        claims = httpx2.post(address, json={"dataframe_records": [{"claim": CLAIM}]}, timeout=120)
        rows = httpx2.post(address, json={"dataframe_split": example.to_dict(orient="split")}, timeout=60)
        broken = httpx2.post(address, json={"dataframe_records": [{"claim": json.dumps({"payer_id": "DELEFIELD"})}]}, timeout=60)
    assert round(claims.json()["predictions"][0]["probability"], 6) == by_command["EXAMPLE-1"]
    assert 0 < rows.json()["predictions"][0]["probability"] < 1
    assert broken.status_code >= 400
    assert "DELEFIELD" not in broken.text
