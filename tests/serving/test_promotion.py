"""Moving the champion over the real app, on a registry of the test's own; training's registry sees the same."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from mlflow import MlflowClient

from claims.home import Home
from models.registered import CHALLENGER, CHAMPION
from serving.bundles import DENIAL_RISK
from serving.security.roles import Role
from tests.serving.security.services import caller, key_for, security_of, service
from training.registry import ModelRegistry

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")  # MLflow's own


@pytest.fixture
def app(trained_home: Home, tmp_path: Path) -> Iterator[FastAPI]:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(trained_home.secrets, home / "secrets")
    (home / "secrets" / "audit.anchor").unlink(missing_ok=True)
    for name in ("history", "mlartifacts"):
        (home / name).symlink_to(trained_home.path / name)
    shutil.copytree(trained_home.path / "models", home / "models")
    shutil.copy(trained_home.path / "mlflow.db", home / "mlflow.db")
    with service(trained_home, tmp_path) as app:
        yield app


@pytest.fixture
def root(app: FastAPI) -> TestClient:
    return caller(app, key_for(app, "root", Role.ADMIN))


def _client(app: FastAPI) -> MlflowClient:
    uri = app.state.service.settings.home.mlflow_uri
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _challenge(app: FastAPI, *, promotes: bool, judged_against: str | None = None) -> tuple[str, str]:
    """Register the champion's run once more, as a challenger that the gate judged so; gives both versions."""
    client = _client(app)
    champion = client.get_model_version_by_alias(DENIAL_RISK, CHAMPION)
    tags = {
        "gate": "better in 95 % of resamples" if promotes else "not better beyond chance",
        "gate.promotes": str(promotes).lower(),
        "gate.champion": judged_against or str(champion.version),
    }
    made = client.create_model_version(DENIAL_RISK, source=champion.source, run_id=champion.run_id, tags=tags)
    client.set_registered_model_alias(DENIAL_RISK, CHALLENGER, made.version)
    return str(champion.version), str(made.version)


def _served(client: TestClient) -> str:
    models = client.get("/v1/models").json()
    return next(one["registry_version"] for one in models if (one["name"], one["role"]) == (DENIAL_RISK, "champion"))


def test_challenger_that_passed_the_gate_serves_at_once_and_rolls_back(app: FastAPI, root: TestClient) -> None:
    old, new = _challenge(app, promotes=True)
    page = root.get("/models").text
    assert "better in 95 % of resamples" in page
    assert "/v1/models/denial_risk/promote" in page
    assert root.post("/v1/models/denial_risk/promote", json={}).json() == {"champion": new, "previous": old, "challenger": None}
    assert _served(root) == new
    kept = ModelRegistry(app.state.service.settings.home).get(DENIAL_RISK)
    assert (kept.version, kept.tags["previous_champion"], kept.tags["promoted_by"]) == (new, old, "root")
    assert root.post("/v1/models/denial_risk/rollback", json={}).json()["champion"] == old
    assert _served(root) == old
    security_of(app).audit.flush()
    events = [(one.call, one.detail) for one in security_of(app).audit_store.events(actor="root") if one.detail]
    assert events == [
        ("POST /v1/models/{name}/promote", f"model denial_risk, version {new}"),
        ("POST /v1/models/{name}/rollback", f"model denial_risk, version {old}"),
    ]


def test_challenger_that_the_gate_kept_out_needs_a_reason_that_stays(app: FastAPI, root: TestClient) -> None:
    old, new = _challenge(app, promotes=False)
    refused = root.post("/v1/models/denial_risk/promote", json={})
    assert refused.status_code == 409
    assert "not better beyond chance" in refused.json()["detail"]
    assert root.post("/v1/models/denial_risk/promote", json={"overruled": "  "}).status_code == 409
    assert _served(root) == old
    assert root.post("/v1/models/denial_risk/promote", json={"overruled": "new payer mix"}).status_code == 200
    assert _client(app).get_model_version(DENIAL_RISK, new).tags["gate.overruled"] == "new payer mix"


def test_challenger_judged_against_another_champion_is_left_to_the_command(app: FastAPI, root: TestClient) -> None:
    old, _ = _challenge(app, promotes=True, judged_against="99")
    for asked in ({}, {"overruled": "in a hurry"}):
        refused = root.post("/v1/models/denial_risk/promote", json=asked)
        assert refused.status_code == 409
        assert "denials models promote" in refused.json()["detail"]
    assert _served(root) == old


def test_nothing_to_promote_or_to_go_back_to_is_said(root: TestClient) -> None:
    assert root.post("/v1/models/denial_risk/promote", json={}).status_code == 409
    assert root.post("/v1/models/denial_risk/rollback", json={}).status_code == 409
    assert root.post("/v1/models/no-such/promote", json={}).status_code == 422


def test_page_offers_the_move_to_an_admin_alone(app: FastAPI) -> None:
    _challenge(app, promotes=True)
    page = caller(app, key_for(app, "mia", Role.MANAGER)).get("/models").text
    assert "better in 95 % of resamples" in page
    assert "/promote" not in page
