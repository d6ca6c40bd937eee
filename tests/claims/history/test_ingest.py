import gzip
import json
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from claims.errors import UnreadableFile
from claims.history.ingest import ingest_paths
from claims.history.ledger import LoadConflict
from claims.history.receipt import FileReceipt
from claims.history.schema import SCHEMAS
from claims.history.store import HistoryStore
from claims.home import Home
from claims.x12 import write_transactions
from claims.x12.transactions import ClaimTransaction, RemittanceTransaction, Transaction
from tests import factories as make

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ELIGIBILITY = "subscriber_id,payer_id,checked_on,status,plan_begin,plan_end\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def ingest(home: Home, *paths: Path) -> list[FileReceipt]:
    return ingest_paths(paths, home=home, now=NOW)


def counts(receipts: Sequence[FileReceipt]) -> list[tuple[int, int, int]]:
    return [(receipt.accepted, receipt.refused, receipt.already_known) for receipt in receipts]


def contents(home: Home) -> dict[str, list[str]]:
    """Write out every visible row, without the load that brought it, in a fixed order."""
    store = HistoryStore(home.history_uri)
    return {
        name: sorted(repr({k: v for k, v in row.items() if k != "load_id"}) for row in store.read(name).to_pylist())
        for name in SCHEMAS
    }


def claims_file(folder: Path, *numbers: str, name: str = "claims.837", control: str = "0001") -> Path:
    path = folder / name
    path.write_bytes(write_transactions([claims_set(*numbers, control=control)]))
    return path


def claims_set(*numbers: str, control: str = "0001") -> ClaimTransaction:
    return make.claim_transaction(*(make.claim(number) for number in numbers), control_number=control)


def answers_set(*numbers: str) -> RemittanceTransaction:
    return make.remittance_transaction(
        *(make.denied(number) for number in numbers), provider_adjustments=(make.provider_adjustment(),)
    )


def write(folder: Path, name: str, *transactions: Transaction) -> Path:
    path = folder / name
    path.write_bytes(write_transactions(transactions))
    return path


# --- what comes in


def test_claims_and_answers_load(home: Home, inbox: Path) -> None:
    claims_file(inbox, "A", "B")
    write(inbox, "answers.835", answers_set("A", "B"))
    receipts = ingest(home, inbox)
    assert [(r.file, r.kind, r.unit) for r in receipts] == [
        ("answers.835", "835", "claim answers"),
        ("claims.837", "837P", "claims"),
    ]
    assert counts(receipts) == [(2, 0, 0), (2, 0, 0)]
    rows = contents(home)
    assert {name: len(found) for name, found in rows.items() if found} == {
        "transactions": 2,
        "claims": 2,
        "claim_lines": 2,
        "remittances": 2,
        "remittance_lines": 2,
        "adjustments": 2,
        "provider_adjustments": 1,
    }


def test_acknowledgments_and_syntax_reports_load(home: Home, inbox: Path) -> None:
    write(inbox, "a.277", make.acknowledgment_transaction(make.acknowledgment("A", category_code="A3"), make.acknowledgment("B")))
    write(inbox, "b.999", make.syntax_report_transaction(accepted_code="R"))
    assert [(r.kind, r.accepted) for r in ingest(home, inbox)] == [("277CA", 2), ("999", 1)]
    store = HistoryStore(home.history_uri)
    assert sorted(store.read("acknowledgments")["is_rejection"].to_pylist()) == [False, True]
    assert store.read("syntax_reports")["accepted_code"].to_pylist() == ["R"]


@pytest.mark.parametrize(
    ("paid_on", "produced_on", "known_on"),
    [
        (date(2026, 3, 20), date(2026, 3, 22), date(2026, 3, 22)),
        (date(2026, 3, 25), date(2026, 3, 22), date(2026, 3, 25)),
        (None, date(2026, 3, 22), date(2026, 3, 22)),
        (None, None, make.RECEIVED_ON),
    ],
)
def test_an_answer_is_known_from_the_later_of_payment_and_production(
    home: Home, inbox: Path, paid_on: date | None, produced_on: date | None, known_on: date
) -> None:
    answer = make.remittance_transaction()
    make.fill_store(
        HistoryStore(home.history_uri), replace(answer, payment=replace(answer.payment, paid_on=paid_on, produced_on=produced_on))
    )
    assert HistoryStore(home.history_uri).read("remittances")["known_on"].to_pylist() == [known_on]


def test_no_member_id_stands_in_any_file_of_the_history(home: Home, inbox: Path) -> None:
    claims_file(inbox, "A")
    (inbox / "eligibility.csv").write_text(ELIGIBILITY + "ABC123456789,PAYER1,2026-01-05,active,,\n")
    ingest(home, inbox)
    everything = b"".join(path.read_bytes() for path in Path(home.history_uri).rglob("*") if path.is_file())
    assert b"ABC123456789" not in everything
    assert "ABC123456789" not in str(contents(home))


def test_eligibility_meets_the_claims_of_the_subscriber(home: Home, inbox: Path) -> None:
    claims_file(inbox, "A")
    (inbox / "eligibility.csv").write_text(ELIGIBILITY + " abc123456789 ,PAYER1,2026-01-05,active,,\n")
    ingest(home, inbox)
    store = HistoryStore(home.history_uri)
    assert store.read("eligibility")["subscriber_key"].to_pylist() == store.read("claims")["subscriber_key"].to_pylist()


# --- the same again changes nothing


def again(path: Path, way: str) -> None:
    data = path.read_bytes()
    path.unlink()
    if way == "same":
        path.write_bytes(data)
    elif way == "renamed":
        path.with_name("other.txt").write_bytes(data)
    elif way == "gzip":
        path.with_name("claims.837.gz").write_bytes(gzip.compress(data))
    elif way == "zip":
        with zipfile.ZipFile(path.with_name("claims.zip"), "w") as archive:
            archive.writestr("sub/claims.837", data)
    elif way == "line ends":
        path.write_bytes(data.replace(b"\r", b"").replace(b"\n", b"").replace(b"~", b"~\r\n"))
    elif way == "delimiters":
        path.write_bytes(data.replace(b"*", b"|").replace(b"~", b"!").replace(b":", b">"))


@pytest.mark.parametrize("way", ["same", "renamed", "gzip", "zip", "line ends", "delimiters"])
def test_the_same_claims_in_another_wrapping_change_nothing(home: Home, inbox: Path, way: str) -> None:
    path = claims_file(inbox, "A", "B")
    ingest(home, inbox)
    before, version = contents(home), HistoryStore(home.history_uri).version()
    again(path, way)
    assert counts(ingest(home, inbox)) == [(0, 0, 2)]
    assert contents(home) == before
    assert HistoryStore(home.history_uri).version() == version


def test_the_same_transaction_twice_in_one_run_loads_once(home: Home, inbox: Path) -> None:
    claims_file(inbox, "A", name="one.837")
    (inbox / "two.txt").write_bytes((inbox / "one.837").read_bytes().replace(b"~", b"~\n\n"))
    assert counts(ingest(home, inbox)) == [(1, 0, 0), (0, 0, 1)]


def test_a_file_grown_by_a_transaction_brings_that_one(home: Home, inbox: Path) -> None:
    write(inbox, "all.837", claims_set("A", control="0001"))
    ingest(home, inbox)
    write(inbox, "all.837", claims_set("A", control="0001"), claims_set("B", control="0002"))
    assert counts(ingest(home, inbox)) == [(1, 0, 1)]


def test_equal_claims_under_other_control_numbers_are_another_submission(home: Home, inbox: Path) -> None:
    claims_file(inbox, "A", name="1.837", control="0001")
    claims_file(inbox, "A", name="2.837", control="0002")
    assert counts(ingest(home, inbox)) == [(1, 0, 0), (1, 0, 0)]


@pytest.mark.parametrize("together", [False, True])
def test_a_corrected_file_under_the_same_control_numbers_adds_what_is_new(home: Home, inbox: Path, together: bool) -> None:
    write(inbox, "1.837", claims_set("A", "B"))
    if not together:
        ingest(home, inbox)
    write(inbox, "2.837", claims_set("A", "B", "C"))
    assert counts(ingest(home, inbox / "2.837") if not together else ingest(home, inbox)[1:]) == [(1, 0, 2)]
    numbers = HistoryStore(home.history_uri).read("claims")["patient_control_number"].to_pylist()
    assert sorted(numbers) == ["A", "B", "C"]


def test_a_corrected_835_adds_neither_its_answers_nor_its_plb_again(home: Home, inbox: Path) -> None:
    write(inbox, "1.835", answers_set("A"))
    write(inbox, "2.835", answers_set("A", "B"))
    assert counts(ingest(home, inbox)) == [(1, 0, 0), (1, 0, 1)]
    store = HistoryStore(home.history_uri)
    assert store.read("remittances").num_rows == 2
    assert store.read("provider_adjustments").num_rows == 1


# --- refused


def test_a_bad_claim_is_refused_and_kept_and_the_rest_loads(home: Home, inbox: Path) -> None:
    path = claims_file(inbox, "AAA", "BBB", "CCC")
    path.write_bytes(path.read_bytes().replace(b"CLM*BBB*150", b"CLM*BBB*1x0"))
    (receipt,) = ingest(home, inbox)
    assert counts([receipt]) == [(2, 1, 0)]
    assert receipt.found == 3
    (reasons,) = home.quarantine.glob("*.json")
    written = json.loads(reasons.read_text())
    piece = home.quarantine / written["pieces"]
    assert "CLM*BBB*1x0" in piece.read_text()
    assert "CLM*AAA" not in piece.read_text()
    assert written["refused"] == 1
    assert [stat.S_IMODE(path.stat().st_mode) for path in (reasons, piece)] == [0o600, 0o600]


@pytest.mark.parametrize("amount", ["150.005", "1500000000000", "99999999999999.00"])
def test_money_that_the_history_cannot_hold_refuses_its_claim_alone(home: Home, inbox: Path, amount: str) -> None:
    path = claims_file(inbox, "AAA", "BBB", "CCC")
    path.write_bytes(path.read_bytes().replace(b"CLM*BBB*150", b"CLM*BBB*" + amount.encode()))
    assert counts(ingest(home, inbox)) == [(2, 1, 0)]
    (piece,) = home.quarantine.glob("*.x12")
    assert "CLM*BBB" in piece.read_text()
    assert "CLM*AAA" not in piece.read_text()


@pytest.mark.parametrize("place", [b"CLP*B*1*150", b"CAS*CO*50*150", b"SVC*HC:99213*150"])
def test_money_of_an_answer_that_the_history_cannot_hold_refuses_its_answer(home: Home, inbox: Path, place: bytes) -> None:
    path = write(inbox, "1.835", answers_set("A", "B"))
    data = path.read_bytes()
    at = data.index(place, data.index(b"CLP*B*"))
    path.write_bytes(data[:at] + place + b".001" + data[at + len(place) :])
    assert counts(ingest(home, inbox)) == [(1, 1, 0)]


def test_a_line_number_that_the_history_cannot_hold_refuses_its_claim_alone(home: Home, inbox: Path) -> None:
    path = claims_file(inbox, "AAA", "BBB")
    data = path.read_bytes()
    at = data.index(b"LX*1", data.index(b"CLM*BBB"))
    path.write_bytes(data[:at] + b"LX*1" + b"0" * 12 + data[at + 4 :])
    assert counts(ingest(home, inbox)) == [(1, 1, 0)]


def test_a_third_decimal_of_zero_is_no_fault(home: Home, inbox: Path) -> None:
    path = claims_file(inbox, "AAA")
    path.write_bytes(path.read_bytes().replace(b"CLM*AAA*150", b"CLM*AAA*150.000"))
    assert counts(ingest(home, inbox)) == [(1, 0, 0)]


def test_reasons_hold_no_health_information(home: Home, inbox: Path) -> None:
    path = claims_file(inbox, "AAA")
    path.write_bytes(path.read_bytes().replace(b"CLM*AAA*150", b"CLM*AAA*1x0"))
    ingest(home, inbox)
    (reasons,) = home.quarantine.glob("*.json")
    assert not [secret for secret in ("DOE", "JANE", "ABC123456789", "1x0") if secret in reasons.read_text()]


def test_a_repaired_file_loads_what_was_refused_and_nothing_twice(home: Home, inbox: Path) -> None:
    path = claims_file(inbox, "AAA", "BBB")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"CLM*BBB*150", b"CLM*BBB*1x0"))
    ingest(home, inbox)
    path.write_bytes(whole)
    assert counts(ingest(home, inbox)) == [(1, 0, 1)]


def test_a_refused_file_again_is_refused_again_and_kept_once(home: Home, inbox: Path) -> None:
    path = claims_file(inbox, "AAA", "BBB")
    path.write_bytes(path.read_bytes().replace(b"CLM*BBB*150", b"CLM*BBB*1x0"))
    ingest(home, inbox)
    before = contents(home)
    assert counts(ingest(home, inbox)) == [(0, 1, 1)]
    assert contents(home) == before
    assert len(list(home.quarantine.iterdir())) == 2


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "an empty file"),
        (b"\x00\x01\x02binary", "binary data"),
        (b"\x1f\x8bnot really gzip", "a damaged one"),
        (b"PK\x03\x04nor a zip", "a damaged one"),
        (b"ISA*00*truncated", "elements"),
    ],
)
def test_a_file_that_is_nothing_of_ours_is_refused_with_its_reason(home: Home, inbox: Path, content: bytes, got: str) -> None:
    (inbox / "strange").write_bytes(content)
    (receipt,) = ingest(home, inbox)
    assert counts([receipt]) == [(0, 1, 0)]
    assert receipt.kind == "unknown"
    assert got in receipt.rejections[0].got
    assert len(list(home.quarantine.iterdir())) == 2


def test_a_csv_of_no_kind_names_the_nearest_and_its_missing_columns(home: Home, inbox: Path) -> None:
    (inbox / "x.csv").write_text("claim_id,payer_id,level,filed_on,outcome\nA,P,1,2026-01-01,upheld\nB,P,1,2026-01-01,upheld\n")
    (receipt,) = ingest(home, inbox)
    assert counts([receipt]) == [(0, 2, 0)]
    assert "appeals" in str(receipt.rejections[0])
    assert "decided_on, recovered_amount, minutes_spent" in str(receipt.rejections[0])


def test_a_bad_row_is_refused_with_its_line_and_the_others_load(home: Home, inbox: Path) -> None:
    (inbox / "e.csv").write_text(ELIGIBILITY + "M1,P,2026-01-05,active,,\nM2,P,05/01/2026,active,,\nM3,P,2026-01-05,active,,\n")
    (receipt,) = ingest(home, inbox)
    assert counts([receipt]) == [(2, 1, 0)]
    assert (receipt.rejections[0].position, receipt.rejections[0].place) == (3, "checked_on")
    (piece,) = home.quarantine.glob("*.csv")
    assert piece.read_text() == ELIGIBILITY + "M2,P,05/01/2026,active,,\n"


def test_a_repaired_quarantine_piece_can_be_ingested(home: Home, inbox: Path) -> None:
    (inbox / "e.csv").write_text(ELIGIBILITY + "M1,P,2026-01-05,active,,\nM2,P,05/01/2026,active,,\n")
    ingest(home, inbox)
    (piece,) = home.quarantine.glob("*.csv")
    piece.write_text(piece.read_text().replace("05/01/2026", "2026-05-01"))
    assert counts(ingest(home, piece)) == [(1, 0, 0)]


def test_a_missing_path_is_refused_before_anything_is_read(home: Home, inbox: Path) -> None:
    claims_file(inbox, "A")
    with pytest.raises(UnreadableFile, match="nothing there"):
        ingest(home, inbox, inbox / "absent")
    assert not Path(home.history_uri).exists()


# --- CSV again


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + ELIGIBILITY + "M1,P1,2026-01-05,active,2026-01-01,\n",
        ELIGIBILITY.replace(",", ";") + "M1;P1;2026-01-05;active;2026-01-01;\n",
        ELIGIBILITY.replace(",", "\t").replace("\n", "\r\n") + "m1\t P1 \t20260105\tACTIVE\t2026-01-01\t\r\n",
        'status,plan_end,"plan_begin",PAYER_ID,subscriber_id,checked_on,remarks\n'
        '"active",,2026-01-01,P1,M1,2026-01-05,"seen, twice"\n\n',
    ],
)
def test_a_row_written_another_way_is_known(home: Home, inbox: Path, text: str) -> None:
    (inbox / "e.csv").write_text(ELIGIBILITY + "M1,P1,2026-01-05,active,2026-01-01,\n")
    assert counts(ingest(home, inbox)) == [(1, 0, 0)]
    before = contents(home)
    (inbox / "e.csv").write_bytes(text.encode())
    assert counts(ingest(home, inbox)) == [(0, 0, 1)]
    assert contents(home) == before


def test_a_row_that_stands_twice_loads_once(home: Home, inbox: Path) -> None:
    (inbox / "e.csv").write_text(ELIGIBILITY + "M1,P1,2026-01-05,active,,\n" * 3)
    assert counts(ingest(home, inbox)) == [(1, 0, 2)]


# --- which files


def test_folders_are_walked_and_hidden_files_left_out(home: Home, inbox: Path) -> None:
    (inbox / "837" / "deep").mkdir(parents=True)
    (inbox / ".cache").mkdir()
    claims_file(inbox / "837" / "deep", "A")
    claims_file(inbox / ".cache", "B", control="0002")
    claims_file(inbox, "C", name=".hidden", control="0003")
    assert [receipt.file for receipt in ingest(home, inbox)] == ["claims.837"]


@pytest.mark.parametrize("named", ["folder", "itself", "zip"])
def test_the_answer_key_is_never_opened(home: Home, inbox: Path, named: str) -> None:
    (inbox / "truth").mkdir()
    secret = claims_file(inbox / "truth", "SECRET")
    claims_file(inbox, "A", control="0002")
    if named == "zip":
        with zipfile.ZipFile(inbox / "all.zip", "w") as archive:
            archive.write(secret, "demo/truth/claims.837")
    secret.chmod(0)
    receipts = ingest(home, *([inbox / "truth", inbox / "claims.837"] if named == "itself" else [inbox]))
    assert [receipt.file for receipt in receipts] == ["claims.837"]
    assert HistoryStore(home.history_uri).read("claims")["patient_control_number"].to_pylist() == ["A"]


def test_a_folder_called_truth_further_down_is_the_users_own(home: Home, inbox: Path) -> None:
    (inbox / "clinic" / "truth").mkdir(parents=True)
    claims_file(inbox / "clinic" / "truth", "A")
    assert counts(ingest(home, inbox)) == [(1, 0, 0)]


def test_a_file_named_twice_is_read_once(home: Home, inbox: Path) -> None:
    path = claims_file(inbox, "A")
    assert counts(ingest(home, inbox, path)) == [(1, 0, 0)]


def test_progress_counts_files(home: Home, inbox: Path) -> None:
    claims_file(inbox, "A", name="1.837")
    claims_file(inbox, "B", name="2.837", control="0002")
    seen: list[tuple[int, int]] = []
    ingest_paths([inbox], home=home, now=NOW, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]


# --- two at once


class OvertakenStore(HistoryStore):
    """A store in which another ingest commits the same files just before the first commit."""

    def __init__(self, uri: str, other: HistoryStore, tables_of_other: object) -> None:
        super().__init__(uri)
        self.other, self.rows, self.overtaken = other, tables_of_other, 0

    def commit(self, tables: object, **arguments: object) -> str:  # type: ignore[override]
        if not self.overtaken:
            self.overtaken = 1
            make.fill_store(self.other, *self.rows)  # type: ignore[misc]
        return super().commit(tables, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("overlap", "expected"), [(("A", "0001"), (0, 0, 1)), (("Z", "0009"), (1, 0, 0))])
def test_an_ingest_that_was_overtaken_compares_again(
    home: Home, inbox: Path, overlap: tuple[str, str], expected: tuple[int, int, int]
) -> None:
    from claims.x12 import parse_x12

    path = claims_file(inbox, "A", control="0001")
    number, control = overlap
    winner = parse_x12(write_transactions([claims_set(number, control=control)]), file="w").transactions
    store = OvertakenStore(home.history_uri, HistoryStore(home.history_uri), winner)
    receipts = ingest_paths([path], home=home, now=NOW, store=store)
    assert counts(receipts) == [expected]
    numbers = HistoryStore(home.history_uri).read("claims")["patient_control_number"].to_pylist()
    assert sorted(numbers) == sorted({"A", number})


def test_the_loser_of_two_commits_learns_of_it(home: Home) -> None:
    store = HistoryStore(home.history_uri)
    ledger = store.ledger()
    make.fill_store(store, claims_set("A"))
    with pytest.raises(LoadConflict, match="got overtaken"):
        store.commit({}, now=NOW, ledger=ledger)
