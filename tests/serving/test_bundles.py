"""What the service does when the registry has no champion, and when it cannot say."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from fastapi.testclient import TestClient

from claims.history.ingest import ingest_paths
from claims.home import Home
from models.errors import BundleError
from serving.app import create_app
from serving.bundles import DENIAL_RISK, fetch_registered
from serving.errors import NoModel, RegistryUnreachable
from serving.settings import Settings
from serving.state import ServiceState
from tests.conftest import END
from training.registry import ModelRegistry

CLAIM = json.loads((Path(__file__).resolve().parents[2] / "docs/examples/claim.json").read_text())
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
        fetch_registered(Home(tmp_path), DENIAL_RISK)


def test_a_model_without_a_champion_is_no_model(own_home: Home) -> None:
    client = ModelRegistry(own_home)._client
    client.delete_registered_model_alias(DENIAL_RISK, "champion")
    with pytest.raises(NoModel):
        fetch_registered(own_home, DENIAL_RISK)


def test_a_champion_without_its_bundle_is_no_missing_model(own_home: Home) -> None:
    client = ModelRegistry(own_home)._client
    run = client.create_run(client.get_experiment_by_name(DENIAL_RISK).experiment_id)
    version = client.create_model_version(DENIAL_RISK, source=f"{run.info.artifact_uri}/model", run_id=run.info.run_id)
    client.set_registered_model_alias(DENIAL_RISK, "champion", version.version)
    with pytest.raises(RegistryUnreachable, match="no artifact bundle of version 2"):
        fetch_registered(own_home, DENIAL_RISK)


def test_a_registry_that_cannot_be_read_names_the_model(own_home: Home) -> None:
    (own_home.path / "mlflow.db").write_bytes(b"not a database")
    with pytest.raises(RegistryUnreachable, match=f"model {DENIAL_RISK}: ") as caught:
        fetch_registered(own_home, DENIAL_RISK)
    assert caught.value.name == DENIAL_RISK


def test_an_unreadable_registry_leaves_the_model_in_service(own_home: Home) -> None:
    with TestClient(create_app(Settings(home_path=own_home.path, today=END))) as client:
        before = client.get("/v1/models").json()
        (own_home.path / "mlflow.db").write_bytes(b"no database" * 500)
        answer = client.post("/v1/models/reload")
        assert answer.status_code == 503
        assert "the one in service stays" in answer.json()["detail"]
        assert client.get("/v1/models").json() == before
        assert client.get("/readyz").status_code == 200


def test_a_registry_that_is_down_at_the_start_leaves_the_verified_models_serving_and_says_so(own_home: Home) -> None:
    (own_home.path / "mlflow.db").write_bytes(b"no database" * 500)
    settings = Settings(home_path=own_home.path, today=END, models_poll_seconds=3600)
    with TestClient(create_app(settings)) as client:
        found = _wait(lambda: _registry(client), until=lambda found: not found["detail"].startswith("not asked"))
        assert found == _check("degraded", "RegistryUnreachable: the last verified models serve")
        assert client.post("/v1/claims/score", json=CLAIM).status_code == 200


def test_a_new_champion_is_taken_up_while_requests_go_on(own_home: Home) -> None:
    with TestClient(create_app(Settings(home_path=own_home.path, today=END))) as client:
        state: ServiceState = client.app.state.service  # type: ignore[attr-defined]
        before, version = state.serving, _promote_anew(own_home)
        answers: list[int] = []
        following = Thread(target=state.follow_models)
        following.start()
        while following.is_alive() or not answers:
            answers.append(client.post("/v1/claims/score?fixes=false", json=CLAIM).status_code)
        assert set(answers) == {200}
        assert state.serving is not before
        assert client.get("/v1/models").json()[0]["registry_version"] == version
        assert _registry(client) == _check("ready", "in step")


def test_a_champion_that_is_in_service_is_not_loaded_again(own_home: Home) -> None:
    state = ServiceState(Settings(home_path=own_home.path, today=END))
    before = state.serving
    state.follow_models()
    assert state.serving is before
    assert state.registry == "in step"


def test_a_champion_that_does_not_verify_is_refused(own_home: Home, tmp_path: Path) -> None:
    _promote_anew(own_home, spoil=True)
    state = ServiceState(Settings(home_path=own_home.path, today=END))
    before = state.serving
    with pytest.raises(BundleError):
        state.reload_models()
    state.follow_models()
    assert state.serving is before
    assert state.registry == "BundleError: the last verified models serve"


def test_files_that_another_process_ingested_are_taken_up(own_home: Home, practice: Path, tmp_path: Path) -> None:
    state = ServiceState(Settings(home_path=own_home.path, today=END))
    before = state.snapshot
    state.follow_history()
    assert state.snapshot is before
    sent = max((practice / "files" / "837").iterdir()).read_bytes()
    (tmp_path / "new.837").write_bytes(sent.replace(b"BHT*0019*00*", b"BHT*0019*00*N"))
    ingest_paths([tmp_path / "new.837"], home=own_home, now=datetime.now(UTC))
    state.follow_history()
    assert state.snapshot.history.version != before.history.version
    assert len(state.snapshot.claims) > len(before.claims)


def _promote_anew(home: Home, *, spoil: bool = False) -> str:
    """Register the champion's bundle once more, as another version, and make that the champion; spoiled: a file changed."""
    client = ModelRegistry(home)._client
    run = client.create_run(client.get_experiment_by_name(DENIAL_RISK).experiment_id)
    folder = home.path / "models" / DENIAL_RISK
    pointer = json.loads((folder / "champion.json").read_text())
    client.log_artifacts(run.info.run_id, str(folder / pointer["version"]), "bundle")
    if spoil:
        stored = Path(run.info.artifact_uri.removeprefix("file://")) / "bundle" / "card.md"
        stored.write_text(stored.read_text() + "changed")
    version = client.create_model_version(DENIAL_RISK, source=f"{run.info.artifact_uri}/bundle", run_id=run.info.run_id)
    client.set_registered_model_alias(DENIAL_RISK, "champion", version.version)
    return str(version.version)


def _registry(client: TestClient) -> dict[str, str]:
    """Give what /readyz says of the registry."""
    answer = client.get("/readyz")
    assert answer.status_code == 200
    (found,) = (check for check in answer.json()["checks"] if check["part"] == "registry")
    return dict(found)


def _check(health: str, detail: str) -> dict[str, str]:
    return {"part": "registry", "health": health, "detail": detail}


def _wait(ask: Callable[[], dict[str, str]], *, until: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """Ask until the answer is the one waited for; the suite's own time limit ends a wait for what never comes."""
    while not until(found := ask()):
        pass
    return found
