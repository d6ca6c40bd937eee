import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from fastapi.testclient import TestClient
from pypdf import PdfReader

from claims.home import Home
from claims.x12 import parse_x12, read_file
from claims.x12.transactions import ClaimTransaction
from serving.api.packet_routes import DOCX, PDF
from serving.app import create_app
from serving.packet.words import day
from tests.serving.test_queue_calls import settings

CANARY = "ZZCANARYNAME"


@pytest.fixture(scope="module")
def client(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(settings(trained_home, tmp_path_factory.mktemp("packets")))) as client:
        yield client


def first(client: TestClient, action: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/queue", params={"action": action, "limit": 1}).json()["items"][0]
    return found


def original_of(practice: Path, claim_id: str, submitted_on: str) -> str:
    """Give the text of the practice's 837 that holds a claim as it was sent on a day."""
    for path in sorted((practice / "files" / "837").rglob("*")):
        sent = [one for one in read_file(path).transactions if isinstance(one, ClaimTransaction)]
        if any(
            claim.patient_control_number == claim_id and day(claim.submitted_on) == submitted_on
            for one in sent
            for claim in one.claims
        ):
            return path.read_text(encoding="utf-8")
    raise AssertionError(claim_id)


def test_packet_as_json_agrees_with_the_item(client: TestClient) -> None:
    item = first(client, "appeal")
    packet = client.get(f"/v1/queue/{item['id']}/packet").json()
    assert (packet["action"], packet["category"], packet["item_id"]) == ("appeal", item["denial_category"], item["id"])
    assert packet["facts"]["patient_control_number"]["value"] == item["claim_id"]
    assert packet["facts"]["denied_amount"]["value"] == f"${item['denied_amount']:,.2f}"
    assert packet["sending"]["due_on"] == item["deadline"]
    assert packet["letter"]["argument"]
    assert packet["facts"]["patient_name"] == {
        "label": "Patient",
        "value": None,
        "gap": "[patient name: not kept by this system; fill in]",
        "source": "the claim as sent (837)",
    }


@pytest.mark.parametrize("how", [{"params": {"format": "docx"}}, {"headers": {"accept": DOCX}}])
def test_packet_as_word(client: TestClient, how: dict[str, Any]) -> None:
    item = first(client, "appeal")
    answer = client.get(f"/v1/queue/{item['id']}/packet", **how)
    assert (answer.status_code, answer.headers["content-type"]) == (200, DOCX)
    cells = [cell.text for table in Document(BytesIO(answer.content)).tables for row in table.rows for cell in row.cells]
    assert item["claim_id"] in cells


@pytest.mark.parametrize("how", [{"params": {"format": "pdf"}}, {"headers": {"accept": f"{PDF}, */*;q=0.1"}}])
def test_packet_as_pdf(client: TestClient, how: dict[str, Any]) -> None:
    item = first(client, "send_records")
    answer = client.get(f"/v1/queue/{item['id']}/packet", **how)
    assert (answer.status_code, answer.headers["content-type"]) == (200, PDF)
    assert answer.headers["cache-control"] == "no-store"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert item["claim_id"] in re.sub(r"\s+", "", text)


def test_packet_follows_the_action_that_a_person_set(client: TestClient) -> None:
    item = first(client, "follow_up")
    asked = {"version": item["version"], "by": "ann", "next_action": "appeal"}
    assert client.patch(f"/v1/queue/{item['id']}", json=asked).status_code == 200
    assert client.get(f"/v1/queue/{item['id']}/packet").json()["title"] == "Appeal"


def test_replacement_by_get_is_refused_with_the_way_to_it(client: TestClient) -> None:
    item = first(client, "correct_and_resubmit")
    answer = client.get(f"/v1/queue/{item['id']}/packet", params={"format": "837"})
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert "/replacement" in answer.json()["detail"]


def test_packet_of_no_item_is_a_problem(client: TestClient) -> None:
    answer = client.get(f"/v1/queue/{CANARY}/packet")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert CANARY not in answer.text


def test_replacement_is_made_from_the_file_that_was_ingested_and_noted(client: TestClient, practice: Path) -> None:
    item = first(client, "correct_and_resubmit")
    change = {"field": "referral_number", "value": "RF1234567", "verified_in": "referral letter"}
    sent_on = client.get(f"/v1/queue/{item['id']}/packet").json()["facts"]["submitted_on"]["value"]
    original = original_of(practice, item["claim_id"], sent_on)
    body = {"version": item["version"], "by": "ann", "original": original, "changes": [change]}
    answer = client.post(f"/v1/queue/{item['id']}/replacement", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/edi-x12")
    (sent,) = parse_x12(answer.content, file="replacement").transactions
    assert isinstance(sent, ClaimTransaction)
    (claim,) = sent.claims
    assert (claim.patient_control_number, claim.frequency_code, claim.referral_number) == (item["claim_id"], "7", "RF1234567")
    assert claim.payer_claim_control_number
    touch = client.get(f"/v1/queue/{item['id']}").json()["touches"][-1]
    assert (touch["touched_by"], touch["note"]) == ("ann", "Replacement 837 made; changed: referral_number")
    assert client.post(f"/v1/queue/{item['id']}/replacement", json=body).status_code == 409  # its version is no longer the item's


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"original": CANARY}, 422), ({"changes": []}, 422), ({"version": 999}, 409), ({"changes": [{"field": "x"}]}, 422)],
)
def test_replacement_that_does_not_fit_is_a_problem(client: TestClient, wrong: dict[str, object], status: int) -> None:
    item = first(client, "correct_and_resubmit")
    change = {"field": "referral_number", "value": CANARY, "verified_in": "referral letter"}
    body = {"version": item["version"], "by": "ann", "original": "ISA", "changes": [change]} | wrong
    answer = client.post(f"/v1/queue/{item['id']}/replacement", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert CANARY not in answer.text
