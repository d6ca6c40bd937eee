"""A service started on a backup answers as the one that was backed up."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from claims.backup import back_up
from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

CLAIM = json.loads((Path(__file__).resolve().parents[2] / "docs/examples/claim.json").read_text())


def answers(client: TestClient, key: str) -> list[Any]:
    scored = client.post("/v1/claims/score", json=CLAIM).json()
    queue = client.get("/v1/queue?limit=1000").json()
    item = client.get(f"/v1/queue/{key}").json()
    return [scored, queue, item]


def test_a_service_on_a_backup_gives_the_same_scores_and_the_same_queue(trained_home: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(trained_home.path, home.path)
    with TestClient(create_app(Settings(home_path=home.path, today=END))) as client:
        taken = client.post("/v1/queue/next", json={"by": "ada"}).json()
        version = {"version": taken["version"], "by": "ada", "note": "called the payer"}
        assert client.patch(f"/v1/queue/{taken['id']}", json=version).status_code == 200
        copy = back_up(home, tmp_path / "copy", now=datetime.now(UTC))
        expected = answers(client, taken["id"])
    shutil.rmtree(home.path)
    with TestClient(create_app(Settings(home_path=copy.folder, today=END))) as client:
        assert answers(client, taken["id"]) == expected
        assert client.get("/readyz").json()["status"] == "ready"
