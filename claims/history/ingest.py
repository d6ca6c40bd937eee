"""Owns the way of files into the history: read, drop what is known, quarantine what is refused, commit, say so.

Files are gathered into loads, since a Delta commit costs the same for one row as for many. A load is decided against the
ledger as it stood when the load was compared with it; when another ingest was faster, it is compared again. So two ingests
at once, on one machine or several, double nothing, and a killed one leaves nothing behind that a reader could see.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from claims.errors import UnreadableFile
from claims.history.files import list_files, open_file
from claims.history.known import found_count, loaded_files, select_fresh
from claims.history.ledger import LoadConflict, LoadedFile, read_loaded_files
from claims.history.pending import PendingFile, read_pending, refuse_path
from claims.history.quarantine import keep_refused, release
from claims.history.receipt import FileReceipt
from claims.history.store import HistoryStore
from claims.history.transactions import control_key
from claims.home import Home
from claims.imports.mapping.known_mappings import read_known
from claims.imports.mapping.mapping import Mapping
from claims.privacy import PersonHasher, load_or_create_key

LOAD_BYTES = 32 * 1024 * 1024
LOAD_FILES = 500

Progress = Callable[[int, int], None]  # files done, files in all


def ingest_paths(
    paths: Sequence[Path],
    *,
    home: Home,
    now: datetime,
    progress: Progress | None = None,
    store: HistoryStore | None = None,
    mapping: Mapping | None = None,
) -> list[FileReceipt]:
    """Bring files and folders into the history; one receipt per file, zip members apart.

    `store` stands for the history at `home.history_uri` unless given. `mapping` reads the exports whose columns it names;
    other files go their usual way, exports among them by the mappings that the home remembers.

    Raises: UnreadableFile, if a named path does not exist; MappingError, if a remembered mapping cannot be followed. A file
    that cannot be read is refused in its receipt.
    """
    listed = list_files(paths)
    intake = _Intake(home, store or HistoryStore(home.history_uri), now, mapping)
    receipts: list[FileReceipt] = []
    for done, path in enumerate(listed):
        if progress is not None:
            progress(done, len(listed))
        receipts += intake.take(path)
    receipts += intake.finish()
    if progress is not None:
        progress(len(listed), len(listed))
    return receipts


class _Intake:
    """One ingest: gathers files until they make a load."""

    def __init__(self, home: Home, store: HistoryStore, now: datetime, mapping: Mapping | None) -> None:
        self._mappings = read_known(home.mappings, given=mapping)
        self._home, self._store, self._now = home, store, now
        self._hasher = PersonHasher(load_or_create_key(home.person_key))
        self._store.sweep(now=now)
        self._loaded: dict[str, LoadedFile] = {file.sha256: file for file in read_loaded_files(store.ledger())}
        self._files: list[PendingFile] = []
        self._bytes = 0
        self._controls: dict[str, str] = {}  # control key -> source key, of the files gathered
        self._changed = False

    def take(self, path: Path) -> list[FileReceipt]:
        """Read a file and gather what it holds; gives receipts when that completed a load."""
        receipts: list[FileReceipt] = []
        try:
            for name, data in open_file(path):
                pending = read_pending(name, data, hasher=self._hasher, loaded=self._loaded, mappings=self._mappings)
                receipts += self._gather(pending)
        except UnreadableFile as error:
            receipts += self._gather(refuse_path(path, expected=error.expected, got=error.got))
        return receipts

    def _gather(self, file: PendingFile) -> list[FileReceipt]:
        receipts = self._settle() if self._corrects_gathered(file) else []
        self._files.append(file)
        self._bytes += file.size
        if self._bytes >= LOAD_BYTES or len(self._files) >= LOAD_FILES:
            receipts += self._settle()
        return receipts

    def finish(self) -> list[FileReceipt]:
        """Load what is left."""
        receipts = self._settle()
        if self._changed:
            self._store.compact()
        return receipts

    def _corrects_gathered(self, file: PendingFile) -> bool:
        """Tell whether a transaction gathered before stands here again with other content: that must load first."""
        found = {control_key(transaction): transaction.content_key for transaction in file.transactions}
        corrects = any(self._controls.get(control, content) != content for control, content in found.items())
        if corrects:
            self._controls.clear()
        self._controls |= found
        return corrects

    def _settle(self) -> list[FileReceipt]:
        files, self._files, self._bytes = self._files, [], 0
        if not files:
            return []
        for file in files:
            if file.refused:
                folder = self._home.quarantine
                keep_refused(folder, name=file.name, sha256=file.sha256, refused=file.refused, now=self._now)
        accepted = self._commit(files)
        for file in files:
            if not file.refused:
                release(self._home.quarantine, name=file.name, sha256=file.sha256)
        return [_receipt(file, count) for file, count in zip(files, accepted, strict=True)]

    def _commit(self, files: list[PendingFile]) -> list[int]:
        load_id, written = "", None
        while True:
            ledger = self._store.ledger()
            fresh = select_fresh(files, self._store, hasher=self._hasher)
            if fresh.is_empty:
                return fresh.accepted
            if fresh.identity != written or load_id in ledger.abandoned:
                load_id = self._store.write(fresh.tables(self._hasher), now=self._now)
                written = fresh.identity
            loaded = loaded_files(files, fresh.accepted)
            try:
                self._store.commit(load_id, now=self._now, ledger=ledger, files=loaded)
            except LoadConflict:
                continue
            self._loaded |= {file.sha256: file for file in loaded}
            self._changed = True
            return fresh.accepted


def _receipt(file: PendingFile, accepted: int) -> FileReceipt:
    return FileReceipt(
        file=file.name,
        kind=file.kind,
        accepted=accepted,
        refused=file.refused_count,
        already_known=found_count(file) - accepted,
        rejections=file.rejections,
        notes=file.notes,
    )
