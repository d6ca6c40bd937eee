import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from claims.history.ingest import ingest_paths
from claims.history.receipt import FileReceipt
from claims.history.store import HistoryStore
from claims.home import Home
from tests.claims.fhir import resources as make

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def ingest(tmp_path: Path, *bodies: dict[str, Any], name: str = "answers.ndjson") -> FileReceipt:
    path = tmp_path / name
    path.write_text("\n".join(json.dumps(body) for body in bodies))
    (receipt,) = ingest_paths([path], home=Home(tmp_path / "home"), now=NOW)
    return receipt


def counts(receipt: FileReceipt) -> tuple[int, int, int]:
    return receipt.accepted, receipt.refused, receipt.already_known


def test_ndjson_and_bundles_are_told_by_their_content_and_ingested_once(tmp_path: Path) -> None:
    receipt = ingest(tmp_path, make.claim("F1"), make.response("F1"), make.explanation("F2"))
    assert (counts(receipt), receipt.kind, receipt.unit) == ((3, 0, 0), "FHIR", "claims and answers")
    again = ingest(tmp_path, make.bundle(make.response("F1"), make.response("F3")), name="bundle.json")
    assert counts(again) == (1, 0, 1)
    store = HistoryStore(Home(tmp_path / "home").history_uri)
    assert sorted(store.read("remittances")["patient_control_number"].to_pylist()) == ["F1", "F2", "F3"]
    assert store.read("claims")["patient_control_number"].to_pylist() == ["F1"]


def test_one_unfit_resource_costs_itself_alone_and_can_be_repaired(tmp_path: Path) -> None:
    receipt = ingest(tmp_path, make.response("F1"), make.response("F2", status="draft"))
    assert counts(receipt) == (1, 1, 0)
    assert "ClaimResponse.status: expected one of active" in str(receipt.rejections[0])
    (piece,) = Home(tmp_path / "home").quarantine.glob("*.ndjson")
    piece.write_text(piece.read_text().replace("draft", "active"))
    (repaired,) = ingest_paths([piece], home=Home(tmp_path / "home"), now=NOW)
    assert counts(repaired) == (1, 0, 0)


def test_other_json_is_refused_whole(tmp_path: Path) -> None:
    receipt = ingest(tmp_path, {"resourceType": "Patient"})
    assert (receipt.kind, counts(receipt)) == ("unknown", (0, 1, 0))
    assert "expected one of Claim, ClaimResponse" in str(receipt.rejections[0])


def test_no_name_or_member_id_comes_to_rest(tmp_path: Path) -> None:
    ingest(tmp_path, make.claim(), make.response())
    written = b"".join(path.read_bytes() for path in (tmp_path / "home/history").rglob("*") if path.is_file())
    assert b"anary" not in written
    assert b"CANARY" not in written
