"""Owns the question what is new: which transactions and rows of files just read the history does not hold yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from claims.history.ledger import LoadedFile
from claims.history.pending import PendingFile, transaction_size
from claims.history.store import HistoryStore
from claims.history.transactions import control_key, tables_of, transaction_tables, without_known
from claims.imports.kinds import CsvKind
from claims.imports.reader import CsvBatch, row_table
from claims.privacy import PersonHasher
from claims.x12.transactions import Transaction


@dataclass(kw_only=True)
class FreshRows:
    """What of a batch of files is new, and how many units of each file were accepted."""

    transactions: list[Transaction] = field(default_factory=list)
    csv_rows: dict[str, tuple[CsvKind, dict[str, tuple[object, ...]]]] = field(default_factory=dict)
    accepted: list[int] = field(default_factory=list)  # per file

    @property
    def identity(self) -> tuple[object, ...]:
        """Name the content, so that a second look can be compared with the first."""
        rows = tuple((name, tuple(rows)) for name, (_, rows) in self.csv_rows.items())
        sizes = tuple((transaction.content_key, transaction_size(transaction)) for transaction in self.transactions)
        return sizes, rows

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is new."""
        return not self.transactions and not any(rows for _, rows in self.csv_rows.values())

    def tables(self, hasher: PersonHasher) -> dict[str, pa.Table]:
        """Lay out the new rows."""
        tables = transaction_tables(self.transactions, hasher=hasher)
        for name, (kind, rows) in self.csv_rows.items():
            tables[name] = row_table(kind, list(rows), list(rows.values()))
        return {name: table for name, table in tables.items() if table.num_rows}


def select_fresh(files: Sequence[PendingFile], store: HistoryStore, *, hasher: PersonHasher) -> FreshRows:
    """Select what committed loads do not hold; of two equal transactions or rows in the batch, the first counts."""
    choice = _Choice(files, store, hasher)
    for file in files:
        choice.take(file)
    return choice.fresh


class _Choice:
    def __init__(self, files: Sequence[PendingFile], store: HistoryStore, hasher: PersonHasher) -> None:
        self.fresh = FreshRows()
        self._store, self._hasher = store, hasher
        transactions = [transaction for file in files for transaction in file.transactions]
        self._earlier: dict[str, set[str]] = {}  # control key -> source keys
        for source_key, control in _known_transactions(transactions, store):
            self._earlier.setdefault(control, set()).add(source_key)
        self._seen = {source_key for keys in self._earlier.values() for source_key in keys}
        self._seen_rows = _known_rows(files, store)

    def take(self, file: PendingFile) -> None:
        accepted = sum(self._take_transaction(transaction) for transaction in file.transactions)
        if file.csv is not None:
            accepted += self._take_rows(file.csv)
        self.fresh.accepted.append(accepted)

    def _take_transaction(self, transaction: Transaction) -> int:
        if transaction.content_key in self._seen:
            return 0
        self._seen.add(transaction.content_key)
        earlier = self._earlier.get(control_key(transaction))
        if earlier:
            rows = _rows_of(self._store, transaction.kind, earlier)
            transaction = without_known(transaction, rows, hasher=self._hasher)
        self.fresh.transactions.append(transaction)
        return transaction_size(transaction)

    def _take_rows(self, batch: CsvBatch) -> int:
        name = batch.kind.name
        _, rows = self.fresh.csv_rows.setdefault(name, (batch.kind, {}))
        count, known = len(rows), self._seen_rows[name]
        rows.update((key, row) for key, row in zip(batch.keys, batch.rows, strict=True) if key not in known)
        return len(rows) - count


def loaded_files(files: Sequence[PendingFile], accepted: Iterable[int]) -> list[LoadedFile]:
    """List the files that need no second look: those of which nothing was refused."""
    return [
        LoadedFile(sha256=file.sha256, kind=file.kind, accepted=count, already_known=found_count(file) - count)
        for file, count in zip(files, accepted, strict=True)
        if not file.refused and not file.loaded
    ]


def found_count(file: PendingFile) -> int:
    """Count what a file holds besides what was refused."""
    if file.loaded:
        return file.loaded.accepted + file.loaded.already_known
    return sum(transaction_size(t) for t in file.transactions) + (len(file.csv.rows) if file.csv else 0)


def _known_transactions(transactions: Sequence[Transaction], store: HistoryStore) -> list[tuple[str, str]]:
    """List source key and control key of known transactions that share either with one of these."""
    if not transactions:
        return []
    keys = pa.array([transaction.content_key for transaction in transactions], pa.string())
    controls = pa.array([control_key(transaction) for transaction in transactions], pa.string())
    found: list[tuple[str, str]] = []
    for batch in store.reader("transactions", columns=["source_key", "control_key"]):
        same = pc.or_(pc.is_in(batch.column(0), value_set=keys), pc.is_in(batch.column(1), value_set=controls))
        kept = batch.filter(same)
        found += zip(kept.column(0).to_pylist(), kept.column(1).to_pylist(), strict=True)
    return found


def _known_rows(files: Sequence[PendingFile], store: HistoryStore) -> dict[str, set[str]]:
    candidates: dict[str, list[str]] = {}
    for file in files:
        if file.csv is not None:
            candidates.setdefault(file.csv.kind.name, []).extend(file.csv.keys)
    known = {}
    for name, keys in candidates.items():
        wanted = pa.array(keys, pa.string())
        found: set[str] = set()
        for batch in store.reader(name, columns=["source_key"]):
            found.update(batch.column(0).filter(pc.is_in(batch.column(0), value_set=wanted)).to_pylist())
        known[name] = found
    return known


def _rows_of(store: HistoryStore, kind: str, source_keys: set[str]) -> dict[str, pa.Table]:
    wanted = pa.array(sorted(source_keys), pa.string())
    tables = {}
    for name in tables_of([kind]):
        rows = store.read(name)
        tables[name] = rows.filter(pc.is_in(rows["source_key"], value_set=wanted))
    return tables
