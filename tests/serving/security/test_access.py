"""Every role at every call of the real app, one by one."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from serving.app import calls_of, create_app
from serving.security.access import AccessTable, Rule, access_table, read_access_table
from serving.security.errors import AccessTableError
from serving.security.roles import Role, UnknownRole
from tests.serving.security.services import caller, settings_of

RULES = access_table().rules
OPEN = [rule for rule in RULES if rule.roles is None]
CLOSED = [rule for rule in RULES if rule.roles is not None]
# What this table was agreed to say, written out a second time: a slip in one place shows in the other.
MAY = {
    "scorer": {
        "POST /v1/fhir/Claim/$score",
        "POST /v1/claims/score",
        "POST /v1/claims/score/x12",
        "GET /v1/models",
        "GET /docs",
        "GET /openapi.json",
    },
    "auditor": {"GET /admin", "GET /v1/users", "GET /v1/audit", "GET /v1/models", "GET /docs", "GET /openapi.json"},
}
ADMIN_ALONE = {
    "POST /v1/models/reload",
    "POST /v1/models/{name}/promote",
    "POST /v1/models/{name}/rollback",
    "POST /v1/users",
    "POST /v1/users/{name}/rotate",
    "POST /v1/users/{name}/revoke",
    "GET /v1/webhooks",
    "POST /v1/webhooks",
    "DELETE /v1/webhooks/{id}",
    "GET /v1/webhooks/deliveries",
    "POST /v1/webhooks/deliveries/{id}/replay",
}


EXAMPLES = {
    "owner": "registration",
    "id": "no-such-item",
    "claim_id": "no-such-claim",
    "metric": "no-such-measure",
    "name": "page.css",
}


def at(rule: Rule) -> str:
    return rule.path.format(**EXAMPLES)


def test_every_call_of_the_app_has_a_rule_and_every_rule_a_call(app: FastAPI) -> None:
    assert {(rule.method, rule.path) for rule in RULES} == calls_of(app)


def test_table_in_the_docs_is_the_one_in_use() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "security.md").read_text(encoding="utf-8")
    assert access_table().as_markdown() in page, "put the output of `denials users calls` into docs/security.md"


def test_app_with_a_call_that_has_no_rule_does_not_start() -> None:
    with pytest.raises(AccessTableError, match="POST /v1/new"):
        access_table().check([("GET", "/"), ("POST", "/v1/new")])


@pytest.mark.parametrize("rule", CLOSED, ids=lambda rule: rule.call)
@pytest.mark.parametrize("role", Role)
def test_role_may_make_the_calls_of_the_table_and_no_other(app: FastAPI, keys: dict[Role, str], role: Role, rule: Rule) -> None:
    answer = caller(app, keys[role]).request(rule.method, at(rule))
    assert rule.roles is not None
    if role in rule.roles:
        assert answer.status_code not in {401, 403, 405}
    else:
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("rule", CLOSED, ids=lambda rule: rule.call)
def test_caller_without_a_key_is_asked_for_one(app: FastAPI, rule: Rule) -> None:
    answer = caller(app).request(rule.method, at(rule))
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["www-authenticate"] == 'Bearer realm="denials"'


@pytest.mark.parametrize("rule", OPEN, ids=lambda rule: rule.call)
def test_open_calls_need_no_key(app: FastAPI, rule: Rule) -> None:
    assert caller(app).request(rule.method, at(rule)).status_code not in {403, 405}


@pytest.mark.parametrize("role", ["scorer", "auditor"])
def test_narrow_roles_may_do_what_was_agreed(role: str) -> None:
    assert {rule.call for rule in CLOSED if rule.roles and Role(role) in rule.roles} == MAY[role]


def test_admin_may_do_everything_and_some_things_alone() -> None:
    assert all(rule.roles and Role.ADMIN in rule.roles for rule in CLOSED)
    assert {rule.call for rule in CLOSED if rule.roles == {Role.ADMIN}} == ADMIN_ALONE


def test_nothing_but_health_files_and_the_door_is_open() -> None:
    assert {rule.path for rule in OPEN} == {"/healthz", "/readyz", "/login", "/logout", "/static/{name}"}


def test_body_of_a_stranger_is_never_read(app: FastAPI) -> None:
    def body():  # type: ignore[no-untyped-def]
        yield b"["
        raise AssertionError("the body was read")

    assert caller(app).post("/v1/claims/score", content=body()).status_code == 401


@pytest.mark.parametrize(
    "path", ["/v1/claims/score/", "//v1/queue", "/v1/nothing", "/V1/queue", "/v1/queue/a/b", "/static/../app.py"]
)
def test_path_that_is_not_in_the_table_does_not_exist(app: FastAPI, keys: dict[Role, str], path: str) -> None:
    answer = caller(app, keys[Role.ADMIN]).get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_method_that_a_path_does_not_know_is_named(app: FastAPI, keys: dict[Role, str]) -> None:
    answer = caller(app, keys[Role.ADMIN]).delete("/v1/queue")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_path_of_its_own_goes_before_a_parameter() -> None:
    rule = access_table().find("GET", "/v1/queue/plan")
    assert rule is not None
    assert rule.path == "/v1/queue/plan"


@pytest.mark.parametrize(
    "row", [{"roles": []}, {"roles": "scorer"}, {}, {"roles": ["scorer"], "claim": "seen"}, {"roles": ["nobody"]}]
)
def test_table_with_a_slip_is_refused(row: dict[str, object]) -> None:
    with pytest.raises((AccessTableError, UnknownRole)):
        read_access_table({"GET /x": row})


def test_app_refuses_to_be_built_with_a_route_that_the_table_lacks(
    trained_home: object, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = AccessTable(rule for rule in RULES if rule.path != "/v1/models")
    monkeypatch.setattr("serving.security.security.access_table", lambda: short)
    with pytest.raises(AccessTableError, match="GET /v1/models"):
        create_app(settings_of(trained_home, tmp_path))  # type: ignore[arg-type]
