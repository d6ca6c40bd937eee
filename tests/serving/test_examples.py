"""The example is one file shown in three places: docs for people, the page, the OpenAPI document."""

import json
from pathlib import Path

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
    claim = ClaimIn(**json.loads((ROOT / "docs/examples/claim.json").read_text())).to_claim(today=None)  # type: ignore[arg-type]
    first = read_file(ROOT / "docs/examples/claims.837").transactions[0].claims[0]
    assert (claim.payer.payer_id, claim.charge_amount, claim.service_from_on) == (
        first.payer.payer_id,
        first.charge_amount,
        first.service_from_on,
    )
    assert [line.procedure_code for line in claim.lines] == [line.procedure_code for line in first.lines]
