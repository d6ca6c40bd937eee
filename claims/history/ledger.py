"""Owns the ledger of loads: the one table whose rows decide which other rows exist.

A load writes its rows to the tables first and its `committed` row here last, in one atomic Delta commit. Readers see only rows
of committed loads, so a load killed at any moment is as if it had never begun. Two loads that commit at the same time are told
apart by Delta itself: every deciding commit carries the same application id, and Delta refuses the second one (`LoadConflict`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError

from claims.errors import ClaimsError
from claims.history import delta

APPLICATION = "denials-ingest"
STARTED, COMMITTED, ABANDONED, SWEPT = "started", "committed", "abandoned", "swept"

LEDGER_SCHEMA = pa.schema(
    [
        ("load_id", pa.string()),
        ("status", pa.string()),
        ("sequence", pa.int64()),  # 1, 2, 3 ... over deciding rows; 0 where a row decides nothing
        ("at", pa.timestamp("us", tz="UTC")),
        (
            "files",
            pa.list_(
                pa.struct(
                    [("sha256", pa.string()), ("kind", pa.string()), ("accepted", pa.int64()), ("already_known", pa.int64())]
                )
            ),
        ),
    ]
)


class LoadConflict(ClaimsError):
    """Another load was decided since the ledger was read: read it again, drop what has become known, then commit."""

    def __init__(self, load_id: str) -> None:
        super().__init__(f"load {load_id}: expected to be the next load of the history, got overtaken by another one")
        self.load_id = load_id


class UnknownVersion(ClaimsError):
    """The history never had this version."""

    def __init__(self, version: str) -> None:
        super().__init__(f"history version {version}: expected one that `HistoryStore.version` gave, got another")
        self.version = version


@dataclass(frozen=True, kw_only=True)
class LoadedFile:
    """One file that a load brought in whole, nothing of it refused: the same bytes need no second look."""

    sha256: str
    kind: str
    accepted: int
    already_known: int


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The ledger at one moment."""

    committed: tuple[str, ...]  # load ids, in the order in which they were decided
    abandoned: frozenset[str]  # loads that may no longer be committed
    orphans: tuple[tuple[str, datetime], ...]  # loads begun, not committed and not swept, with the time of their start
    sequence: int
    uri: str
    table: DeltaTable | None
    committed_at: Mapping[str, datetime] = field(default_factory=dict)  # of each committed load

    @property
    def version(self) -> str:
        """Name the set of committed loads: how many there are and a hash over their ids."""
        return _version(self.committed)

    def at(self, version: str) -> tuple[str, ...]:
        """List the loads that stood committed when `version` was noted.

        Raises: UnknownVersion, if this history never had it.
        """
        count = version.partition("-")[0]
        loads = self.committed[: int(count)] if count.isdigit() else ()
        if _version(loads) != version:
            raise UnknownVersion(version)
        return loads


def read_ledger(uri: str, *, storage_options: dict[str, str] | None = None) -> Ledger:
    """Read which loads were decided."""
    if not delta.table_exists(uri, storage_options=storage_options):
        return Ledger(committed=(), abandoned=frozenset(), orphans=(), sequence=0, uri=uri, table=None)
    table = delta.open_table(uri, storage_options=storage_options)
    rows = delta.scan(table, uri).to_table(columns=["load_id", "status", "sequence", "at"]).to_pylist()
    rows.sort(key=lambda row: row["sequence"])
    settled = {row["load_id"] for row in rows if row["status"] in {COMMITTED, SWEPT}}
    begun = [(row["load_id"], row["at"]) for row in rows if row["status"] == STARTED]
    return Ledger(
        committed=tuple(row["load_id"] for row in rows if row["status"] == COMMITTED),
        abandoned=frozenset(row["load_id"] for row in rows if row["status"] == ABANDONED),
        orphans=tuple(sorted((load_id, at) for load_id, at in begun if load_id not in settled)),
        sequence=max((row["sequence"] for row in rows), default=0),
        uri=uri,
        table=table,
        committed_at={row["load_id"]: row["at"] for row in rows if row["status"] == COMMITTED},
    )


def read_loaded_files(ledger: Ledger) -> list[LoadedFile]:
    """List the files that committed loads brought in whole."""
    if ledger.table is None:
        return []
    table = delta.scan(ledger.table, ledger.uri).to_table(columns=["status", "files"])
    committed = table.filter(pc.equal(table["status"], COMMITTED))
    return [LoadedFile(**item) for items in committed["files"].to_pylist() for item in items or ()]


def note(uri: str, load_id: str, status: str, *, at: datetime, storage_options: dict[str, str] | None = None) -> None:
    """Append a row that decides nothing: a load has begun, or an abandoned one was swept."""
    delta.append(uri, _ledger_rows([load_id], status, sequence=0, at=at), storage_options=storage_options)


def decide(
    ledger: Ledger,
    load_ids: Sequence[str],
    status: str,
    *,
    at: datetime,
    files: Sequence[LoadedFile] = (),
) -> None:
    """Commit or abandon loads, provided that nothing was decided since `ledger` was read.

    Raises: LoadConflict, if something was.
    """
    if ledger.table is None or (status == COMMITTED and not ledger.abandoned.isdisjoint(load_ids)):
        raise LoadConflict(load_ids[0])
    sequence = ledger.sequence + 1
    rows = _ledger_rows(load_ids, status, sequence=sequence, at=at, files=files)
    # Delta refuses a commit when a commit since the snapshot bears the same application id.
    properties = CommitProperties(app_transactions=[Transaction(APPLICATION, sequence)])
    try:
        write_deltalake(ledger.table, rows, mode="append", commit_properties=properties)
    except CommitFailedError as error:
        raise LoadConflict(load_ids[0]) from error


def _version(loads: Sequence[str]) -> str:
    return f"{len(loads)}-{sha256(' '.join(loads).encode()).hexdigest()[:12]}"


def _ledger_rows(
    load_ids: Sequence[str],
    status: str,
    *,
    sequence: int,
    at: datetime,
    files: Sequence[LoadedFile] = (),
) -> pa.Table:
    return pa.table(
        {
            "load_id": list(load_ids),
            "status": [status] * len(load_ids),
            "sequence": [sequence] * len(load_ids),
            "at": [at] * len(load_ids),
            "files": [[vars(file) for file in files]] * len(load_ids),
        },
        schema=LEDGER_SCHEMA,
    )
