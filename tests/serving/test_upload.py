import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from claims.history.store import HistoryStore
from claims.home import Home
from models.errors import BundleError
from serving.app import create_app
from serving.bundles import install_champion, load_champion
from serving.settings import Settings
from tests import factories
from tests.conftest import END

TABLES = ("claims", "claim_lines", "remittances", "adjustments", "eligibility", "appeals")


def _rows(home: Home) -> dict[str, int]:
    store = HistoryStore(home.history_uri)
    return {table: store.read(table).num_rows for table in TABLES}


def test_upload_is_taken_once_and_seen_at_once(trained_home: Home, tmp_path: Path) -> None:
    shutil.copytree(trained_home.path, tmp_path / "home")
    home = Home(tmp_path / "home")
    from claims.x12 import write_transactions

    x12 = write_transactions([factories.claim_transaction(factories.claim("UPLOAD-1", submitted_on=END))])
    with TestClient(create_app(Settings(home_path=home.path, today=END))) as client:
        before = _rows(home)
        first = client.post("/v1/files", files=[("files", ("a.837", x12))]).json()
        after = _rows(home)
        again = client.post("/v1/files", files=[("files", ("b.837", x12.replace(b"\n", b"\r\n")))]).json()
        assert (first[0]["accepted"], first[0]["already_known"]) == (1, 0)
        assert (again[0]["accepted"], again[0]["already_known"]) == (0, 1)
        assert after["claims"] == before["claims"] + 1
        assert _rows(home) == after
        history = client.get("/readyz").json()["history_version"]
    assert history == HistoryStore(home.history_uri).version()


def test_promoted_model_is_taken_up_without_a_restart(trained_home: Home, tmp_path: Path) -> None:
    shutil.copytree(trained_home.path, tmp_path / "home")
    with TestClient(create_app(Settings(home_path=tmp_path / "home", today=END))) as client:
        shutil.rmtree(tmp_path / "home" / "models")
        models = client.post("/v1/models/reload").json()
    assert [model["name"] for model in models] == ["denial_risk", "appeal_success"]
    assert load_champion(Home(tmp_path / "home"), "denial_risk").bundle.version == models[0]["version"]


def test_bundle_that_does_not_verify_leaves_the_old_one(trained_home: Home, tmp_path: Path) -> None:
    shutil.copytree(trained_home.path, tmp_path / "home")
    champion = load_champion(trained_home, "denial_risk")
    folder = tmp_path / "tampered"
    shutil.copytree(trained_home.path / "models" / "denial_risk" / champion.bundle.version, folder)
    (folder / "bundle.json").write_text("{}")
    with pytest.raises(BundleError):
        install_champion(Home(tmp_path / "home"), "denial_risk", folder, registry_version="2")
    assert load_champion(Home(tmp_path / "home"), "denial_risk").bundle.version == champion.bundle.version


def test_file_of_no_known_kind_is_refused_with_a_reason(trained_home: Home, tmp_path: Path) -> None:
    shutil.copytree(trained_home.path, tmp_path / "home")
    with TestClient(create_app(Settings(home_path=tmp_path / "home", today=END))) as client:
        receipt = client.post("/v1/files", files=[("files", ("x.csv", b"claim_id,filed\n1,2\n"))]).json()[0]
    assert (receipt["accepted"], receipt["refused"]) == (0, 1)
    assert receipt["rejections"][0]["expected"]
