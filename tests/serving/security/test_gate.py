"""What the door does over the real app."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from claims.home import Home
from serving.security.roles import Role
from tests.serving.security.services import caller, key_for, security_of, service


def test_wrong_key_is_told_apart_from_none(app: FastAPI) -> None:
    answer = caller(app, "denials_000000000000_" + "x" * 43).get("/v1/models")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert "x" * 43 not in answer.text


@pytest.mark.parametrize("shown", ["Basic YTpi", "Bearer", "Bearer ", "denials_x", "Bearer \xff"])
def test_header_of_another_form_is_refused(app: FastAPI, shown: str) -> None:
    answer = TestClient(app).get("/v1/models", headers={"Authorization": shown.encode("latin-1")})  # type: ignore[dict-item]
    assert answer.status_code == 401


def test_key_that_keeps_failing_is_slowed_down(app: FastAPI) -> None:
    client = caller(app, "denials_111111111111_" + "y" * 43)
    statuses = [client.get("/v1/models").status_code for _ in range(15)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert caller(app, key_for(app, "someone else", Role.SCORER)).get("/v1/models").status_code == 200


def test_revoked_key_is_refused_within_the_seconds_remembered(trained_home: Home, tmp_path: object) -> None:
    with service(trained_home, tmp_path, remember_seconds=0.0) as app:  # type: ignore[arg-type]
        client = caller(app, key_for(app, "ann", Role.SCORER))
        assert client.get("/v1/models").status_code == 200
        security_of(app).accounts.revoke("ann", now=datetime.now(UTC))
        assert client.get("/v1/models").status_code == 401


def test_known_key_is_answered_without_asking_the_database(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    client = caller(app, key_for(app, "remembered", Role.SCORER))
    assert client.get("/v1/models").status_code == 200
    monkeypatch.setattr(security_of(app).accounts, "find_key", None)
    assert client.get("/v1/models").status_code == 200


def test_caller_who_asks_too_fast_waits_and_others_do_not(app: FastAPI) -> None:
    slow = caller(app, key_for(app, "slow", Role.SCORER, requests_per_second=1.0))
    answers = [slow.get("/v1/models") for _ in range(4)]
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    assert (answers[-1].status_code, answers[-1].headers["content-type"]) == (429, "application/problem+json")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert caller(app, key_for(app, "quick", Role.SCORER)).get("/v1/models").status_code == 200


def test_who_did_it_is_the_caller(app: FastAPI) -> None:
    ann = caller(app, key_for(app, "ann", Role.BILLER))
    taken = ann.post("/v1/queue/next", json={}).json()
    assert taken["assigned_to"] == "ann"
    named = ann.patch(f"/v1/queue/{taken['id']}", json={"version": taken["version"], "by": "ann", "note": "called"}).json()
    assert named["touches"][-1]["touched_by"] == "ann"


def test_caller_who_names_somebody_else_is_refused(app: FastAPI) -> None:
    answer = caller(app, key_for(app, "eve", Role.BILLER)).post("/v1/queue/next", json={"by": "ann"})
    assert answer.status_code == 403
    assert "by:" in answer.json()["detail"]
    assert "ann" not in answer.json()["detail"].split()


@pytest.mark.parametrize("path", ["/healthz", "/v1/models", "/login", "/v1/nothing"])
def test_every_answer_carries_the_headers_of_care(app: FastAPI, path: str) -> None:
    headers = caller(app).get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


def test_answers_over_tls_ask_for_tls_ever_after(app: FastAPI) -> None:
    headers = TestClient(app, base_url="https://denials.example").get("/healthz").headers
    assert headers["strict-transport-security"] == "max-age=31536000"


@pytest.fixture(scope="module")
def unlocked(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with service(trained_home, tmp_path_factory.mktemp("unlocked"), authentication="off") as app:
        yield app


def take_next(app: FastAPI, *, peer: str = "127.0.0.1", base: str = "http://127.0.0.1:8000", **headers: str) -> int:
    client = TestClient(app, base_url=base, client=(peer, 5000), headers={k.replace("_", "-"): v for k, v in headers.items()})
    return client.post("/v1/queue/next", json={"payer_id": "NOBODY"}).status_code


def test_without_authentication_this_machine_may_call(unlocked: FastAPI) -> None:
    assert take_next(unlocked) == 204


@pytest.mark.parametrize(
    "wrong",
    [
        {"peer": "192.0.2.7"},
        {"base": "http://rebound.example:8000"},
        {"x_forwarded_for": "192.0.2.7"},
        {"origin": "http://elsewhere.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_without_authentication_nobody_else_may(unlocked: FastAPI, wrong: dict[str, str]) -> None:
    assert take_next(unlocked, **wrong) == 403
