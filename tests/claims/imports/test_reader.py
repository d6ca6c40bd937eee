import time
from datetime import date
from decimal import Decimal

import pytest

from claims.imports.reader import CsvBatch, UnknownCsv, read_csv, row_table
from tests import factories as make

HEADERS = {
    "appeals": "claim_id,payer_id,level,filed_on,decided_on,outcome,recovered_amount,minutes_spent",
    "eligibility": "subscriber_id,payer_id,checked_on,status,plan_begin,plan_end",
    "authorizations": "authorization_number,payer_id,subscriber_id,procedure_code,valid_from,valid_to,units_approved",
    "enrollments": "npi,payer_id,effective_from,effective_to",
    "payers": "payer_id,payer_name,plan_type,filing_limit_days,appeal_limit_days,appeal_levels,expected_response_days",
    "fixes": "cause,payer_id,started_on,owner,description",
}
ROWS = {
    "appeals": "PCN1,PAYER1,1,2026-03-01,2026-04-01,overturned,120.50,45",
    "eligibility": "ABC1,PAYER1,2026-01-05,active,2026-01-01,2026-12-31",
    "authorizations": "A-1,PAYER1,ABC1,99213,2026-01-01,2026-06-30,12",
    "enrollments": "1234567893,PAYER1,2024-01-01,",
    "payers": "PAYER1,First Plan,HMO,90,65,2,30",
    "fixes": "authorization,,2026-05-01,front desk,check twice",
}
KNOWN_FROM = {
    "appeals": date(2026, 3, 1),
    "eligibility": date(2026, 1, 5),
    "authorizations": date(2026, 1, 1),
    "enrollments": date(2024, 1, 1),
    "payers": date(1900, 1, 1),
    "fixes": date(2026, 5, 1),
}


def read(kind: str, *rows: str, header: str | None = None) -> CsvBatch:
    text = "\n".join([header or HEADERS[kind], *(rows or (ROWS[kind],))])
    batch = read_csv(text.encode(), file="x.csv", hasher=make.HASHER)
    assert isinstance(batch, CsvBatch)
    return batch


def table(batch: CsvBatch) -> list[dict[str, object]]:
    return row_table(batch.kind, batch.keys, batch.rows).to_pylist()


def reason(batch: CsvBatch) -> str:
    (refused,) = batch.refused
    return str(refused.rejection)


@pytest.mark.parametrize("kind", sorted(HEADERS))
def test_each_kind_is_told_by_its_header_and_known_from_its_day(kind: str) -> None:
    batch = read(kind)
    assert batch.kind.name == kind
    assert [row["known_on"] for row in table(batch)] == [KNOWN_FROM[kind]]
    assert batch.refused == ()


@pytest.mark.parametrize("kind", sorted(HEADERS))
def test_column_order_is_free(kind: str) -> None:
    names, cells = HEADERS[kind].split(","), ROWS[kind].split(",")
    turned = read(kind, ",".join(reversed(cells)), header=",".join(reversed(names)))
    assert turned.keys == read(kind).keys
    assert turned.rows == read(kind).rows


@pytest.mark.parametrize("kind", sorted(HEADERS))
def test_known_on_goes_before_the_natural_day(kind: str) -> None:
    batch = read(kind, ROWS[kind] + ",2026-07-07", header=HEADERS[kind] + ",known_on")
    assert [row["known_on"] for row in table(batch)] == [date(2026, 7, 7)]
    assert batch.notes == ()


def test_an_empty_known_on_leaves_the_natural_day() -> None:
    batch = read("fixes", ROWS["fixes"] + ",", header=HEADERS["fixes"] + ",known_on")
    assert batch.keys == read("fixes").keys


def test_values_are_typed() -> None:
    (row,) = table(read("appeals"))
    assert (row["level"], row["decided_on"], row["recovered_amount"], row["minutes_spent"]) == (
        1,
        date(2026, 4, 1),
        Decimal("120.50"),
        45.0,
    )


def test_member_ids_become_keys() -> None:
    (row,) = table(read("eligibility"))
    assert row["subscriber_key"] == make.HASHER.subscriber_key("abc1")


def test_an_authorization_may_stand_without_subscriber() -> None:
    (row,) = table(read("authorizations", "A-1,PAYER1,,99213,2026-01-01,,"))
    assert row["subscriber_key"] is None


@pytest.mark.parametrize("kind", sorted(HEADERS))
def test_every_missing_column_is_named_with_the_nearest_kind(kind: str) -> None:
    names = HEADERS[kind].split(",")
    found = read_csv(",".join(names[1:]).encode(), file="x.csv", hasher=make.HASHER)
    assert isinstance(found, UnknownCsv)
    assert found.rejection.expected == f"every column of the nearest kind, {kind}"
    assert found.rejection.got == f"none called {names[0]}"


def test_a_header_without_any_known_column_lists_the_kinds() -> None:
    found = read_csv(b"a,b\n1,2\n3,4\n", file="x.csv", hasher=make.HASHER)
    assert isinstance(found, UnknownCsv)
    assert "appeals, eligibility" in found.rejection.expected
    assert found.row_count == 2


def test_a_column_that_stands_twice_is_refused() -> None:
    found = read_csv((HEADERS["fixes"] + ",owner\n").encode(), file="x.csv", hasher=make.HASHER)
    assert isinstance(found, UnknownCsv)
    assert found.rejection.got == "owner twice"


def test_extra_columns_are_ignored_with_a_note() -> None:
    batch = read("fixes", ROWS["fixes"] + ",a,b", header=HEADERS["fixes"] + ",one,two")
    assert batch.keys == read("fixes").keys
    assert batch.notes == ("2 columns ignored that fixes does not have",)


@pytest.mark.parametrize(
    ("kind", "row", "expected"),
    [
        (
            "appeals",
            "PCN1,PAYER1,one,2026-03-01,,pending,,",
            "x.csv, position 2, level: expected a whole number of 0 or more, got 3 letters",
        ),
        ("appeals", "PCN1,PAYER1,1,03/01/2026,,pending,,", "filed_on: expected a date as YYYY-MM-DD, got 10 characters"),
        ("appeals", "PCN1,PAYER1,1,2026-02-30,,pending,,", "filed_on: expected a date as YYYY-MM-DD, got 10 characters"),
        ("appeals", "PCN1,PAYER1,1,2026-03-01,,won,,", "outcome: expected one of overturned, "),
        ("appeals", "PCN1,PAYER1,1,2026-03-01,,upheld,,", "row: expected decided_on with a decided outcome, got nothing"),
        (
            "appeals",
            "PCN1,PAYER1,1,2026-03-01,2026-04-01,pending,,",
            "row: expected no decided_on while the outcome is pending, got a date",
        ),
        (
            "appeals",
            "PCN1,PAYER1,1,2026-03-01,2026-02-01,upheld,,",
            "row: expected decided_on on or after filed_on, got an earlier date",
        ),
        ("appeals", "PCN1,PAYER1,1,2026-03-01,2026-04-01,overturned,$5,", "recovered_amount: expected an amount of 0 or more"),
        ("appeals", "PCN1,PAYER1,1,2026-03-01,2026-04-01,overturned,-5,", "recovered_amount: expected an amount of 0 or more"),
        ("appeals", "PCN1,PAYER1,1,2026-03-01,2026-04-01,overturned,1.005,", "recovered_amount: expected an amount of 0 or more"),
        ("appeals", "PCN1,PAYER1,1,2026-03-01,2026-04-01,overturned,1e400,", "recovered_amount: expected an amount of 0 or more"),
        ("appeals", "PCN1,PAYER1,1,2026-03-01,2026-04-01,overturned,NaN,", "recovered_amount: expected an amount of 0 or more"),
        ("appeals", ",PAYER1,1,2026-03-01,,pending,,", "claim_id: expected a value, got nothing"),
        ("appeals", "PCN1,PAYER1,1,2026-03-01,,pending,", "row: expected 8 cells, got 7 cells"),
        ("enrollments", "123,PAYER1,2024-01-01,", "npi: expected ten digits, got 3 digits"),
        ("enrollments", "1234567893,PAYER1,2024-01-01,2023-01-01", "row: expected effective_to on or after effective_from"),
        ("fixes", "magic,,2026-05-01,,", "cause: expected one of eligibility, "),
        ("payers", "P,,,90.5,,,", "filing_limit_days: expected a whole number of 0 or more, got 4 characters"),
    ],
)
def test_a_row_that_does_not_fit_says_where_and_what_was_expected(kind: str, row: str, expected: str) -> None:
    assert expected in reason(read(kind, row))


def test_a_reason_never_repeats_a_value() -> None:
    batch = read("eligibility", "SECRETID9,PAYER1,someday,active,,")
    assert "SECRETID9" not in reason(batch)
    assert "someday" not in reason(batch)


def test_good_rows_around_a_bad_one_load() -> None:
    batch = read("enrollments", ROWS["enrollments"], "bad,P,2024-01-01,", "1234567893,PAYER2,2024-01-01,")
    assert len(batch.rows) == 2
    assert [refused.rejection.position for refused in batch.refused] == [3]


def test_windows_text_is_read_and_noted() -> None:
    batch = read_csv((HEADERS["payers"] + "\nP,Soci\u00e9t\u00e9,,,,,\n").encode("cp1252"), file="x.csv", hasher=make.HASHER)
    assert isinstance(batch, CsvBatch)
    assert table(batch)[0]["payer_name"] == "Soci\u00e9t\u00e9"
    assert batch.notes == ("read as Windows-1252 text, since it is no UTF-8",)


@pytest.mark.parametrize("name", ["outcome", "minutes_spent"])
def test_one_changed_field_makes_another_row(name: str) -> None:
    changed = ROWS["appeals"].replace("overturned", "upheld") if name == "outcome" else ROWS["appeals"].replace(",45", ",46")
    assert read("appeals", changed).keys != read("appeals").keys


def test_the_same_words_in_another_kind_are_another_row() -> None:
    assert len({read(kind).keys for kind in HEADERS}) == len(HEADERS)


def test_a_header_of_a_hundred_thousand_columns_is_read_in_time_that_grows_with_it() -> None:
    begun = time.process_time()
    batch = read("fixes", header=HEADERS["fixes"] + "," * 100_000)
    assert (len(batch.rows), len(batch.refused)) == (0, 1)
    assert time.process_time() - begun < 3  # seconds; counting each name among all took 20
