from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

CANARY = "ZZCANARYNAME"


def settings(home: Home, folder: Path) -> Settings:
    return Settings(home_path=home.path, today=END, database_url=f"sqlite:///{folder / 'queue.db'}")


@pytest.fixture(scope="module")
def client(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(settings(trained_home, tmp_path_factory.mktemp("queue")))) as client:
        yield client


def at_rank(client: TestClient, rank: int) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/queue", params={"offset": rank - 1, "limit": 1}).json()["items"][0]
    return found


def test_item_shows_what_the_queue_shows(client: TestClient) -> None:
    listed = at_rank(client, 20)
    shown = client.get(f"/v1/queue/{listed['id']}").json()
    assert shown | {"rank": 20} == listed | {"touches": []}


def test_item_that_is_not_there_is_a_problem(client: TestClient) -> None:
    answer = client.get(f"/v1/queue/{CANARY}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert CANARY not in answer.text


def test_change_is_kept_and_told(client: TestClient) -> None:
    item = at_rank(client, 5)
    asked = {"version": item["version"], "by": "ann", "owner": "kim", "status": "waiting", "note": "sent by fax"}
    changed = client.patch(f"/v1/queue/{item['id']}", json=asked).json()
    assert (changed["owner"], changed["status"], changed["version"]) == ("kim", "waiting", item["version"] + 1)
    assert changed["touches"][-1]["note"] == "sent by fax"
    assert [one["id"] for one in client.get("/v1/queue", params={"owner": "kim"}).json()["items"]] == [item["id"]]


def test_change_of_an_old_version_is_a_conflict(client: TestClient) -> None:
    item = at_rank(client, 6)
    asked = {"version": item["version"], "by": "ann", "note": "first"}
    assert client.patch(f"/v1/queue/{item['id']}", json=asked).status_code == 200
    answer = client.patch(f"/v1/queue/{item['id']}", json=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")


@pytest.mark.parametrize("wrong", [{"status": "closed"}, {"status": CANARY}, {"version": 0}, {"by": ""}, {"paid": 1}])
def test_change_that_does_not_fit_is_a_problem(client: TestClient, wrong: dict[str, object]) -> None:
    item = at_rank(client, 7)
    answer = client.patch(f"/v1/queue/{item['id']}", json={"version": item["version"], "by": "ann"} | wrong)
    assert answer.status_code == 422
    assert CANARY not in answer.text


def test_next_gives_the_best_and_never_the_same_twice(client: TestClient) -> None:
    best = at_rank(client, 1)
    first, second = (client.post("/v1/queue/next", json={"by": who}).json() for who in ("ann", "bob"))
    assert (first["id"], first["status"], first["assigned_to"]) == (best["id"], "in_progress", "ann")
    assert second["id"] != first["id"]
    mine = client.get("/v1/queue", params={"assigned_to": "ann"}).json()
    assert [one["id"] for one in mine["items"]] == [first["id"]]


def test_next_says_when_nothing_fits(client: TestClient) -> None:
    assert client.post("/v1/queue/next", json={"by": "ann", "payer_id": "NOBODY"}).status_code == 204


def test_outcome_takes_the_item_off_the_queue(client: TestClient) -> None:
    total = client.get("/v1/queue").json()["total"]
    item = at_rank(client, 9)
    asked = {"version": item["version"], "by": "ann", "outcome": "overturned", "recovered_amount": "12.30"}
    closed = client.post(f"/v1/queue/{item['id']}/outcome", json=asked).json()
    assert (closed["status"], closed["outcome"], closed["recovered_amount"]) == ("closed", "overturned", 12.30)
    assert client.get("/v1/queue").json()["total"] == total - 1


def test_work_outlives_a_restart(trained_home: Home, tmp_path: Path) -> None:
    with TestClient(create_app(settings(trained_home, tmp_path))) as client:
        taken = client.post("/v1/queue/next", json={"by": "ann"}).json()
        total = client.get("/v1/queue").json()["total"]
    with TestClient(create_app(settings(trained_home, tmp_path))) as client:
        assert client.get("/v1/queue").json()["total"] == total
        again = client.get(f"/v1/queue/{taken['id']}").json()
    assert (again["status"], again["assigned_to"], again["version"]) == ("in_progress", "ann", taken["version"])


def test_plan_fits_the_minutes_and_says_why(client: TestClient) -> None:
    plan = client.get("/v1/queue/plan", params={"minutes_per_day": 60, "days": 3}).json()
    days = sorted({one["work_on"] for one in plan["items"]})
    assert 1 <= len(days) <= 3
    # Work goes on over night: what three days finish is at most their minutes.
    assert sum(one["item"]["minutes"] for one in plan["items"]) <= 3 * 60
    assert all(one["item"]["deadline"] is None or one["work_on"] <= one["item"]["deadline"] for one in plan["items"])
    assert all("dollars a minute" in one["why"] or one["why"].startswith("Drawn by lot") for one in plan["items"])
    assert 0 < plan["expected_recovery"] <= plan["bound"] + 0.01
