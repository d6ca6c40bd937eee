"""Owns how a CSV file becomes rows: which kind its header means, which rows load and which are refused, line by line.

Member ids leave here as keyed hashes only. A row's `source_key` is a hash of what it says, not of how it is written: column
order, separators, quotes, blanks and the file's name change nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pyarrow as pa

from claims.errors import Rejection
from claims.history.schema import SCHEMAS
from claims.imports.cells import UnfitCell, read_date
from claims.imports.kinds import KNOWN_ON, Column, CsvKind, csv_kinds
from claims.imports.lines import csv_lines, decode
from claims.privacy import PersonHasher

PERSON_COLUMN = "subscriber_key"


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """A row that does not load: why, and its cells for the person who repairs it."""

    rejection: Rejection
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CsvBatch:
    """Both halves of a CSV file. `keys` and `rows` stand in file order; a row holds the columns of the kind, `known_on` first."""

    kind: CsvKind
    header: tuple[str, ...]
    keys: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    refused: tuple[RefusedRow, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UnknownCsv:
    """A file of text that is no CSV kind of ours."""

    rejection: Rejection
    row_count: int


def read_csv(data: bytes, *, file: str, hasher: PersonHasher) -> CsvBatch | UnknownCsv:
    """Read a CSV of any known kind; the kind follows from the header, whatever its order."""
    text, notes = decode(data)
    lines = csv_lines(text)
    _, header = next(lines, (1, ()))
    names = tuple(name.strip().lower() for name in header)
    kind = _kind_of(names)
    if kind is None:
        return UnknownCsv(rejection=_refuse_header(names, file), row_count=sum(1 for _ in lines))
    counts = Counter(names)
    if twice := sorted(name for name in kind.headers if counts[name] > 1):
        rejection = Rejection(file=file, position=1, place="header", expected="each column once", got=f"{', '.join(twice)} twice")
        return UnknownCsv(rejection=rejection, row_count=sum(1 for _ in lines))
    known = {*kind.headers, KNOWN_ON}
    extra = [name for name in names if name not in known]
    if extra:
        notes += (f"{len(extra)} columns ignored that {kind.name} does not have",)
    return _RowReader(kind, names, file, hasher).read(lines, header=header, notes=notes)


def row_table(kind: CsvKind, keys: Sequence[str], rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """Lay rows out as a table of the history; the store stamps the load."""
    names = [KNOWN_ON, *(column.name for column in kind.columns)]
    values = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    columns = dict(zip(names, values, strict=True))
    columns |= {"source_key": tuple(keys), "load_id": ("",) * len(keys)}
    return pa.table(columns, schema=SCHEMAS[kind.name])


class _RowReader:
    def __init__(self, kind: CsvKind, names: Sequence[str], file: str, hasher: PersonHasher) -> None:
        self._kind, self._file, self._hasher, self._width = kind, file, hasher, len(names)
        self._columns: list[tuple[int, Column]] = [(names.index(column.header), column) for column in kind.columns]
        self._known_on = names.index(KNOWN_ON) if KNOWN_ON in names else None

    def read(self, lines: Iterator[tuple[int, tuple[str, ...]]], *, header: Sequence[str], notes: tuple[str, ...]) -> CsvBatch:
        keys, rows, refused = [], [], []
        for number, cells in lines:
            read = self._read_row(number, cells)
            if isinstance(read, Rejection):
                refused.append(RefusedRow(rejection=read, cells=cells))
            else:
                rows.append(read)
                keys.append(row_key(self._kind.name, read))
        return CsvBatch(
            kind=self._kind, header=tuple(header), keys=tuple(keys), rows=tuple(rows), refused=tuple(refused), notes=notes
        )

    def _read_row(self, number: int, cells: Sequence[str]) -> tuple[object, ...] | Rejection:
        if len(cells) != self._width:
            return self._refuse(number, "row", f"{self._width} cells", f"{len(cells)} cells")
        row: dict[str, object] = {}
        for place, column in self._columns:
            text = cells[place].strip()
            if not text:
                if column.required:
                    return self._refuse(number, column.header, "a value", "nothing")
                row[column.name] = None
                continue
            try:
                row[column.name] = column.read(text)
            except UnfitCell as unfit:
                return self._refuse(number, column.header, unfit.expected, unfit.got)
        if contradiction := self._kind.check(row):
            return self._refuse(number, "row", *contradiction)
        if PERSON_COLUMN in row:
            row[PERSON_COLUMN] = self._hasher.subscriber_key(str(row[PERSON_COLUMN] or ""))
        stated = cells[self._known_on].strip() if self._known_on is not None else ""
        try:
            known_on = read_date(stated) if stated else self._kind.known_on(row)
        except UnfitCell as unfit:
            return self._refuse(number, KNOWN_ON, unfit.expected, unfit.got)
        return (known_on, *row.values())

    def _refuse(self, number: int, place: str, expected: str, got: str) -> Rejection:
        return Rejection(file=self._file, position=number, place=place, expected=expected, got=got)


def row_key(kind: str, row: Sequence[object]) -> str:
    """Hash what a row says; 128 bits in hexadecimal."""
    content = "\x1f".join("" if value is None else str(value) for value in (kind, *row))
    return sha256(content.encode()).hexdigest()[:32]


def _kind_of(names: Sequence[str]) -> CsvKind | None:
    fitting = [kind for kind in csv_kinds() if kind.headers.issubset(names)]
    return max(fitting, key=lambda kind: len(kind.headers), default=None)


def _refuse_header(names: Sequence[str], file: str) -> Rejection:
    def distance(kind: CsvKind) -> tuple[int, int]:
        return len(kind.headers.intersection(names)), -len(kind.headers)

    nearest = max(csv_kinds(), key=distance)
    missing = [column.header for column in nearest.columns if column.header not in names]
    if len(missing) == len(nearest.columns):
        known = ", ".join(kind.name for kind in csv_kinds())
        return Rejection(
            file=file, position=1, place="header", expected=f"the header of one of {known}", got=f"{len(names)} other columns"
        )
    return Rejection(
        file=file,
        position=1,
        place="header",
        expected=f"every column of the nearest kind, {nearest.name}",
        got=f"none called {', '.join(missing)}",
    )
