"""Owns how one Delta table is opened, scanned and appended to, on a disk or an object store."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pa_fs
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

_LOG_RETENTION = "delta.logRetentionDuration"


def table_exists(uri: str, *, storage_options: dict[str, str] | None = None) -> bool:
    """Tell whether a Delta table stands there."""
    return DeltaTable.is_deltatable(uri, storage_options=storage_options)


def open_table(uri: str, *, storage_options: dict[str, str] | None = None) -> DeltaTable:
    """Open a table at its newest version."""
    return DeltaTable(uri, storage_options=storage_options)


def scan(table: DeltaTable, uri: str) -> ds.Dataset:
    """Give the table as an Arrow dataset.

    On a disk through Arrow's own file system: deltalake's one calls Python from Arrow's threads, and a process that ends while
    such a thread closes a file is aborted.
    """
    if "://" in uri:
        return table.to_pyarrow_dataset()
    return table.to_pyarrow_dataset(filesystem=pa_fs.SubTreeFileSystem(str(Path(uri).absolute()), pa_fs.LocalFileSystem()))


def append(uri: str, rows: pa.Table, *, storage_options: dict[str, str] | None = None) -> None:
    """Append rows in one commit; makes the table on first use, also when two processes make it at once."""
    _make(uri, rows.schema, storage_options)
    write_deltalake(uri, rows, mode="append", storage_options=storage_options)


class Appender:
    """Appends to one table again and again without opening it each time, which costs more than an append does.

    After a failure it is opened anew: another process may have cut the log that this one knew. Not safe between threads.
    """

    def __init__(self, uri: str, *, storage_options: dict[str, str] | None = None) -> None:
        self._uri, self._options = uri, storage_options
        self._table: DeltaTable | None = None

    def append(self, rows: pa.Table) -> None:
        """Append rows in one commit; makes the table on first use."""
        table, self._table = self._table, None
        if table is None:
            _make(self._uri, rows.schema, self._options)
            table = open_table(self._uri, storage_options=self._options)
        write_deltalake(table, rows, mode="append")
        self._table = table


def _make(uri: str, schema: pa.Schema, storage_options: dict[str, str] | None) -> None:
    """Make a table where there is none."""
    if not table_exists(uri, storage_options=storage_options):
        # Another process may have made it meanwhile; what is appended says what is really wrong if that was not it.
        with suppress(DeltaError, OSError):
            DeltaTable.create(uri, schema, mode="ignore", storage_options=storage_options)


def delete_for_good(uri: str, predicates: Sequence[str], *, storage_options: dict[str, str] | None = None) -> None:
    """Delete rows, the files that held them, and the log entries that name their values; older versions cannot be read any more.

    A log entry keeps the smallest and largest values of each file and the predicate of each deletion, so that the log is cut at a
    checkpoint of what is left.
    """
    table = open_table(uri, storage_options=storage_options)
    for predicate in predicates:
        table.delete(predicate)
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    table.alter.set_table_properties({_LOG_RETENTION: "interval 0 days"})
    table = open_table(uri, storage_options=storage_options)
    table.create_checkpoint()
    table.cleanup_metadata()
    table.alter.set_table_properties({_LOG_RETENTION: "interval 30 days"})
