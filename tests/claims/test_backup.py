"""A copy of a home made while it is written to is a home that reads the same."""

import sqlite3
import stat
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from claims.backup import RECORD, BackupRefused, back_up
from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from claims.x12 import write_transactions
from tests import factories as make

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def ingest(home: Home, folder: Path, number: int) -> None:
    path = folder / f"{number}.837"
    claims = [make.claim(f"P{number}-{at}", submitted_on=date(2026, 3, 1)) for at in range(3)]
    path.write_bytes(write_transactions([make.claim_transaction(*claims, control_number=f"{number:04d}")]))
    ingest_paths([path], home=home, now=NOW)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    ingest(home, tmp_path, 1)
    return home


def test_the_copy_reads_as_the_home_did(home: Home, tmp_path: Path) -> None:
    copy = back_up(home, tmp_path / "copy", now=NOW)
    again = Home(copy.folder)
    assert HistoryStore(again.history_uri).version() == HistoryStore(home.history_uri).version() == copy.history_version
    assert HistoryStore(again.history_uri).read("claims").equals(HistoryStore(home.history_uri).read("claims"))
    assert again.person_key.read_bytes() == home.person_key.read_bytes()
    assert stat.S_IMODE(again.person_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.folder.stat().st_mode) == 0o700
    assert (copy.folder / RECORD).is_file()


def test_a_file_ingested_after_a_restore_is_known_if_the_home_knew_it(home: Home, tmp_path: Path) -> None:
    again = Home(back_up(home, tmp_path / "copy", now=NOW).folder)
    (receipt,) = ingest_paths([tmp_path / "1.837"], home=again, now=NOW)
    assert (receipt.accepted, receipt.already_known) == (0, 3)


def test_a_copy_made_during_ingests_holds_whole_loads_alone(home: Home, tmp_path: Path) -> None:
    done = threading.Event()

    def keep_ingesting() -> None:
        number = 2
        while not done.is_set():
            ingest(home, tmp_path, number)
            number += 1

    writer = threading.Thread(target=keep_ingesting)
    writer.start()
    try:
        copies = [back_up(home, tmp_path / f"copy{at}", now=NOW) for at in range(3)]
    finally:
        done.set()
        writer.join()
    for copy in copies:
        store = HistoryStore(str(copy.folder / "history"))
        loads = len(store.ledger().committed)
        assert store.read("claims").num_rows == 3 * loads
        assert store.version() == copy.history_version


def test_a_database_in_use_is_copied_with_what_was_committed(home: Home, tmp_path: Path) -> None:
    live = sqlite3.connect(home.path / "serving.db")
    live.execute("PRAGMA journal_mode=WAL")
    live.execute("CREATE TABLE t (n INTEGER)")
    live.execute("INSERT INTO t VALUES (1)")
    live.commit()
    live.execute("INSERT INTO t VALUES (2)")  # not committed
    copy = back_up(home, tmp_path / "copy", now=NOW)
    live.rollback()
    live.close()
    with sqlite3.connect(copy.folder / "serving.db") as again:
        assert again.execute("SELECT n FROM t").fetchall() == [(1,)]
    again.close()
    assert not list(copy.folder.glob("serving.db-*"))


@pytest.mark.parametrize("place", ["home/inside", "full"])
def test_a_place_that_is_no_place_for_a_copy_is_refused(home: Home, tmp_path: Path, place: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(BackupRefused):
        back_up(home, tmp_path / place, now=NOW)
    assert not list(tmp_path.glob(".full*"))
