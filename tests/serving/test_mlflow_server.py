"""A real MLflow server between training and the service: trained there, served from there, gone, and back."""

import json
import time
from pathlib import Path

import httpx2
import pytest

from claims.home import Home
from tests.mlflow_process import free_port, tracking_server
from tests.served_process import served
from tests.serving.security.services import own_home
from tests.training.factories import dataset, spec
from training.pipeline import train_on

CLAIM = json.loads((Path(__file__).resolve().parents[2] / "docs/examples/claim.json").read_text(encoding="utf-8"))
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")]


def _registry(client: httpx2.Client) -> tuple[str, str]:
    part = next(check for check in client.get("/readyz").json()["checks"] if check["part"] == "registry")
    return part["health"], part["detail"]


def _wait_for(client: httpx2.Client, health: str, words: str) -> None:
    deadline = time.monotonic() + 60
    while not (_registry(client)[0] == health and words in _registry(client)[1]):
        assert time.monotonic() < deadline, _registry(client)
        time.sleep(0.2)


def _version(client: httpx2.Client) -> str:
    answer = client.post("/v1/claims/score", json=CLAIM, timeout=60)
    assert answer.status_code == 200
    return str(answer.json()["model_version"]).removeprefix("denial_risk-")


def test_the_service_outlives_its_registry_and_finds_it_again(trained_home: Home, tmp_path: Path) -> None:
    path, port, folder = own_home(trained_home, tmp_path), free_port(), tmp_path / "server"
    (path / "models").unlink()
    (path / "mlflow.db").unlink()  # nothing is served but what the server gives
    with tracking_server(folder, port) as address:
        trained = train_on(dataset(3000), spec(), home=Home(path, mlflow_uri=address), tracking_uri=address)
        with served(path, MLFLOW_TRACKING_URI=address, DENIALS_MODELS_POLL_SECONDS="1") as client:
            _wait_for(client, "ready", "in step")
            assert _version(client) == trained.bundle_version
    with served(path, MLFLOW_TRACKING_URI=address, DENIALS_MODELS_POLL_SECONDS="1") as client:
        assert _version(client) == trained.bundle_version
        _wait_for(client, "degraded", "the last verified models serve")
        assert client.get("/readyz").status_code == 200
        assert client.post("/v1/models/reload", timeout=60).status_code == 503
        with tracking_server(folder, port):
            _wait_for(client, "ready", "in step")
            assert client.post("/v1/models/reload", timeout=60).status_code == 200
            assert _version(client) == trained.bundle_version
