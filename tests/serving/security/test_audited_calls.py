"""Who saw what over the real app, as the trail has it afterwards."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from cli.main import app as command
from serving.security.audit import SealedEvent
from serving.security.roles import Role
from tests.serving.security.services import caller, key_for, security_of

ROOT = Path(__file__).resolve().parents[3]
CLAIM = json.loads((ROOT / "docs/examples/claim.json").read_text())


def trail_of(app: FastAPI, claim_id: str) -> list[SealedEvent]:
    security_of(app).audit.flush()
    return security_of(app).audit_store.events(claim_id=claim_id)


@pytest.fixture(scope="module")
def ann(app: FastAPI) -> str:
    return key_for(app, "ann of audit", Role.BILLER)


def test_every_way_to_a_claim_leaves_who_when_and_how(app: FastAPI, ann: str) -> None:
    client = caller(app, ann)
    items = client.get("/v1/queue", params={"limit": 100, "action": "appeal"}).json()["items"]
    shown = set(re.findall(r'<a class="id"[^>]*>([^<]+)</a>', client.get("/").text))
    item = next(one for one in items if one["claim_id"] in shown)
    claim_id, path = item["claim_id"], f"/v1/queue/{item['id']}"
    client.get(path)
    client.get("/work", params={"claim_id": claim_id})
    client.get(f"/work/{item['id']}")
    client.get(f"{path}/packet")
    client.post("/v1/denials/score", json={"claim_ids": [claim_id]})
    client.patch(path, json={"version": item["version"], "note": "called"})
    found = [one for one in trail_of(app, claim_id) if one.actor == "ann of audit"]
    assert [(one.call, one.touching, one.status) for one in found] == [
        ("GET /v1/queue", "seen", 200),
        ("GET /", "seen", 200),
        ("GET /v1/queue/{id}", "seen", 200),
        ("GET /work", "seen", 200),
        ("GET /work/{id}", "seen", 200),
        ("GET /v1/queue/{id}/packet", "seen", 200),
        ("POST /v1/denials/score", "seen", 200),
        ("PATCH /v1/queue/{id}", "changed", 200),
    ]
    assert {one.means for one in found} == {"key"}
    assert abs((found[0].at - datetime.now(UTC)).total_seconds()) < 600


def test_planned_claims_are_in_the_trail(app: FastAPI, ann: str) -> None:
    planned = caller(app, ann).get("/v1/queue/plan", params={"minutes_per_day": 600}).json()["items"]
    assert planned
    assert all("GET /v1/queue/plan" in {found.call for found in trail_of(app, one["item"]["claim_id"])} for one in planned[:3])


def test_scored_claims_are_in_the_trail(app: FastAPI, keys: dict[Role, str]) -> None:
    client = caller(app, keys[Role.SCORER])
    client.post("/v1/claims/score", json=CLAIM | {"claim_id": "AUDIT-JSON"})
    body = (ROOT / "docs/examples/claims.837").read_bytes().replace(b"EXAMPLE-2", b"AUDIT-837")
    client.post("/v1/claims/score/x12", content=body)
    assert [one.call for one in trail_of(app, "AUDIT-JSON")] == ["POST /v1/claims/score"]
    assert [one.call for one in trail_of(app, "AUDIT-837")] == ["POST /v1/claims/score/x12"]


def test_calls_that_were_not_allowed_are_in_the_trail(app: FastAPI, keys: dict[Role, str]) -> None:
    caller(app, keys[Role.SCORER]).get("/v1/queue")
    security_of(app).audit.flush()
    last = security_of(app).audit_store.events(actor="the scorer", limit=1)[0]
    assert (last.call, last.status, last.claims) == ("GET /v1/queue", 403, "")


def test_auditor_asks_over_http_and_the_asking_is_an_event(app: FastAPI, keys: dict[Role, str]) -> None:
    caller(app, keys[Role.SCORER]).post("/v1/claims/score", json=CLAIM | {"claim_id": "AUDIT-ASKED"})
    auditor = caller(app, keys[Role.AUDITOR])
    first = auditor.get("/v1/audit", params={"claim_id": "AUDIT-ASKED"}).json()
    again = auditor.get("/v1/audit", params={"claim_id": "AUDIT-ASKED"}).json()
    assert [(one["actor"], one["call"]) for one in first] == [("the scorer", "POST /v1/claims/score")]
    assert [(one["actor"], one["call"]) for one in again[1:]] == [("the auditor", "GET /v1/audit")]


def test_signing_in_is_in_the_trail_whether_it_works_or_not(app: FastAPI, ann: str) -> None:
    caller(app).post("/login", data={"key": ann})
    caller(app).post("/login", data={"name": "ann of audit", "password": "wrong password"})
    security_of(app).audit.flush()
    found = [one for one in security_of(app).audit_store.events(actor="ann of audit") if one.call == "POST /login"]
    assert [one.status for one in found] == [303, 401]


def test_trail_of_a_service_that_ran_is_whole(app: FastAPI) -> None:
    security_of(app).audit.flush()
    assert security_of(app).audit_store.verify().number > 0


def test_commands_show_and_verify_and_find_a_change(tmp_path: Path) -> None:
    import sqlite3

    def run(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(command, ["--home", str(tmp_path), *words])
        return result.exit_code, result.stdout, result.stderr

    run("users", "add", "ann", "--role", "biller")
    run("users", "revoke", "ann")
    code, out, _ = run("audit", "show", "--json")
    assert code == 0
    assert [row["call"] for row in json.loads(out)] == ["denials users add", "denials users revoke"]
    code, out, _ = run("audit", "verify", "--json")
    verified = json.loads(out)
    assert (code, verified["events"], verified["whole"]) == (0, 3, True)
    assert run("audit", "verify", "--anchor", verified["anchor"])[0] == 0
    with sqlite3.connect(tmp_path / "serving.db") as connection:
        connection.execute("DROP TRIGGER audit_events_UPDATE")
        connection.execute("UPDATE audit_events SET detail = 'nothing' WHERE number = 2")
    connection.close()
    code, _, trouble = run("audit", "verify")
    assert code == 2
    assert "audit event 2" in trouble
    assert run("audit", "verify", "--anchor", "nonsense")[0] == 2
