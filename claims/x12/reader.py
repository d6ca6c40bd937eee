"""Owns reading a file: unpacking gzip and zip, and giving each transaction set to the reader of its kind."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from claims.errors import Rejection, UnreadableFile
from claims.x12.acknowledgment_reader import read_claim_acknowledgments, read_syntax_report
from claims.x12.claim_reader import read_claims
from claims.x12.remittance_reader import read_remittances
from claims.x12.segments import TransactionSet, decode, split_interchanges
from claims.x12.transactions import ParsedBatch, Transaction
from claims.x12.values import BadSegment

LARGEST_UNPACKED_BYTES = 2 * 1024**3
LARGEST_RATIO = 200  # X12 text packs 5 to 30 times; a bomb thousands of times
MOST_MEMBERS = 10_000
_READ_BYTES = 1024 * 1024
_KIND_OF_VERSION = {"X222": "837P", "X223": "837I", "X098": "837P", "X096": "837I"}


def looks_like_x12(head: bytes) -> bool:
    """Tell by content whether these first bytes (a few hundred) begin an interchange."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text[:3] == b"ISA" and len(text) > 3 and not text[3:4].isalnum()


def read_file(path: Path) -> ParsedBatch:
    """Read an X12 file, a .gz of one, or a .zip of several; names in messages are `path.name` and `archive:member`.

    Raises: UnreadableFile, when no interchange is in it or it unpacks beyond the limits.
    """
    batches = [parse_x12(data, file=name) for name, data in unpack(path)]
    return ParsedBatch(
        transactions=tuple(transaction for batch in batches for transaction in batch.transactions),
        rejected=tuple(rejection for batch in batches for rejection in batch.rejected),
        warnings=tuple(warning for batch in batches for warning in batch.warnings),
    )


def unpack(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file inside `path`, itself if it is no archive. Raises: UnreadableFile."""
    with path.open("rb") as handle:
        head = handle.read(4)
    try:
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                yield path.name, _read_limited(packed, path, packed_bytes=path.stat().st_size)
        elif head == b"PK\x03\x04":
            yield from _members(path)
        else:
            yield path.name, path.read_bytes()
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as fault:
        raise UnreadableFile(path.name, expected="a whole archive", got=f"a damaged one ({type(fault).__name__})") from fault


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > MOST_MEMBERS:
            raise UnreadableFile(path.name, expected=f"at most {MOST_MEMBERS} members", got=str(len(members)))
        for member in members:
            if member.flag_bits & 1:
                raise UnreadableFile(path.name, expected="an archive without a password", got="an encrypted member")
            with archive.open(member) as packed:
                yield f"{path.name}:{member.filename}", _read_limited(packed, path, packed_bytes=member.compress_size)


def _read_limited(packed: IO[bytes] | gzip.GzipFile, path: Path, *, packed_bytes: int) -> bytes:
    limit = min(LARGEST_UNPACKED_BYTES, max(_READ_BYTES, packed_bytes * LARGEST_RATIO))
    parts, size = [], 0
    while part := packed.read(_READ_BYTES):
        size += len(part)
        if size > limit:
            raise UnreadableFile(path.name, expected=f"at most {limit} bytes unpacked", got="more")
        parts.append(part)
    return b"".join(parts)


def parse_x12(data: bytes, *, file: str) -> ParsedBatch:
    """Read every transaction set of every interchange in `data`. What cannot be read is in `rejected`, nothing is lost.

    Raises: UnreadableFile, when there is no interchange at all.
    """
    if b"ISA" not in data:
        raise UnreadableFile(file, expected="an X12 interchange (ISA)", got="none")
    transactions: list[Transaction] = []
    rejected: list[Rejection] = []
    warnings: list[Rejection] = []
    for interchange in split_interchanges(decode(data), file=file):
        rejected += interchange.rejected
        warnings += interchange.warnings
        for transaction in interchange.sets:
            try:
                found, refused = _read_set(transaction, file=file)
            except BadSegment as fault:
                refused = [
                    Rejection(file=file, position=transaction.position, place=fault.place, expected=fault.expected, got=fault.got)
                ]
            else:
                transactions.append(found)
            rejected += refused
    return ParsedBatch(transactions=tuple(transactions), rejected=tuple(rejected), warnings=tuple(warnings))


def _read_set(transaction: TransactionSet, *, file: str) -> tuple[Transaction, list[Rejection]]:
    version = transaction.envelope.version
    if transaction.kind_code == "837":
        for guide, kind in _KIND_OF_VERSION.items():
            if guide in version:
                return read_claims(transaction, kind=kind, file=file)
        raise BadSegment(place="GS08 (guide)", expected="837P (X222) or 837I (X223)", got=_guide_name(version))
    if transaction.kind_code == "835":
        return read_remittances(transaction, file=file)
    if transaction.kind_code == "277" and "X214" in version:
        return read_claim_acknowledgments(transaction, file=file)
    if transaction.kind_code == "999":
        return read_syntax_report(transaction, file=file)
    place = "ST01 (transaction set)"
    if transaction.kind_code == "277":
        raise BadSegment(place="GS08 (guide)", expected="277CA (X214)", got=_guide_name(version))
    known = transaction.kind_code if transaction.kind_code.isdigit() and len(transaction.kind_code) == 3 else "another"
    raise BadSegment(place=place, expected="837, 835, 277 or 999", got=known)


def _guide_name(version: str) -> str:
    names = {"X224": "837D (X224)", "X097": "837D (X097)", "X212": "277 status (X212)", "X213": "277 request (X213)"}
    return next((name for guide, name in names.items() if guide in version), "another guide")
