"""Owns a file that was read and not yet loaded, whatever its kind; reading it is the only thing done here."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from claims.errors import Rejection, UnreadableFile
from claims.fhir.files import looks_like_json, read_fhir, write_pieces
from claims.fhir.resources import UnfitResource
from claims.history.fitness import refuse_unfit
from claims.history.ledger import LoadedFile
from claims.history.quarantine import Refused, cut_csv, cut_x12
from claims.imports.mapping.export import export_header, read_export
from claims.imports.mapping.known_mappings import KnownMappings
from claims.imports.mapping.mapping import Mapping, missing_columns
from claims.imports.reader import CsvBatch, UnknownCsv, read_csv
from claims.privacy import PersonHasher
from claims.x12 import looks_like_x12, parse_x12
from claims.x12.transactions import ClaimTransaction, RemittanceTransaction, Transaction

UNKNOWN = "unknown"
MAPPED = "mapped"
FHIR = "FHIR"


@dataclass(frozen=True, kw_only=True)
class PendingFile:
    """One file as read: its transactions or its CSV rows, and what was refused of it."""

    name: str
    sha256: str
    size: int
    kind: str
    transactions: tuple[Transaction, ...] = ()
    csv: CsvBatch | None = None
    refused: Refused | None = None
    notes: tuple[str, ...] = ()
    loaded: LoadedFile | None = None  # the same bytes were loaded before, nothing refused

    @property
    def refused_count(self) -> int:
        """Count the refused claims, answers or rows."""
        return self.refused.count if self.refused else 0

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """List why."""
        return self.refused.rejections if self.refused else ()


def transaction_size(transaction: Transaction) -> int:
    """Count what a receipt counts: claims of an 837, CLPs of an 835, answers of a 277CA or 999."""
    if isinstance(transaction, ClaimTransaction):
        return len(transaction.claims)
    if isinstance(transaction, RemittanceTransaction):
        return len(transaction.remittances)
    return len(transaction.acknowledgments)


def read_pending(
    name: str, data: bytes, *, hasher: PersonHasher, loaded: dict[str, LoadedFile], mappings: KnownMappings | None = None
) -> PendingFile:
    """Read a file by what it contains; bytes that were loaded whole before are not read again."""
    digest = sha256(data).hexdigest()
    known = loaded.get(digest)
    if known is not None:
        return PendingFile(name=name, sha256=digest, size=0, kind=known.kind, loaded=known)
    if looks_like_x12(data[:4096]):
        return _read_x12(name, data, digest)
    if not data.strip():
        return _refuse(name, digest, data, expected="X12 or CSV", got="an empty file")
    if looks_like_json(data[:4096]):
        return _read_fhir(name, data, digest)
    if b"\0" in data[:4096]:
        return _refuse(name, digest, data, expected="X12 or CSV text", got="binary data")
    return _read_csv(name, data, digest, hasher, mappings or KnownMappings())


def refuse_path(path: Path, *, expected: str, got: str) -> PendingFile:
    """Refuse a file that could not be read or unpacked; its bytes, if any, are kept as they are."""
    try:
        data = path.read_bytes()
    except OSError:
        data = b""
    return _refuse(path.name, sha256(data or path.name.encode()).hexdigest(), data, expected=expected, got=got)


def _refuse(name: str, digest: str, data: bytes, *, expected: str, got: str) -> PendingFile:
    rejection = Rejection(file=name, position=0, place="file", expected=expected, got=got)
    refused = Refused(rejections=(rejection,), content=data, suffix=".raw", count=1)
    return PendingFile(name=name, sha256=digest, size=len(data), kind=UNKNOWN, refused=refused)


def _read_x12(name: str, data: bytes, digest: str) -> PendingFile:
    try:
        batch = parse_x12(data, file=name)
    except UnreadableFile as error:
        return _refuse(name, digest, data, expected=error.expected, got=error.got)
    kinds = {transaction.kind for transaction in batch.transactions}
    screened = [refuse_unfit(transaction, file=name) for transaction in batch.transactions]
    rejected = (*batch.rejected, *(rejection for _, unfit in screened for rejection in unfit))
    accepted = sum(transaction_size(transaction) for transaction, _ in screened)
    return PendingFile(
        name=name,
        sha256=digest,
        size=len(data),
        kind="+".join(sorted(kinds)) or UNKNOWN,
        transactions=tuple(transaction for transaction, _ in screened),
        refused=cut_x12(data, rejected, accepted=accepted) if rejected else None,
        notes=tuple(str(warning) for warning in batch.warnings),
    )


def _read_csv(name: str, data: bytes, digest: str, hasher: PersonHasher, mappings: KnownMappings) -> PendingFile:
    header = export_header(data)
    missing = missing_columns(mappings.given, header) if mappings.given else ()
    if mappings.given and not missing:
        return _read_export(name, data, digest, mappings.given)
    batch = read_csv(data, file=name, hasher=hasher)
    if not isinstance(batch, UnknownCsv):
        return PendingFile(
            name=name,
            sha256=digest,
            size=len(data),
            kind=batch.kind.name,
            csv=batch,
            refused=cut_csv(batch.header, batch.refused) if batch.refused else None,
            notes=batch.notes,
        )
    if (fitting := mappings.fitting(header)) is not None:
        return _read_export(name, data, digest, fitting)
    rejection = batch.rejection
    if mappings.given:
        expected = f"every column of mapping {mappings.given.name}"
        rejection = replace(rejection, expected=expected, got=f"none called {', '.join(missing)}")
    refused = Refused(rejections=(rejection,), content=data, suffix=".raw", count=max(batch.row_count, 1))
    return PendingFile(name=name, sha256=digest, size=len(data), kind=UNKNOWN, refused=refused)


def _read_fhir(name: str, data: bytes, digest: str) -> PendingFile:
    try:
        found = read_fhir(data, file=name)
    except UnfitResource as error:
        return _refuse(name, digest, data, expected=error.faults[0].expected, got="another JSON")
    screened = [refuse_unfit(transaction, file=name) for transaction in found.transactions]
    unfit = [rejection for _, rejections in screened for rejection in rejections]
    reasons = (*found.rejected, *unfit)
    count = len(found.pieces) + len(unfit)
    pieces = write_pieces(found.pieces) if found.pieces else data
    return PendingFile(
        name=name,
        sha256=digest,
        size=len(data),
        kind=FHIR,
        transactions=tuple(transaction for transaction, _ in screened if transaction_size(transaction)),
        refused=Refused(rejections=reasons, content=pieces, suffix=".ndjson", count=count) if reasons else None,
    )


def _read_export(name: str, data: bytes, digest: str, mapping: Mapping) -> PendingFile:
    batch = read_export(data, mapping, file=name)
    screened = [refuse_unfit(transaction, file=name) for transaction in batch.transactions]
    unfit = tuple(rejection for _, rejections in screened for rejection in rejections)
    refused = cut_csv(batch.header, batch.refused) if batch.refused else None
    if unfit:
        pieces = refused.content if refused else b""
        count = len(batch.refused) + len(unfit)
        reasons = (*(refused.rejections if refused else ()), *unfit)
        refused = Refused(rejections=reasons, content=pieces, suffix=".csv", count=count)
    return PendingFile(
        name=name,
        sha256=digest,
        size=len(data),
        kind=f"{MAPPED} {mapping.name}",
        transactions=tuple(transaction for transaction, _ in screened if transaction_size(transaction)),
        refused=refused,
        notes=batch.notes,
    )
