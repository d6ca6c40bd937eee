"""Owns unpacking: a plain file, a .gz, or a .zip of several, told apart by content. Refuses what would fill the memory."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from claims.errors import UnreadableFile

LARGEST_UNPACKED_BYTES = 2 * 1024**3  # of all members together
LARGEST_RATIO = 250  # X12 text packs 5 to 60 times, a bomb a thousand times
RATIO_FREE_BYTES = 16 * 1024**2  # below this no ratio is suspicious: a file of one repeated claim packs well
MOST_MEMBERS = 10_000
_READ_BYTES = 1024**2
_PACKED_BYTES = 16 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others ask for memory before a byte is read, and nobody sends them
_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP_WINDOW = zlib.MAX_WBITS | 16
_RAW_WINDOW = -zlib.MAX_WBITS
_LOCAL_HEADER_BYTES = 30


def unpack(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file inside `path`, itself if it is no archive; a member is named `archive:member`.

    Raises: UnreadableFile, for a damaged or encrypted archive and for one that unpacks beyond the limits.
    """
    try:
        with path.open("rb") as handle:
            head = handle.read(4)
        if head[:2] == _GZIP_MAGIC:
            yield path.name, _gunzip(path)
        elif head in _ZIP_MAGICS:
            yield from _unzip(path)
        else:
            yield path.name, path.read_bytes()
    except OSError as fault:
        raise UnreadableFile(path.name, expected="a readable file", got=fault.strerror or type(fault).__name__) from fault


def unpack_head(head: bytes, *, size: int = 4096) -> bytes:
    """Unpack the beginning of a .gz, or of the first member of a .zip; anything else comes back as it is."""
    try:
        if head[:2] == _GZIP_MAGIC:
            return zlib.decompressobj(_GZIP_WINDOW).decompress(head, size)
        if head[:4] == _ZIP_MAGICS[0] and len(head) > _LOCAL_HEADER_BYTES:
            method = int.from_bytes(head[8:10], "little")
            start = _LOCAL_HEADER_BYTES + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
            return head[start:] if method == 0 else zlib.decompressobj(_RAW_WINDOW).decompress(head[start:], size)
    except zlib.error:
        return b""
    return head


class _Limit:
    """Counts what one archive unpacks to."""

    def __init__(self, path: Path) -> None:
        self._file = path.name
        self._packed = max(path.stat().st_size, 1)
        self._unpacked = 0

    def count(self, size: int) -> None:
        self._unpacked += size
        if self._unpacked > LARGEST_UNPACKED_BYTES:
            raise UnreadableFile(self._file, expected=f"at most {LARGEST_UNPACKED_BYTES} bytes unpacked", got="more")
        if self._unpacked > RATIO_FREE_BYTES and self._unpacked > LARGEST_RATIO * self._packed:
            raise UnreadableFile(self._file, expected=f"at most {LARGEST_RATIO} bytes unpacked for each packed", got="more")


def _gunzip(path: Path) -> bytes:
    """Unpack every gzip member of a file, one after the other."""
    limit = _Limit(path)
    parts: list[bytes] = []
    try:
        with path.open("rb") as packed:
            is_whole = _gunzip_members(packed, parts, limit)
    except zlib.error as fault:
        raise UnreadableFile(path.name, expected="a whole gzip file", got="a damaged one") from fault
    if not is_whole:
        raise UnreadableFile(path.name, expected="a whole gzip file", got="a truncated one")
    return b"".join(parts)


def _gunzip_members(packed: BinaryIO, parts: list[bytes], limit: _Limit) -> bool:
    """Unpack members into `parts`; tells whether the last one ended. Zeros between members are padding.

    Works on pieces of the file: what one step leaves over is copied, so that a whole file at a time would cost its square.
    """
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    while piece := packed.read(_PACKED_BYTES):
        while piece:
            if unpacker.eof:
                piece = piece.lstrip(b"\0")
                if not piece:
                    break
                unpacker = zlib.decompressobj(_GZIP_WINDOW)
            part = unpacker.decompress(piece, _READ_BYTES)
            limit.count(len(part))
            parts.append(part)
            piece = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    parts.append(unpacker.flush())
    return unpacker.eof


def _unzip(path: Path) -> Iterator[tuple[str, bytes]]:
    limit = _Limit(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.filename.endswith("/")]
            if len(members) > MOST_MEMBERS:
                raise UnreadableFile(path.name, expected=f"at most {MOST_MEMBERS} members", got=str(len(members)))
            for member in members:
                yield f"{path.name}:{member.filename}", _read_member(archive, member, path.name, limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as fault:
        raise UnreadableFile(path.name, expected="a whole zip archive", got=f"a damaged one ({type(fault).__name__})") from fault


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str, limit: _Limit) -> bytes:
    if member.flag_bits & 1:
        raise UnreadableFile(file, expected="an archive without a password", got="an encrypted member")
    if member.compress_type not in _METHODS:
        raise UnreadableFile(file, expected="members stored or deflated", got=f"method {member.compress_type}")
    parts = []
    with archive.open(member) as packed:
        while part := packed.read(_READ_BYTES):
            limit.count(len(part))
            parts.append(part)
    return b"".join(parts)
