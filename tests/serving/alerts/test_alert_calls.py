"""Seeing to an alert over the real app: by key, by session, in the trail, on the page."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from claims.home import Home
from serving.security.roles import Role
from tests.serving.security.services import caller, key_for, security_of, service


@pytest.fixture(scope="module")
def app(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with service(trained_home, tmp_path_factory.mktemp("alerts")) as app:
        yield app


@pytest.fixture(scope="module")
def ann(app: FastAPI) -> TestClient:
    return caller(app, key_for(app, "ann", Role.MANAGER))


def _first(client: TestClient, state: str = "open") -> dict[str, object]:
    found: dict[str, object] = client.get("/v1/warnings", params={"state": state, "limit": 1}).json()["warnings"][0]
    return found


def test_acknowledged_alert_leaves_the_open_ones_and_says_who_and_when(ann: TestClient) -> None:
    alert = _first(ann)
    before = ann.get("/v1/warnings", params={"state": "open"}).json()["warnings"]
    asked = {"version": alert["version"], "is_acknowledged": True, "note": "the payer's new rule"}
    answer = ann.patch(f"/v1/warnings/{alert['id']}", json=asked)
    assert answer.status_code == 200
    assert [touch["touched_by"] for touch in answer.json()["touches"]] == ["ann"]
    after = ann.get("/v1/warnings", params={"state": "open"}).json()["warnings"]
    assert [one["id"] for one in after] == [one["id"] for one in before if one["id"] != alert["id"]]
    assert alert["id"] in {one["id"] for one in ann.get("/v1/warnings", params={"state": "acknowledged"}).json()["warnings"]}
    assert f'id="alert-{alert["id"]}"' not in ann.get("/alerts").text
    page = ann.get("/alerts", params={"state": "acknowledged"}).text
    assert f'id="alert-{alert["id"]}"' in page
    assert re.search(r"the payer&#39;s new rule", page)


def test_owner_is_shown_and_a_stale_change_is_refused(ann: TestClient) -> None:
    alert = _first(ann)
    path = f"/v1/warnings/{alert['id']}"
    assert ann.patch(path, json={"version": alert["version"], "assigned_to": "dana"}).json()["assigned_to"] == "dana"
    assert "with dana" in ann.get("/alerts").text
    assert ann.patch(path, json={"version": alert["version"], "assigned_to": "eve"}).status_code == 409
    assert ann.get("/v1/warnings", params={"state": "open", "limit": 1}).json()["warnings"][0]["assigned_to"] == "dana"


def test_change_of_nothing_and_of_an_unknown_alert_are_refused(ann: TestClient) -> None:
    alert = _first(ann)
    assert ann.patch(f"/v1/warnings/{alert['id']}", json={"version": alert["version"]}).status_code == 422
    assert ann.patch("/v1/warnings/no-such-alert", json={"version": 0, "note": "x"}).status_code == 404


def test_nobody_acts_in_another_name(ann: TestClient) -> None:
    alert = _first(ann)
    asked = {"version": alert["version"], "note": "x", "by": "somebody else"}
    assert ann.patch(f"/v1/warnings/{alert['id']}", json=asked).status_code == 403


def test_change_stands_in_the_trail_with_the_claims_behind(app: FastAPI, ann: TestClient) -> None:
    alert = _first(ann)
    ann.patch(f"/v1/warnings/{alert['id']}", json={"version": alert["version"], "note": "looked"})
    security_of(app).audit.flush()
    claim_ids = alert["claim_ids"]
    assert isinstance(claim_ids, list)
    events = security_of(app).audit_store.events(claim_id=claim_ids[0])
    assert ("ann", "PATCH /v1/warnings/{id}", 200) in {(event.actor, event.call, event.status) for event in events}


def test_session_without_the_pages_token_changes_nothing(app: FastAPI) -> None:
    key = key_for(app, "bea", Role.BILLER)
    page = caller(app)
    page.post("/login", data={"key": key, "next": "/alerts"}, headers={"Origin": "http://testserver"})
    alert = _first(page)
    path, asked = f"/v1/warnings/{alert['id']}", {"version": alert["version"], "note": "from the page"}
    assert page.patch(path, json=asked).status_code == 403
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.get("/alerts").text)
    assert token
    assert page.patch(path, json=asked, headers={"X-CSRF-Token": token.group(1)}).status_code == 200
