"""Owns the Delta tables of the history: append-only, versioned, every row of a load visible at once or not at all.

Nothing here reads a clock: callers pass the time in. Row order is no part of the contract; compaction changes it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from claims.history import delta
from claims.history import ledger as ledgers
from claims.history.ledger import Ledger, LoadedFile
from claims.history.schema import SCHEMAS

STALE_AFTER = timedelta(hours=1)  # a load that began this long ago and was never committed is taken for killed
FILES_BEFORE_COMPACTION = 24
TARGET_FILE_BYTES = 128 * 1024 * 1024
KEEP_OLD_FILES_HOURS = 168  # readers that began on an older version of a table keep their files for a week


class HistoryStore:
    """The history at a folder or object store URL, as of now or as of a `version` that was noted earlier."""

    def __init__(self, uri: str, *, version: str | None = None, storage_options: dict[str, str] | None = None) -> None:
        self.uri = uri.rstrip("/")
        self._pinned = version
        self._options = storage_options
        self._pinned_loads: tuple[str, ...] | None = None

    def pinned(self) -> "HistoryStore":
        """Give this history as it stands now: all reads through it see the same loads, whatever is committed meanwhile."""
        ledger = self.ledger()
        version = self._pinned or ledger.version
        store = HistoryStore(self.uri, version=version, storage_options=self._options)
        store._pinned_loads = ledger.at(version)
        return store

    def read(self, table: str, *, columns: Sequence[str] | None = None, before: date | None = None) -> pa.Table:
        """Read the rows of committed loads that were known before the day `before` (strictly; `None` = all)."""
        return self.reader(table, columns=columns, before=before).read_all()

    def reader(self, table: str, *, columns: Sequence[str] | None = None, before: date | None = None) -> pa.RecordBatchReader:
        """Stream what `read` reads, batch by batch, for a history that is larger than memory."""
        schema = SCHEMAS[table]
        names = list(columns) if columns is not None else schema.names
        wanted = pa.schema([schema.field(name) for name in names])
        loads = self._visible_loads()
        if not loads or not self._exists(table):
            return wanted.empty_table().to_reader()
        condition = None if before is None else ds.field("known_on") < pa.scalar(before, pa.date32())
        scanner = delta.scan(self._open(table), self._table_uri(table)).scanner(columns=[*names, "load_id"], filter=condition)
        return pa.RecordBatchReader.from_batches(wanted, _committed_rows(scanner.to_batches(), loads, wanted))

    def version(self) -> str:
        """Name what a reader sees now; the same name again means the same rows, whatever was loaded since."""
        return self._pinned or self.ledger().version

    def ledger(self) -> Ledger:
        """Read which loads were decided."""
        return ledgers.read_ledger(self._table_uri("loads"), storage_options=self._options)

    def write(self, tables: Mapping[str, pa.Table], *, now: datetime) -> str:
        """Write the rows of a new load, invisible until `commit`; returns its id."""
        load_id = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:12]}"
        ledgers.note(self._table_uri("loads"), load_id, ledgers.STARTED, at=now, storage_options=self._options)
        for name, rows in tables.items():
            if rows.num_rows:
                stamped = rows.set_column(0, SCHEMAS[name].field("load_id"), pa.repeat(pa.scalar(load_id), rows.num_rows))
                delta.append(self._table_uri(name), stamped, storage_options=self._options)
        return load_id

    def commit(
        self,
        tables: Mapping[str, pa.Table] | str,
        *,
        now: datetime,
        ledger: Ledger | None = None,
        files: Sequence[LoadedFile] = (),
    ) -> str:
        """Make a load visible, all its rows at once; returns its id.

        `tables` are new rows or the id of a load that `write` wrote. `ledger` is what the caller compared its rows with.

        Raises: LoadConflict, if another load was decided since `ledger` was read; the rows stay invisible.
        """
        load_id = tables if isinstance(tables, str) else self.write(tables, now=now)
        basis = ledger if ledger is not None and ledger.table is not None else self.ledger()
        if ledger is not None and basis.sequence != ledger.sequence:
            raise ledgers.LoadConflict(load_id)
        ledgers.decide(basis, [load_id], ledgers.COMMITTED, at=now, files=files)
        return load_id

    def sweep(self, *, now: datetime, stale_after: timedelta = STALE_AFTER) -> int:
        """Remove the rows of loads that were killed; returns how many loads.

        A load is abandoned in the ledger first, so that one which is merely slow can no longer be committed.
        """
        ledger = self.ledger()
        orphans = sorted({load_id for load_id, began_at in ledger.orphans if began_at <= now - stale_after})
        if not orphans:
            return 0
        try:
            ledgers.decide(ledger, orphans, ledgers.ABANDONED, at=now)
        except ledgers.LoadConflict:
            return 0  # somebody else is at work; the next ingest sweeps
        listed = ", ".join(f"'{load_id}'" for load_id in orphans)
        for table in SCHEMAS:
            if self._exists(table) and not self._remove(table, f"load_id IN ({listed})"):
                return 0
        for load_id in orphans:
            ledgers.note(self._table_uri("loads"), load_id, ledgers.SWEPT, at=now, storage_options=self._options)
        return len(orphans)

    def compact(self) -> list[str]:
        """Merge the small files of tables that have gathered many; returns the tables' names."""
        merged = []
        for name in (*SCHEMAS, "loads"):
            if not self._exists(name):
                continue
            table = self._open(name)
            if len(table.file_uris()) < FILES_BEFORE_COMPACTION:
                continue
            try:
                table.optimize.compact(target_size=TARGET_FILE_BYTES)
                table.vacuum(retention_hours=KEEP_OLD_FILES_HOURS, dry_run=False, full=True)
            except CommitFailedError:
                continue  # another process compacts; nothing is lost
            merged.append(name)
        return merged

    def _visible_loads(self) -> tuple[str, ...]:
        if self._pinned_loads is not None:
            return self._pinned_loads
        ledger = self.ledger()
        return ledger.committed if self._pinned is None else ledger.at(self._pinned)

    def _remove(self, table: str, predicate: str) -> bool:
        try:
            self._open(table).delete(predicate)
        except CommitFailedError:
            return False
        return True

    def _exists(self, table: str) -> bool:
        return delta.table_exists(self._table_uri(table), storage_options=self._options)

    def _open(self, table: str) -> DeltaTable:
        return delta.open_table(self._table_uri(table), storage_options=self._options)

    def _table_uri(self, table: str) -> str:
        return f"{self.uri}/{table}"


def _committed_rows(batches: Iterable[pa.RecordBatch], loads: Sequence[str], wanted: pa.Schema) -> Iterator[pa.RecordBatch]:
    # Not a filter of the scanner: Arrow 25 cannot compare a text filter with the statistics of files that Delta rewrote.
    visible = pa.array(loads, pa.string())
    for batch in batches:
        kept = batch.filter(pc.is_in(batch.column(batch.num_columns - 1).cast(pa.string()), value_set=visible))
        if kept.num_rows:
            yield kept.select(list(range(len(wanted)))).cast(wanted)
