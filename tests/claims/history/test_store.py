from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from claims.history.ledger import LoadConflict, UnknownVersion
from claims.history.rows import claim_tables
from claims.history.schema import SCHEMAS
from claims.history.store import HistoryStore
from tests import factories as make

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[HistoryStore]:
    return HistoryStore(str(tmp_path / "history"))


def rows_of(*numbers: str, key: str = "k1", on: date = make.SUBMITTED_ON) -> dict[str, object]:
    claims = [make.claim(number, submitted_on=on) for number in numbers]
    tables = claim_tables(claims, hasher=make.HASHER, source_key=key * 16)
    return {"claims": tables[0], "claim_lines": tables[1]}


def numbers(store: HistoryStore, **choice: object) -> list[str]:
    return sorted(store.read("claims", columns=["patient_control_number"], **choice)["patient_control_number"].to_pylist())


@pytest.mark.parametrize("table", sorted(SCHEMAS))
def test_an_empty_history_reads_as_empty_tables(store: HistoryStore, table: str) -> None:
    assert store.read(table).equals(SCHEMAS[table].empty_table())


def test_committed_rows_read_back_with_the_load_that_wrote_them(store: HistoryStore) -> None:
    load_id = store.commit(rows_of("A", "B"), now=NOW)
    read = store.read("claims")
    assert read.schema.equals(SCHEMAS["claims"])
    assert read["load_id"].to_pylist() == [load_id, load_id]
    assert numbers(store) == ["A", "B"]
    assert store.read("claim_lines").num_rows == 2


def test_every_value_reads_back_as_written(store: HistoryStore) -> None:
    tables = rows_of("A", "B")
    store.commit(tables, now=NOW)
    for name, written in tables.items():
        kept = [column for column in SCHEMAS[name].names if column != "load_id"]
        assert store.read(name, columns=kept).to_pylist() == written.select(kept).to_pylist()


def test_before_is_strict_and_counts_the_day_a_fact_became_known(store: HistoryStore) -> None:
    store.commit(rows_of("OLD", on=date(2026, 1, 9), key="k1"), now=NOW)
    store.commit(rows_of("NEW", on=date(2026, 1, 10), key="k2"), now=NOW)
    assert numbers(store, before=date(2026, 1, 9)) == []
    assert numbers(store, before=date(2026, 1, 10)) == ["OLD"]
    assert numbers(store, before=date(2026, 1, 11)) == ["NEW", "OLD"]


def test_rows_of_a_load_that_was_never_committed_stay_invisible(store: HistoryStore) -> None:
    store.commit(rows_of("A"), now=NOW)
    store.write(rows_of("GHOST", key="k2"), now=NOW)
    assert numbers(store) == ["A"]


def test_sweep_removes_a_killed_load_but_not_a_young_one(store: HistoryStore) -> None:
    store.commit(rows_of("A"), now=NOW)
    store.write(rows_of("GHOST", key="k2"), now=NOW)
    assert store.sweep(now=NOW + timedelta(minutes=59)) == 0
    assert store.sweep(now=NOW + timedelta(minutes=61)) == 1
    assert store.sweep(now=NOW + timedelta(minutes=62)) == 0
    assert store._open("claims").to_pyarrow_table().num_rows == 1
    assert numbers(store) == ["A"]


def test_a_load_that_was_abandoned_can_no_longer_be_committed(store: HistoryStore) -> None:
    slow = store.write(rows_of("SLOW"), now=NOW)
    store.sweep(now=NOW + timedelta(hours=2))
    with pytest.raises(LoadConflict):
        store.commit(slow, now=NOW + timedelta(hours=3))
    assert numbers(store) == []


def test_of_two_loads_that_compared_with_the_same_ledger_one_is_refused(store: HistoryStore) -> None:
    store.commit(rows_of("A"), now=NOW)
    first, second = store.ledger(), store.ledger()
    store.commit(rows_of("B", key="k2"), now=NOW, ledger=first)
    with pytest.raises(LoadConflict):
        store.commit(rows_of("B", key="k2"), now=NOW, ledger=second)
    assert numbers(store) == ["A", "B"]


def test_two_first_loads_of_an_empty_history_do_not_both_commit(store: HistoryStore) -> None:
    first, second = store.ledger(), store.ledger()
    store.commit(rows_of("A"), now=NOW, ledger=first)
    with pytest.raises(LoadConflict):
        store.commit(rows_of("A"), now=NOW, ledger=second)
    assert numbers(store) == ["A"]


def test_a_load_begun_meanwhile_does_not_stop_a_commit(store: HistoryStore) -> None:
    store.commit(rows_of("A"), now=NOW)
    ledger = store.ledger()
    store.write(rows_of("C", key="k3"), now=NOW)
    store.commit(rows_of("B", key="k2"), now=NOW, ledger=ledger)
    assert numbers(store) == ["A", "B"]


def test_a_noted_version_keeps_naming_the_same_rows(store: HistoryStore) -> None:
    store.commit(rows_of("A"), now=NOW)
    version = store.version()
    store.commit(rows_of("B", key="k2"), now=NOW)
    pinned = HistoryStore(store.uri, version=version)
    assert store.version() != version
    assert pinned.version() == version
    assert numbers(pinned) == ["A"]


def test_an_unknown_version_is_refused(store: HistoryStore) -> None:
    store.commit(rows_of("A"), now=NOW)
    with pytest.raises(UnknownVersion):
        HistoryStore(store.uri, version="1-000000000000").read("claims")


def test_compaction_changes_files_but_no_row(store: HistoryStore) -> None:
    for index in range(25):
        store.commit(rows_of(f"C{index:02}", key=f"k{index:02}"), now=NOW)
    before, version = numbers(store), store.version()
    store.write(rows_of("GHOST", key="kg"), now=NOW)
    assert {"claims", "claim_lines", "loads"} <= set(store.compact())
    assert numbers(store) == before
    assert store.version() == version
    assert len(store._open("claims").file_uris()) == 1
    assert store.sweep(now=NOW + timedelta(hours=2)) == 1
    assert numbers(store) == before
