"""The page of who runs the service, and its calls, over the real app."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from claims.home import Home
from serving.observability.sizes import sizes_in
from serving.security.roles import Role
from tests.serving.security.services import caller, key_for, security_of, service


@pytest.fixture(scope="module")
def app(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with service(trained_home, tmp_path_factory.mktemp("admin"), remember_seconds=0.0) as app:
        yield app


@pytest.fixture(scope="module")
def root(app: FastAPI) -> TestClient:
    return caller(app, key_for(app, "root", Role.ADMIN))


def test_account_made_over_http_works_with_the_key_that_was_told_once(app: FastAPI, root: TestClient) -> None:
    made = root.post("/v1/users", json={"name": "ann", "roles": ["biller"]})
    assert made.status_code == 201
    assert caller(app, made.json()["key"]).get("/v1/queue").status_code == 200
    page = root.get("/admin").text
    assert ">ann<" in page
    assert made.json()["key"] not in page
    assert made.json()["key_id"] in page


def test_rotated_and_revoked_keys_end(app: FastAPI, root: TestClient) -> None:
    first = root.post("/v1/users", json={"name": "bob", "roles": ["biller"]}).json()
    second = root.post("/v1/users/bob/rotate", json={"grace_hours": 0}).json()
    assert caller(app, first["key"]).get("/v1/queue").status_code == 401
    assert caller(app, second["key"]).get("/v1/queue").status_code == 200
    assert root.post("/v1/users/bob/revoke", json={}).json() == {"account": "bob", "ended_keys": 2}
    assert caller(app, second["key"]).get("/v1/queue").status_code == 401
    assert {one["name"]: one["is_in_use"] for one in root.get("/v1/users").json()}["bob"] is False


def test_taken_odd_and_unknown_names_are_refused(root: TestClient) -> None:
    assert root.post("/v1/users", json={"name": "root", "roles": ["admin"]}).status_code == 409
    assert root.post("/v1/users", json={"name": " padded", "roles": ["biller"]}).status_code == 422
    assert root.post("/v1/users", json={"name": "eve", "roles": []}).status_code == 422
    assert root.post("/v1/users/nobody/rotate", json={}).status_code == 404


def test_nobody_ends_the_account_that_they_call_with(root: TestClient) -> None:
    assert root.post("/v1/users/root/revoke", json={}).status_code == 403
    assert root.get("/v1/users").status_code == 200


def test_changes_of_accounts_stand_in_the_trail_with_whose(app: FastAPI, root: TestClient) -> None:
    key_id = root.post("/v1/users", json={"name": "cara", "roles": ["auditor"]}).json()["key_id"]
    security_of(app).audit.flush()
    event = next(one for one in security_of(app).audit_store.events(actor="root") if "cara" in one.detail)
    assert (event.call, event.detail) == ("POST /v1/users", f"account cara, key {key_id}, roles auditor")
    assert unescape(event.detail) in unescape(root.get("/admin").text)


def test_auditor_sees_the_trail_and_changes_nothing(app: FastAPI) -> None:
    auditor = caller(app, key_for(app, "the auditor", Role.AUDITOR))
    page = auditor.get("/admin", params={"verify": "true"}).text
    assert "The trail is whole." in page
    assert "data-path" not in page
    assert auditor.post("/v1/users", json={"name": "x", "roles": ["admin"]}).status_code == 403


def test_trail_is_asked_by_claim_and_by_person(app: FastAPI, root: TestClient) -> None:
    item = root.get("/v1/queue", params={"limit": 1}).json()["items"][0]
    dan = caller(app, key_for(app, "dan", Role.BILLER))
    dan.get(f"/work/{item['id']}")
    page = root.get("/admin", params={"claim_id": item["claim_id"], "actor": "dan"}).text
    assert re.findall(r"<code>(GET /[^<]*)</code>", page) == ["GET /work/{id}"]


def test_broken_trail_is_said_on_the_page(root: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.security.audit_store import BrokenTrail

    def broken(*_: object) -> None:
        raise BrokenTrail(3, "seal")

    monkeypatch.setattr(security_of(app).audit_store, "verify", broken)
    page = root.get("/admin", params={"verify": "true"}).text
    assert unescape(str(BrokenTrail(3, "seal"))) in unescape(page)
    assert "The trail is whole." not in page


def test_readiness_is_that_of_readyz(root: TestClient) -> None:
    page = root.get("/admin").text
    for check in root.get("/readyz").json()["checks"]:
        assert unescape(check["detail"]) in unescape(page)


def test_sizes_count_the_files_of_each_part(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(b"12345")
    (tmp_path / "serving.db").write_bytes(b"123")
    (tmp_path / "serving.db-wal").write_bytes(b"1")
    found = {part.title: (part.file_count, part.byte_count) for part in sizes_in(Home(tmp_path))}
    assert found["logs"] == (1, 5)
    assert found["work queue, accounts and trail"] == (2, 4)
    assert found["quarantine"] == (0, 0)
