"""Reads everything that a home holds as text, packed or not, so that a value can be searched for in it."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq


def texts_of(home: Path, *, leave_out: tuple[str, ...] = ("quarantine",)) -> Iterator[tuple[str, str]]:
    """Yield name and content of every file: Parquet by its cells and metadata, SQLite by its rows, the rest as it is."""
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if not path.is_file() or name.split("/")[0] in leave_out:
            continue
        yield f"{name} (bytes)", path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            yield name, json.dumps(pq.read_table(path).to_pydict(), default=str)
        elif path.suffix == ".db":
            yield name, "\n".join(_rows(path))


def _rows(path: Path) -> Iterator[str]:
    connection = sqlite3.connect(path)
    try:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  names of our own tables
                yield json.dumps(row, default=str)
    finally:
        connection.close()
