from datetime import UTC, datetime
from pathlib import Path

from claims.history.ingest import ingest_paths
from claims.history.receipt import FileReceipt
from claims.history.store import HistoryStore
from claims.home import Home
from claims.imports.mapping.known_mappings import remember
from claims.imports.mapping.mapping import Mapping, parse_mapping
from tests.claims.imports.mapping.exports import MAPPING, PER_LINE

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = 'A3,W125,7/23/1971,Cigna,1/20/2026,1/15/2026,99214,,1,90,E11.9,1234567893,,,\n'  # fmt: skip
PAID = PER_LINE.replace("1234567893,,,\n", "1234567893,$900.00,3/1/2026,CO-45\n")


def ingest(tmp_path: Path, text: str, mapping: Mapping | None = None, *, name: str = "export.csv") -> FileReceipt:
    path = tmp_path / name
    path.write_text(text)
    (receipt,) = ingest_paths([path], home=Home(tmp_path / "home"), now=NOW, mapping=mapping)
    return receipt


def counts(receipt: FileReceipt) -> tuple[int, int, int]:
    return receipt.accepted, receipt.refused, receipt.already_known


def test_an_export_is_ingested_once_and_the_next_one_adds_what_is_new(tmp_path: Path) -> None:
    mapping = parse_mapping(MAPPING, file="m")
    first = ingest(tmp_path, PER_LINE, mapping)
    assert (counts(first), first.kind, first.unit) == ((3, 0, 0), "mapped clinic", "claims and answers")
    assert counts(ingest(tmp_path, PER_LINE, mapping, name="again.csv")) == (0, 0, 3)
    assert counts(ingest(tmp_path, PAID + LATER, mapping)) == (2, 0, 3)
    store = HistoryStore(Home(tmp_path / "home").history_uri)
    assert sorted(store.read("claims")["patient_control_number"].to_pylist()) == ["A1", "A2", "A3"]
    assert sorted(store.read("remittances")["patient_control_number"].to_pylist()) == ["A1", "A2"]


def test_a_remembered_mapping_reads_the_next_export_by_its_header(tmp_path: Path) -> None:
    assert ingest(tmp_path, PER_LINE).kind == "unknown"
    (tmp_path / "m.toml").write_text(MAPPING)
    remember(Home(tmp_path / "home").mappings, tmp_path / "m.toml", name="clinic")
    assert counts(ingest(tmp_path, PER_LINE)) == (3, 0, 0)


def test_an_export_without_a_mapped_column_is_refused_by_name(tmp_path: Path) -> None:
    receipt = ingest(tmp_path, PER_LINE.replace("Denial Code", "Reason"), parse_mapping(MAPPING, file="m"))
    assert "expected every column of mapping clinic, got none called Denial Code" in str(receipt.rejections[0])


def test_refused_rows_lie_in_quarantine_ready_to_be_repaired(tmp_path: Path) -> None:
    mapping = parse_mapping(MAPPING, file="m")
    assert counts(ingest(tmp_path, PER_LINE.replace("93000,,1,$40.00", "93000,,1,x"), mapping)) == (1, 2, 0)
    (piece,) = Home(tmp_path / "home").quarantine.glob("*.csv")
    repaired = piece.read_text().replace("93000,,1,x", "93000,,1,$40.00")
    assert counts(ingest(tmp_path, repaired, mapping, name="repaired.csv")) == (2, 0, 0)


def test_no_member_id_comes_to_rest_in_the_history(tmp_path: Path) -> None:
    ingest(tmp_path, PER_LINE, parse_mapping(MAPPING, file="m"))
    written = b"".join(path.read_bytes() for path in (tmp_path / "home/history").rglob("*") if path.is_file())
    assert b"W123" not in written
