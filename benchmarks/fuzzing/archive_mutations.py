"""Owns hostile archives: packed seeds, nested and recursive ones, wrong sizes and checksums, bombs that stay small on disk."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from random import Random

from benchmarks.fuzzing.byte_mutations import BYTE_MUTATIONS, Mutation, mutate

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_NAMES = (
    "a.837",
    "../../escape.837",
    "/etc/passwd",
    "truth/x.csv",
    "__MACOSX/a",
    ".hidden",
    "a" * 300,
    "dir/",
    "nul\0name",
    "ä.835",
    "a.zip",
)
_BOMB_BYTES = 4 * 1024**2  # what a bomb of a campaign unpacks to


def pack(data: bytes, random: Random) -> bytes:
    """Pack bytes as a gzip of one or several members, or a zip by any method."""
    match random.randrange(4):
        case 0:
            return gzip.compress(data, mtime=0)
        case 1:
            return b"".join(gzip.compress(part, mtime=0) for part in (data[:100], data[100:], b"")) + b"\0" * random.randint(
                0, 20
            )
        case _:
            return _zip([(random.choice(_NAMES), data) for _ in range(random.choice((0, 1, 1, 2, 20)))], random)


def _zip(members: list[tuple[str, bytes]], random: Random) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", random.choice(_METHODS)) as packed:
        for number, (name, data) in enumerate(members):
            packed.writestr(zipfile.ZipInfo(f"{number}{name}", date_time=(1980, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()


def nest(data: bytes, random: Random) -> bytes:
    """Pack a pack."""
    for _ in range(random.randint(1, 4)):
        data = pack(data, random)
    return data


def bomb(data: bytes, random: Random) -> bytes:
    """Pack megabytes of one byte."""
    return pack(bytes(_BOMB_BYTES) if random.random() < 0.5 else data[:50] + b"~" * _BOMB_BYTES, random)


def wrong_stream(data: bytes, random: Random) -> bytes:
    """Begin like an archive and go on otherwise."""
    heads = (b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", b"PK\x03\x04", b"PK\x05\x06", b"PK\x03\x04" + b"\0" * 26)
    streams = (data, zlib.compress(data), bz2.compress(data), lzma.compress(data), random.randbytes(60))
    return random.choice(heads) + random.choice(streams)


def change_number(data: bytes, random: Random) -> bytes:
    """Write another number into a record of a zip: a size, an offset, a method, a flag, a count."""
    places = [at for magic in (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06") if (at := data.find(magic)) >= 0]
    if not places:
        return data
    at = random.choice(places) + random.randint(4, 45)
    number = random.choice((0, 1, 8, 12, 14, 99, 0xFFFF, 0xFFFFFFFF, 0x80000000, random.getrandbits(32)))
    width = random.choice((2, 4))
    return data[:at] + (number & (1 << 8 * width) - 1).to_bytes(width, "little") + data[at + width :]


_AFTER: tuple[Mutation, ...] = (change_number, change_number, change_number)
_MAKERS: tuple[Mutation, ...] = (pack,) * 12 + (nest, nest, wrong_stream, wrong_stream)


def hostile_archive(data: bytes, random: Random) -> bytes:
    """Pack a seed in some way and damage what came out."""
    packed = bomb(data, random) if random.random() < 0.002 else random.choice(_MAKERS)(data, random)
    return packed if random.random() < 0.2 else mutate(packed, random, mutations=_AFTER, rarely=BYTE_MUTATIONS)
