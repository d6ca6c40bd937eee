"""Hostile parameters and headers at every route of the OpenAPI document: no call breaks, no refusal repeats what was sent."""

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

MARK = "ZZSENT"
LONG_NUMBER = "7" * 400
# As they stand in an address, percent-encoded: also bytes that are no text.
VALUES = {
    "huge number": LONG_NUMBER,
    "negative": "-" + LONG_NUMBER,
    "past 64 bits": "9223372036854775808",
    "minus one": "-1",
    "exponent": "1e999",
    "not a number": "NaN",
    "infinity": "-Infinity",
    "empty": "",
    "last day": "9999-12-31",
    "last moment": "9999-12-31T23:59:59-14:00",
    "first moment": "0001-01-01T00:00:00%2B14:00",
    "year nought": "0000-13",
    "controls": f"%00%1B%0D%0A{MARK}",
    "lone surrogate": f"%ED%A0%80{MARK}",
    "no UTF-8": f"%FF%FE%C0%AF{MARK}",
    "cut percent": f"%{MARK}%",
    "other digits": "%D9%A1%D9%A2",
    "long": MARK * 2000,
    "statement": quote(f"../=<script>{MARK}=-1,, ' OR 1=1; --"),
    "object": quote(f'{{"{MARK}": [1]}}'),
}
HEADERS: dict[str, tuple[bytes, ...]] = {
    "Accept": (b"*/*;q=ZZSENT," * 500, b"\xff/\xfe"),
    "Accept-Encoding": (b"gzip;q=-1, ZZSENT", b"\xff"),
    "Content-Type": (
        b"ZZSENT", b"application/json; charset=ZZSENT", b"multipart/form-data", b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=" + b"ZZSENT" * 50, b"multipart/form-data; boundary=\xff",
    ),
    "Content-Encoding": (b"gzip",),
    "X-Request-Id": (b"ZZSENT\x01", b"\xff\xfe", b"ZZSENT" * 500),
    "traceparent": (b"ZZSENT", b"00-" + b"f" * 32 + b"-" + b"f" * 16 + b"-ZZSENT", b"\xff"),
    "baggage": (b"ZZSENT=" + b"x" * 9000,),
    "If-None-Match": (b"ZZSENT", b"\xff"),
    "Range": (b"bytes=ZZSENT-", b"bytes=-" + b"9" * 400),
    "Authorization": (b"ZZSENT", b"Bearer", b"Bearer ZZSENT", b"Bearer a.b.ZZSENT", b"Bearer \xff\xfe", b"Bearer " + b"x" * 9000),
    "Cookie": (b"ZZSENT", b"session=\xff; ZZSENT", b"=;=;ZZSENT" * 300),
    "Origin": (b"null", b"http://ZZSENT"),
    "Host": (b"ZZSENT", b"[::ZZSENT", b"\xff", b"a:999999999"),
    "User-Agent": (b"ZZSENT\xff",),
    "X-Forwarded-For": (b"ZZSENT", b"999.999.999.999", b"\xff"),
}  # fmt: skip


@pytest.fixture(scope="module")
def home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("parameters") / "home"
    shutil.copytree(trained_home.path, folder, ignore=shutil.ignore_patterns("mlartifacts"))
    return Home(folder)


@pytest.fixture(scope="module")
def client(home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=home.path, today=END)), raise_server_exceptions=False) as client:
        yield client


def _calls(client: TestClient) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Give every call: method, path and parameters. Left out is what takes seconds, whatever is sent: asking MLflow."""
    paths = client.get("/openapi.json").json()["paths"]
    return [
        (method, path, described.get("parameters", []))
        for path, methods in paths.items()
        for method, described in methods.items()
        if path != "/v1/models/reload"
    ]


def _address(path: str, parameters: list[dict[str, Any]], **given: str) -> str:
    """Fill the path's own parameters: with what is given, else with something that is known or fits."""
    known = {"metric": "initial_denial_rate", "owner": "registration"}
    for one in parameters:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", given.get(one["name"], known.get(one["name"], "NOBODY")))
    return path


REFUSALS = ("application/problem+json", "application/fhir+json")  # FHIR tells what is wrong in an OperationOutcome


def _fault(answer: Response) -> str | None:
    """Say what is wrong with an answer, if anything."""
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if answer.status_code < 400:
        return None
    if not answer.headers["content-type"].startswith(REFUSALS):
        return f"{answer.status_code} as {answer.headers['content-type']}"
    is_echo = MARK in answer.text.upper() or LONG_NUMBER[:50] in answer.text
    return f"{answer.status_code} repeats what was sent: {answer.text[:200]}" if is_echo else None


def test_hostile_value_of_any_parameter_is_answered_or_refused_in_words(client: TestClient) -> None:
    faults, tried = {}, 0
    for method, path, parameters in _calls(client):
        for one in parameters:
            name, is_path = one["name"], one["in"] == "path"
            for what, value in VALUES.items():
                given = {name: value} if is_path else {}
                address = _address(path, parameters, **given) + ("" if is_path else f"?{name}={value}")
                tried += 1
                if fault := _fault(client.request(method, address)):
                    faults[f"{method} {path} {name}: {what}"] = fault
    assert faults == {}
    assert tried > 2000


def test_repeated_and_unknown_parameters_are_answered_or_refused_in_words(client: TestClient) -> None:
    faults = {}
    for method, path, parameters in _calls(client):
        repeated = "&".join(
            f"{one['name']}={value}" for one in parameters for value in ("", MARK, MARK, "-1") if one["in"] == "query"
        )
        for query in (repeated, f"{MARK}%00%FF%5B0%5D=1&={MARK}&&&=", f"{MARK * 500}={MARK}"):
            if fault := _fault(client.request(method, f"{_address(path, parameters)}?{query}")):
                faults[f"{method} {path} {query[:40]}"] = fault
    assert faults == {}


@pytest.mark.slow
def test_hostile_header_is_answered_or_refused_in_words(client: TestClient) -> None:
    faults = {}
    for method, path, parameters in _calls(client):
        for name in ("Content-Type", "Content-Encoding") if method in ("post", "patch") else ("Accept",):
            for value in HEADERS[name]:
                if fault := _fault(_send(client, method, _address(path, parameters), name, value)):
                    faults[f"{method} {path} {name}: {value[:40]!r}"] = fault
    assert faults == {}


@pytest.mark.parametrize("authentication", ["off", "on"])
def test_hostile_header_at_the_gate_is_answered_or_refused_in_words(home: Home, authentication: str) -> None:
    settings = Settings(home_path=home.path, today=END, authentication=authentication)  # type: ignore[arg-type]
    faults = {}
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        for method, path in (("get", "/v1/queue?limit=1"), ("post", "/v1/claims/score")):
            for name, values in HEADERS.items():
                for value in values:
                    if fault := _fault(_send(client, method, path, name, value)):
                        faults[f"{method} {path} {name}: {value[:40]!r}"] = fault
    assert faults == {}


def _send(client: TestClient, method: str, address: str, name: str, value: bytes) -> Response:
    body = b"{}" if method in ("post", "patch") else None
    return client.request(method, address, headers=[(name.encode(), value)], content=body)
