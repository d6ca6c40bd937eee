"""Owns damage to bytes of any kind: cut, double, overwrite, flip, truncate, re-encode. Deterministic for a seeded `Random`."""

from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random], bytes]
LARGEST = 64 * 1024  # bytes that a mutant may grow to, so that a campaign's time goes into many inputs
_LONGEST_PIECE = 60
_ODD_BYTES = (b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1a", b"\x7f", b"\xc3", b"\xed\xa0\x80", b"\r", b"\n", b"\t", b'"')


def _piece(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.randint(0, _LONGEST_PIECE))


def cut(data: bytes, random: Random) -> bytes:
    """Take a piece out."""
    start, stop = _piece(data, random)
    return data[:start] + data[stop:]


def double(data: bytes, random: Random) -> bytes:
    """Say a piece twice."""
    start, stop = _piece(data, random)
    return data[:stop] + data[start:stop] + data[stop:]


def overwrite(data: bytes, random: Random) -> bytes:
    """Put arbitrary bytes in the place of a piece."""
    start, stop = _piece(data, random)
    return data[:start] + random.randbytes(random.randint(0, 20)) + data[stop:]


def flip(data: bytes, random: Random) -> bytes:
    """Flip one bit."""
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def truncate(data: bytes, random: Random) -> bytes:
    """Stop in the middle."""
    return data[: random.randint(0, len(data))]


def move(data: bytes, random: Random) -> bytes:
    """Put a piece elsewhere."""
    start, stop = _piece(data, random)
    rest = data[:start] + data[stop:]
    to = random.randint(0, len(rest))
    return rest[:to] + data[start:stop] + rest[to:]


def add_odd_byte(data: bytes, random: Random) -> bytes:
    """Insert a byte that text should not hold: NUL, a stray byte order mark, half a character, a control character."""
    at = random.randint(0, len(data))
    return data[:at] + random.choice(_ODD_BYTES) + data[at:]


def reencode(data: bytes, random: Random) -> bytes:
    """Write the same text in another encoding."""
    text = data.decode("latin-1")
    return text.encode(random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8", "utf-8-sig", "utf-7")))


def enlarge(data: bytes, random: Random) -> bytes:
    """Repeat one byte thousands of times."""
    at = random.randint(0, len(data))
    byte = data[at : at + 1] or b"A"
    return data[:at] + byte * random.choice((64, 1024, 16 * 1024)) + data[at:]


BYTE_MUTATIONS: tuple[Mutation, ...] = (
    cut, double, overwrite, flip, truncate, move, add_odd_byte, add_odd_byte, reencode, enlarge,
)  # fmt: skip


def mutate(
    data: bytes, random: Random, *, mutations: tuple[Mutation, ...], rarely: tuple[Mutation, ...] = BYTE_MUTATIONS
) -> bytes:
    """Apply one to four mutations that know the format, and now and then one of bytes."""
    for _ in range(random.randint(1, 4)):
        chosen = rarely if random.random() < 0.25 else mutations
        data = random.choice(chosen)(data, random)[:LARGEST]  # four repetitions of all in a row would fill the memory
    return data
