import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.api.queue_models import Action
from serving.app import create_app
from serving.settings import Settings
from serving.work_queue.actions import ACTIONS
from serving.work_queue.order import QUEUE_COLUMNS
from tests.conftest import END
from tests.postgresql import PostgresqlServer

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


def test_plan_gives_each_person_what_they_can_do(client: TestClient) -> None:
    people = ["ann:120:appeal;send_records", "bob:120"]
    plan = client.get("/v1/queue/plan", params={"person": people, "days": 2}).json()
    planned = [one for one in plan["items"] if one["item"]["id"] not in plan["drawn"]]
    assert {one["person"] for one in planned} == {"ann", "bob"}
    assert {one["item"]["next_action"] for one in planned if one["person"] == "ann"} <= {"appeal", "send_records"}
    assert [one["place"] for one in plan["items"]] == list(range(1, len(plan["items"]) + 1))


@pytest.mark.parametrize("wrong", [{"person": "ann"}, {"person": "ann:60", "minutes_per_day": 60}, {"days": 0}])
def test_plan_that_does_not_fit_is_a_problem(client: TestClient, wrong: dict[str, object]) -> None:
    answer = client.get("/v1/queue/plan", params=wrong)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_pages_by_cursor_join_to_the_list(client: TestClient) -> None:
    asked = {"sort": "denied_amount", "category": "coding"}
    whole = [one["id"] for one in client.get("/v1/queue", params=asked | {"limit": 1000}).json()["items"]]
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = client.get("/v1/queue", params=asked | {"limit": 7} | ({"cursor": cursor} if cursor else {})).json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(whole) > 14
    assert found == whole


def test_forged_and_foreign_cursors_are_refused(client: TestClient) -> None:
    cursor = client.get("/v1/queue", params={"limit": 2}).json()["next_cursor"]
    forged = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    wrong_ones = ({"cursor": forged}, {"cursor": CANARY}, {"cursor": "é"}, {"cursor": cursor, "sort": "age"})
    for wrong in (*wrong_ones, {"cursor": cursor, "kind": "denial"}):
        answer = client.get("/v1/queue", params=wrong)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert CANARY not in answer.text
    assert client.get("/v1/queue", params={"cursor": cursor, "limit": 5}).status_code == 200


def test_filters_reach_the_list(client: TestClient) -> None:
    asked = {"min_denied": "100", "max_denied": "400", "action": "appeal", "sort": "expected_recovery", "order": "asc"}
    page = client.get("/v1/queue", params=asked | {"deadline_after": END.isoformat()}).json()
    recoveries = [one["expected_recovery"] for one in page["items"]]
    assert recoveries == sorted(recoveries)
    assert page["total"] > 3
    for one in page["items"]:
        assert 100 <= one["denied_amount"] <= 400
        assert one["next_action"] == "appeal"
        assert one["deadline"] >= END.isoformat()


def test_filter_that_is_none_is_refused_instead_of_passed_over(client: TestClient) -> None:
    assert client.get("/v1/queue", params={"payer": "18521"}).status_code == 422


def test_every_item_says_why_it_stands_where_it_stands(client: TestClient) -> None:
    items = client.get("/v1/queue", params={"limit": 1000, "status": "open"}).json()["items"]
    assert [one["rank"] for one in items] == sorted(one["rank"] for one in items)
    assert all(one["why"] for one in items)
    assert client.get(f"/v1/queue/{items[3]['id']}").json()["why"] == items[3]["why"]


def test_export_is_the_list_in_the_contracted_columns(client: TestClient) -> None:
    answer = client.get("/v1/queue.csv", params={"category": "coding"})
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert answer.headers["content-type"].startswith("text/csv")
    assert tuple(rows[0]) == QUEUE_COLUMNS
    listed = client.get("/v1/queue", params={"category": "coding", "limit": 1000}).json()["items"]
    assert [row["claim_id"] for row in rows] == [one["claim_id"] for one in listed]
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))


def test_lease_takes_an_item_for_one_and_refuses_it_to_others(client: TestClient) -> None:
    item = at_rank(client, 30)
    mine = client.post(f"/v1/queue/{item['id']}/lease", json={"by": "ann"}).json()
    assert (mine["status"], mine["assigned_to"], mine["leased_until"] is None) == ("in_progress", "ann", False)
    answer = client.post(f"/v1/queue/{item['id']}/lease", json={"by": "bob"})
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")


def test_promise_is_kept_with_the_item_and_its_touch(client: TestClient) -> None:
    item = at_rank(client, 31)
    asked = {"version": item["version"], "by": "ann", "status": "waiting", "promised_on": "2025-07-20"}
    changed = client.patch(f"/v1/queue/{item['id']}", json=asked).json()
    assert (changed["promised_on"], changed["touches"][-1]["promised_on"]) == ("2025-07-20", "2025-07-20")
    open_one = at_rank(client, 32)
    answer = client.patch(
        f"/v1/queue/{open_one['id']}", json={"version": open_one["version"], "by": "ann", "promised_on": "2025-07-20"}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_many_are_assigned_by_id_with_an_answer_for_each(client: TestClient) -> None:
    first, second = at_rank(client, 33), at_rank(client, 34)
    items = [{"id": first["id"], "version": first["version"]}, {"id": second["id"], "version": 99}, {"id": "nothing"}]
    answer = client.post("/v1/queue/assign", json={"by": "lee", "assigned_to": "cy", "items": items}).json()
    assert [one["result"] for one in answer["items"]] == ["assigned", "changed_since", "unknown"]
    assert answer["assigned"] == 1
    mine = client.get("/v1/queue", params={"assigned_to": "cy"}).json()["items"]
    assert [one["id"] for one in mine] == [first["id"]]


def test_many_are_assigned_by_filter_and_taken_back(client: TestClient) -> None:
    wanted = {"category": "duplicate", "status": "open"}
    total = client.get("/v1/queue", params=wanted).json()["total"]
    answer = client.post("/v1/queue/assign", json={"by": "lee", "assigned_to": "di", "filter": wanted}).json()
    assert answer["assigned"] == total > 0
    back = client.post("/v1/queue/assign", json={"by": "lee", "assigned_to": None, "filter": {"assigned_to": "di"}}).json()
    assert back["assigned"] == total


TWICE = [{"id": "a"}, {"id": "a"}]


@pytest.mark.parametrize("wrong", [{}, {"items": []}, {"items": TWICE}, {"items": TWICE[:1], "filter": {}}])
def test_assignment_of_nothing_in_particular_is_a_problem(client: TestClient, wrong: dict[str, object]) -> None:
    assert client.post("/v1/queue/assign", json={"by": "lee", "assigned_to": "cy"} | wrong).status_code == 422


def test_calls_know_the_actions_that_the_rules_know() -> None:
    assert set(get_args(Action)) == ACTIONS


def test_next_is_what_the_worker_can_do(client: TestClient) -> None:
    taken = client.post("/v1/queue/next", json={"by": "eve", "actions": ["send_records"], "kinds": ["denial"]}).json()
    assert (taken["next_action"], taken["kind"]) == ("send_records", "denial")


def test_service_stands_on_postgresql_as_on_sqlite(
    trained_home: Home, postgresql_server: PostgresqlServer, client: TestClient
) -> None:
    there = Settings(home_path=trained_home.path, today=END, database_url=postgresql_server.new_database(), authentication="off")
    with TestClient(create_app(there)) as other:
        listed = other.get("/v1/queue", params={"limit": 1000}).json()["items"]
        taken = other.post("/v1/queue/next", json={"by": "ann"}).json()
        outcome = {"version": taken["version"], "by": "ann", "outcome": "overturned", "recovered_amount": "12.30"}
        closed = other.post(f"/v1/queue/{taken['id']}/outcome", json=outcome).json()
    assert taken["id"] == next(one["id"] for one in listed if one["next_action"] != "nothing_to_do")
    assert [touch["what"] for touch in closed["touches"]] == ["take", "outcome"]
    here = {one["id"]: one["rank"] for one in client.get("/v1/queue", params={"limit": 1000}).json()["items"]}
    assert here.items() <= {one["id"]: one["rank"] for one in listed}.items()


def test_what_the_day_drew_by_lot_stands_first_and_is_logged(trained_home: Home, tmp_path: Path) -> None:
    day = END + timedelta(days=1)
    much = settings(trained_home, tmp_path).model_copy(update={"today": day, "explored_share": 0.2})
    with TestClient(create_app(much)) as client:
        drawn = client.get("/v1/queue/plan").json()["drawn"]
        ranks = {one["id"]: one["rank"] for one in client.get("/v1/queue", params={"limit": 50}).json()["items"]}
    logged = [json.loads(line) for line in (trained_home.logs / "exploration.jsonl").read_text(encoding="utf-8").splitlines()]
    assert next(line["keys"] for line in logged if line["day"] == day.isoformat()) == drawn
    assert sorted(ranks[key] for key in drawn) == list(range(1, len(drawn) + 1)) != []
