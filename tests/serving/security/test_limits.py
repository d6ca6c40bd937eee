"""Every limit, once, over the real app."""

import gzip
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from claims.home import Home
from serving.security.roles import Role
from tests.serving.security.services import caller, key_for, service

ROOT = Path(__file__).resolve().parents[3]
CLAIM = json.loads((ROOT / "docs/examples/claim.json").read_text())
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def client(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    limits = {"most_body_bytes": MOST_BYTES, "most_claims_per_request": 3, "most_lines_per_claim": 5}
    with service(trained_home, tmp_path_factory.mktemp("limits"), **limits) as app:
        yield caller(app, key_for(app, "limited", Role.ADMIN))


def refusal(answer: Any, status: int) -> str:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    return str(answer.json()["detail"])


@pytest.mark.parametrize("path", ["/v1/claims/score", "/v1/claims/score/x12", "/v1/files", "/v1/denials/score", "/login"])
def test_body_is_counted_while_it_comes_in(client: TestClient, path: str) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 50_000

    kind = {"/v1/files": "multipart/form-data; boundary=x", "/login": "application/x-www-form-urlencoded"}
    headers = {"Content-Type": kind.get(path, "application/json")}
    assert f"at most {MOST_BYTES}" in refusal(client.post(path, content=body(), headers=headers), 413)


def test_body_that_says_it_is_too_large_is_not_read(client: TestClient) -> None:
    answer = client.post("/v1/claims/score", content=b"[]", headers={"Content-Length": "999999999"})
    assert refusal(answer, 413)


def test_claims_of_a_request_are_limited(client: TestClient) -> None:
    assert "at most 3 claims" in refusal(client.post("/v1/claims/score", json=[CLAIM] * 4), 422)
    body = (ROOT / "docs/examples/claims.837").read_bytes()
    assert client.post("/v1/claims/score/x12", content=body).status_code == 200


def test_lines_of_a_claim_are_limited(client: TestClient) -> None:
    many = CLAIM | {"lines": CLAIM["lines"] * 6}
    assert "lines" in refusal(client.post("/v1/claims/score", json=many), 422)


@pytest.mark.parametrize("depth", [500, 100_000])
@pytest.mark.parametrize("opening", [b"[", b'{"subscriber":'])
def test_nesting_ends_in_a_clear_answer(client: TestClient, depth: int, opening: bytes) -> None:
    body = (opening * depth)[: MOST_BYTES - 10]
    answer = client.post("/v1/claims/score", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def bomb(kind: str) -> bytes:
    zeros = b"\0" * (64 * 1024 * 1024)
    if kind == "gzip":
        return gzip.compress(zeros)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.837", zeros)
    return packed.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_archive_that_unpacks_to_too_much_is_refused(client: TestClient, kind: str) -> None:
    body = bomb(kind)
    assert len(body) < MOST_BYTES
    assert "unpacked" in refusal(client.post("/v1/claims/score/x12", content=body), 422)


def test_request_that_takes_too_long_is_ended(trained_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        time.sleep(0.4)

    with service(trained_home, tmp_path, most_request_seconds=0.1) as app:
        client = caller(app, key_for(app, "hasty", Role.BILLER))
        monkeypatch.setattr("serving.api.queue_routes.item_detail", slow)
        assert "within 0.1 s" in refusal(client.get("/v1/queue/x"), 503)


def test_rate_of_an_account_is_its_own(app: FastAPI) -> None:
    own = caller(app, key_for(app, "one a second", Role.SCORER, requests_per_second=1.0))
    assert [own.get("/v1/models").status_code for _ in range(8)][-1] == 429
