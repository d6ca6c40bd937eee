"""Owns damage that knows CSV, and damage that knows the JSON of claims."""

import json
from random import Random

from benchmarks.fuzzing.byte_mutations import Mutation

_CELLS = (
    "", " ", "0", "-1", "1e400", "1E-400", "NaN", "sNaN", "Infinity", "-0", "1_000", "１２", "٣", "0x10", "1,5", "9" * 13,
    "9" * 400, "0.001",
    "2026-02-30", "2026-W01-1", "2026W011", "0001-01-01", "9999-12-31", "20260101", "2026-01-01T25:00", "2026-01-01T10:00:00Z",
    "31/12/2026",
    "active", "PENDING", "overturned", "A" * 5000, 'he said "no"', "line\nbreak", "\0", "\u202e", "\U0001f48a", "=1+1",
    "\ufeff", "\x1f",
)  # fmt: skip
_VALUES: tuple[object, ...] = (
    None, True, 0, -1, 1.5, 10**30, 1e308, float("nan"), float("inf"), "", " ", "A" * 31, "9" * 400, "0001-01-01",
    "9999-12-31", "2026-02-30",
    "\ud800", "\0", "\u202e", [], {}, [[]], [None], {"a": 1}, "1e400", "0.001", "-0", "2025-06-30", "2025-06-30T00:00:00Z",
    1751241600,
)  # fmt: skip


def _rows(data: bytes) -> list[list[str]]:
    return [line.split(",") for line in data.decode("latin-1").split("\n")]


def _text(rows: list[list[str]]) -> bytes:
    return "\n".join(",".join(row) for row in rows).encode("utf-8", "replace")


def replace_cell(data: bytes, random: Random) -> bytes:
    """Give one cell a value at the edge of what it may hold, or past it."""
    rows = _rows(data)
    row = random.choice(rows)
    row[random.randrange(len(row))] = random.choice(_CELLS)
    return _text(rows)


def swap_columns(data: bytes, random: Random) -> bytes:
    """Let two columns change places, in every row or in one."""
    rows = _rows(data)
    width = min(len(row) for row in rows if row)
    one, other = random.randrange(width), random.randrange(width)
    for row in rows if random.random() < 0.5 else [random.choice(rows)]:
        row[one], row[other] = row[other], row[one]
    return _text(rows)


def add_or_drop_cells(data: bytes, random: Random) -> bytes:
    """Make one row longer or shorter."""
    rows = _rows(data)
    row = random.choice(rows)
    if random.random() < 0.5:
        row.extend([random.choice(_CELLS)] * random.choice((1, 2, 500)))
    else:
        del row[random.randrange(len(row)) :]
    return _text(rows)


def repeat_rows(data: bytes, random: Random) -> bytes:
    """Say a row many times."""
    rows = _rows(data)
    at = random.randrange(len(rows))
    return _text(rows[:at] + [rows[at]] * random.choice((2, 30, 300)) + rows[at:])


def change_separator(data: bytes, random: Random) -> bytes:
    """Separate cells by another character, in the header alone or everywhere."""
    other = random.choice((b";", b"\t", b"|", b":", b",,"))
    return data.replace(b",", other, -1 if random.random() < 0.7 else data.split(b"\n")[0].count(b","))


def quote(data: bytes, random: Random) -> bytes:
    """Put quotes where they may stand or not."""
    at = random.randint(0, len(data))
    return data[:at] + random.choice((b'"', b'""', b'"\n"', b'",', b"'")) + data[at:]


def _places(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path]
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        found += _places(child, (*path, key))
    return found


def _replace(node: object, path: tuple[str | int, ...], value: object) -> object:
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)  # type: ignore[call-overload]
    copy[path[0]] = _replace(copy[path[0]], path[1:], value)
    return copy


def change_json(data: bytes, random: Random) -> bytes:
    """Replace one value of a JSON text, add a key, repeat a list, or nest it."""
    try:
        node = json.loads(data)
    except (ValueError, RecursionError):
        return data
    path = random.choice(_places(node))
    value = random.choice(_VALUES)
    match random.randrange(4):
        case 0 | 1:
            node = _replace(node, path, value)
        case 2:
            node = [node] * random.choice((0, 1, 2, 20))
        case _:
            node = _replace(node, path, {"unknown": value})
    return json.dumps(node).encode()


def nest_json(data: bytes, random: Random) -> bytes:
    """Put a value deep inside brackets."""
    depth = random.choice((10, 500, 20_000))
    return b"[" * depth + data + b"]" * (depth if random.random() < 0.5 else 0)


CSV_MUTATIONS: tuple[Mutation, ...] = (
    replace_cell, replace_cell, replace_cell, replace_cell, swap_columns, add_or_drop_cells, repeat_rows, change_separator, quote,
)  # fmt: skip
JSON_MUTATIONS: tuple[Mutation, ...] = (change_json,) * 12 + (nest_json,)
