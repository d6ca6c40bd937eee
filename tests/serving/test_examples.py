"""The example is one file shown in three places: docs for people, the page, the OpenAPI document."""

import json
from datetime import date
from pathlib import Path

from claims.history.rows import claim_tables
from claims.privacy import PersonHasher
from claims.x12 import read_file
from serving.api.claim_models import ClaimIn

ROOT = Path(__file__).resolve().parents[2]


def test_page_s_example_is_the_one_in_docs() -> None:
    shown = (ROOT / "serving/dashboard/static/example.837").read_bytes()
    assert shown == (ROOT / "docs/examples/claims.837").read_bytes()


def test_openapi_s_example_is_the_one_in_docs() -> None:
    shown = (ROOT / "serving/api/example_claim.json").read_bytes()
    assert shown == (ROOT / "docs/examples/claim.json").read_bytes()


def test_example_file_reads_without_a_refusal() -> None:
    batch = read_file(ROOT / "docs/examples/claims.837")
    assert not batch.rejected
    assert [claim.patient_control_number for claim in batch.transactions[0].claims] == ["EXAMPLE-1", "EXAMPLE-2", "EXAMPLE-3"]


def test_json_example_is_the_first_claim_of_the_file() -> None:
    hasher = PersonHasher(b"k" * 32)
    asked = ClaimIn(**json.loads((ROOT / "docs/examples/claim.json").read_text())).to_claim(today=date(2026, 1, 1))
    read = read_file(ROOT / "docs/examples/claims.837").transactions[0].claims[0]  # type: ignore[union-attr]
    by_json, by_x12 = (claim_tables([claim], hasher=hasher) for claim in (asked, read))
    assert [table.to_pylist() for table in by_json] == [table.to_pylist() for table in by_x12]


def test_short_request_is_taken_to_carry_what_every_837_must() -> None:
    short = ClaimIn(claim_id="A", payer_id="P", lines=[{"charge_amount": "10"}]).to_claim(today=date(2026, 1, 1))  # type: ignore[list-item]
    row = claim_tables([short], hasher=PersonHasher(b"k" * 32))[0].to_pylist()[0]
    assert row["has_patient_address"]
    assert (row["assignment_code"], row["release_of_information_code"], row["provider_signature_code"]) == ("A", "Y", "Y")
    assert row["referral_number"] is None
