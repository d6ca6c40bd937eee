"""What the service does when the registry has no champion, and when it cannot say."""

import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.bundles import DENIAL_RISK, fetch_champion
from serving.errors import NoModel, RegistryUnreachable
from serving.settings import Settings
from tests.conftest import END
from training.registry import ModelRegistry

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")  # MLflow's own


@pytest.fixture
def own_home(trained_home: Home, tmp_path: Path) -> Home:
    """Give a copy that a test may break; its runs still name the artifacts of the original."""
    for name in ("history", "models"):
        shutil.copytree(trained_home.path / name, tmp_path / name)
    for path in trained_home.path.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path / path.name)
    return Home(tmp_path)


def test_a_registry_without_the_model_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="denials train denial_risk"):
        fetch_champion(Home(tmp_path), DENIAL_RISK)


def test_a_model_without_a_champion_is_no_model(own_home: Home) -> None:
    client = ModelRegistry(own_home)._client
    client.delete_registered_model_alias(DENIAL_RISK, "champion")
    with pytest.raises(NoModel):
        fetch_champion(own_home, DENIAL_RISK)


def test_a_champion_without_its_bundle_is_no_missing_model(own_home: Home) -> None:
    client = ModelRegistry(own_home)._client
    run = client.create_run(client.get_experiment_by_name(DENIAL_RISK).experiment_id)
    version = client.create_model_version(DENIAL_RISK, source=f"{run.info.artifact_uri}/model", run_id=run.info.run_id)
    client.set_registered_model_alias(DENIAL_RISK, "champion", version.version)
    with pytest.raises(RegistryUnreachable, match="no artifact bundle of version 2"):
        fetch_champion(own_home, DENIAL_RISK)


def test_an_unreadable_registry_leaves_the_model_in_service(own_home: Home) -> None:
    with TestClient(create_app(Settings(home_path=own_home.path, today=END))) as client:
        before = client.get("/v1/models").json()
        (own_home.path / "mlflow.db").write_bytes(b"no database" * 500)
        answer = client.post("/v1/models/reload")
        assert answer.status_code == 503
        assert "the one in service stays" in answer.json()["detail"]
        assert client.get("/v1/models").json() == before
        assert client.get("/readyz").status_code == 200
