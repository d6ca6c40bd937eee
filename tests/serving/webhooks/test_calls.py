import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.cli.test_commands import run
from tests.conftest import END
from tests.serving.webhooks.receiver import running

CLAIM = json.loads((Path(__file__).resolve().parents[3] / "docs/examples/claim.json").read_text())


@pytest.fixture(scope="module")
def home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("webhooks") / "home"
    shutil.copytree(trained_home.path, folder)
    return folder


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    chosen = Settings(home_path=home, today=END, webhook_loopback=True, webhook_probability=0, webhook_seconds=0)
    with TestClient(create_app(chosen)) as client:
        yield client


def test_a_scored_claim_reaches_a_registered_receiver(client: TestClient) -> None:
    with running() as receiver:
        made = client.post("/v1/webhooks", json={"url": receiver.url})
        assert made.status_code == 201
        assert len(made.json()["secret"]) == 64
        scored = client.post("/v1/claims/score", json=CLAIM).json()["scored"][0]
        client.app.state.service.dispatcher.run()  # type: ignore[attr-defined]
    ((_, body),) = receiver.got
    assert json.loads(body)["probability"] == round(scored["denial_probability"], 6)
    assert not any(word in body.decode() for word in ("DELEFIELD", "B0884082868", "1995"))
    (delivery,) = client.get("/v1/webhooks/deliveries").json()
    assert delivery["delivered_at"] is not None
    assert client.post(f"/v1/webhooks/deliveries/{delivery['id']}/replay").status_code == 202
    (listed,) = client.get("/v1/webhooks").json()
    assert listed["secret"] is None
    assert client.delete(f"/v1/webhooks/{listed['id']}").status_code == 204
    assert client.get("/v1/webhooks").json() == []


def test_what_cannot_be_is_a_problem(client: TestClient) -> None:
    assert client.post("/v1/webhooks", json={"url": "ftp://x/"}).status_code == 422
    assert client.post("/v1/webhooks", json={"url": "https://x.org/", "events": ["other"]}).status_code == 422
    assert client.delete("/v1/webhooks/none").status_code == 404
    assert client.post("/v1/webhooks/deliveries/none/replay").status_code == 404


def test_the_command_registers_lists_and_removes(home: Path) -> None:
    code, shown, _ = run(home, "webhooks", "add", "https://claims.example.org/hook", "--event", "deadline", "--json")
    made = json.loads(shown)
    assert (code, made["events"], len(made["secret"])) == (0, "deadline", 64)
    assert made["id"] in run(home, "webhooks", "list", "--json")[1]
    assert run(home, "webhooks", "remove", made["id"])[0] == 0
    assert run(home, "webhooks", "remove", made["id"])[0] == 2
    assert run(home, "webhooks", "add", "http://inside/")[0] == 2
