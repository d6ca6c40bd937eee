"""The page of one claim: its score and what happened to it, as the calls and the history tell it."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction
from serving.app import create_app
from serving.scoring import Depth
from serving.settings import Settings
from serving.state import ServiceState
from tests.conftest import END


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        yield client


@pytest.fixture(scope="module")
def denial(client: TestClient) -> dict[str, Any]:
    found = client.get("/v1/queue", params={"limit": 50}).json()["items"]
    return next(item for item in found if item["kind"] == "denial" and item["carc"])


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_denied_claim_shows_the_denial_of_the_queue_and_links_its_work(client: TestClient, denial: dict[str, Any]) -> None:
    answer = client.get(f"/claims/{denial['claim_id']}")
    assert answer.status_code == 200
    text = text_of(answer.text)
    assert f"Claim {denial['claim_id']}" in text
    assert re.search(rf"\b(CO|PR|OA|PI)-{denial['carc']}\b", text)
    assert f"${denial['denied_amount']:,.2f}" in text
    assert f'href="/work/{denial["id"]}"' in answer.text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", answer.text)


def test_score_is_that_of_the_claim_as_it_was_sent(client: TestClient, practice: Path) -> None:
    state: ServiceState = client.app.state.service  # type: ignore[attr-defined]
    path = max((practice / "files").rglob("*.837*"))
    sent = [claim for one in read_file(path).transactions if isinstance(one, ClaimTransaction) for claim in one.claims]
    claims = [claim for claim in sent if claim.frequency_code == "1"][:5]
    assert claims
    for claim, scored in zip(claims, state.scorer.score(claims, hasher=state.hasher, depth=Depth.CAUSES), strict=True):
        text = text_of(client.get(f"/claims/{claim.patient_control_number}").text)
        assert f"{scored.denial_probability * 100:.0f} % chance of denial" in text
        assert f"${scored.expected_denied_amount:,.2f} at risk of ${scored.charge_amount:,.2f}" in text


def test_events_stand_in_the_order_in_which_they_became_known(client: TestClient, denial: dict[str, Any]) -> None:
    page = client.get(f"/claims/{denial['claim_id']}").text
    told = text_of(page[page.index("What happened") :])
    assert told.index("Sent to") < told.index("Denied $")


def test_number_that_was_never_sent_is_a_page_that_says_so(client: TestClient, denial: dict[str, Any]) -> None:
    for path in ("/claims/NEVER-SENT", f"/claims/{denial['claim_id']}?submission=another"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "No such claim" in answer.text
