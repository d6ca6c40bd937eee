"""Owns copying a home while it is in use. The copy is a home again: whoever needs it starts the service on it.

Order makes the copy consistent without a lock. A table's log is copied before its data files, and the ledger of loads before
the other tables: what a log names was written before it. SQLite files go last, through SQLite's own online backup, so that the
database knows at least what the files beside it know. A database elsewhere (PostgreSQL) and a history elsewhere are not copied.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from claims.errors import ClaimsError
from claims.history.store import HistoryStore
from claims.home import Home

RECORD = "backup.json"
LEDGER, LOG = "loads", "_delta_log"
_BESIDE_A_DATABASE = ("-wal", "-shm", "-journal")
_SQLITE = b"SQLite format 3\0"


class BackupRefused(ClaimsError):
    """A backup cannot be made there."""


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What was copied."""

    folder: Path
    history_version: str
    file_count: int
    byte_count: int


def back_up(home: Home, folder: Path, *, now: datetime) -> Backup:
    """Copy a home into a new folder; its keys too, so that the folder is as secret as the home. Raises: BackupRefused."""
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder}: expected a folder that is new or empty, got files in it")
    if folder.absolute().is_relative_to(home.path):
        raise BackupRefused(f"{folder}: expected a folder outside the home, got one inside")
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    draft.mkdir(mode=0o700, parents=True)
    try:
        files = [_copy(home.path, name, draft) for name in _in_order(home.path)]
        copy = Backup(
            folder=folder,
            history_version=HistoryStore(str(draft / "history")).version(),
            file_count=len(files),
            byte_count=sum(files),
        )
        facts = {"made_at": now.isoformat(), "history_version": copy.history_version, "files": copy.file_count}
        (draft / RECORD).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return copy


def _in_order(home: Path) -> Iterator[Path]:
    """List the files below a home, relative to it, in the order that keeps the copy consistent."""
    tables = [path for path in home.glob("history/*") if path.is_dir()]
    for table in sorted(tables, key=lambda path: path.name != LEDGER):
        yield from sorted(_files(table / LOG, home))
        yield from sorted(path for path in _files(table, home) if LOG not in path.parts)
    held = {path for path in _files(home, home) if path.parts[0] != "history" and not path.name.endswith(_BESIDE_A_DATABASE)}
    databases = {path for path in held if _is_sqlite(home / path)}
    yield from sorted(held - databases)
    yield from sorted(databases)


def _files(folder: Path, home: Path) -> list[Path]:
    return [path.relative_to(home) for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as handle:
            return handle.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def _copy(home: Path, name: Path, draft: Path) -> int:
    source, target = home / name, draft / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _is_sqlite(source):
        with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
        shutil.copymode(source, target)
    else:
        try:
            shutil.copy2(source, target)
        except FileNotFoundError:  # cleaned up meanwhile (a draft, a log that was compacted): nobody will ask for it
            return 0
    return target.stat().st_size
