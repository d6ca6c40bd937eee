"""Owns where a field's value comes from in a row of an export: a column, a constant, a list of codes, a day moved by days.

What does not fit is refused with the column's name, what was expected and the shape of what came, never with the cell itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from claims.imports.cells import UnfitCell, read_count
from claims.imports.mapping.fields import ISO_DATE, READERS, Field, read_day

MOST_DAYS = 3_650
SEPARATORS = re.compile(r"[;,|/\s]+")


class UnfitColumn(Exception):
    """A cell of a row that does not fit the field that its column goes to."""

    def __init__(self, column: str, *, expected: str, got: str) -> None:
        super().__init__(column)
        self.column, self.expected, self.got = column, expected, got


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a field comes from. Exactly one of `columns`, `constant` and `is_rest` says so; the others change what was found."""

    columns: tuple[str, ...] = ()
    constant: str | None = None
    is_rest: bool = False  # what the charge leaves when payment, patient's share and other adjustments are taken off
    codes: Mapping[str, str] | None = None  # cell -> what it means; "" = nothing
    otherwise: str | None = None  # what a cell means that `codes` does not list
    date_format: str | None = None
    days: int | str = 0  # moves the day: a number, or the column that holds it
    is_backwards: bool = False
    is_negative: bool = False  # amounts are written with a minus

    @property
    def used_columns(self) -> tuple[str, ...]:
        """Name every column that is read."""
        return (*self.columns, self.days) if isinstance(self.days, str) else self.columns


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Which rows a section is about: those whose cell in `column` is one of `values`, in any case."""

    column: str
    values: frozenset[str]


Cells = Mapping[str, str]  # by column, stripped


def holds(condition: Condition | None, cells: Cells) -> bool:
    """Tell whether a section is about this row."""
    return condition is None or cells[condition.column].casefold() in condition.values


def read_field(field: Field, source: Source, cells: Cells, *, date_format: str) -> object | None:
    """Read a field's value in a row: `None` where there is none, a tuple for a field of many. Raises: UnfitColumn."""
    if field.is_many:
        found = [_read(field, source, column, part, cells, date_format) for column, part in _parts(source, cells)]
        return tuple(dict.fromkeys(value for value in found if value is not None)) or None
    for column, text in _texts(source, cells):
        value = _read(field, source, column, text, cells, date_format)
        if value is not None:
            return value
    return None


def _texts(source: Source, cells: Cells) -> Iterator[tuple[str, str]]:
    if source.constant is not None:
        yield "constant", source.constant
    for column in source.columns:
        yield column, cells[column]


def _parts(source: Source, cells: Cells) -> Iterator[tuple[str, str]]:
    for column, text in _texts(source, cells):
        yield from ((column, part) for part in SEPARATORS.split(text) if part)


def _read(field: Field, source: Source, column: str, text: str, cells: Cells, date_format: str) -> object | None:
    if source.codes is not None:
        text = _decoded(source, column, text)
    if not text:
        return None
    try:
        if field.read == "date":
            day = read_day(text, source.date_format or (ISO_DATE if source.constant else date_format))
            return _moved(day, source, cells)
        if source.is_negative:
            text = text.strip("()").replace("-", "")
        return READERS[field.read](text)
    except UnfitCell as unfit:
        raise UnfitColumn(column, expected=unfit.expected, got=unfit.got) from None


def _decoded(source: Source, column: str, text: str) -> str:
    assert source.codes is not None  # noqa: S101  the caller asked
    found = source.codes.get(text, source.otherwise)
    if found is None and not text:
        return ""
    if found is None:
        raise UnfitColumn(column, expected=f"one of the {len(source.codes)} values that the mapping lists", got="another value")
    return found


def _moved(day: date, source: Source, cells: Cells) -> date:
    if not source.days:
        return day
    if isinstance(source.days, str):
        text = cells[source.days]
        try:
            count = read_count(text)
        except UnfitCell as unfit:
            raise UnfitColumn(source.days, expected=unfit.expected, got=unfit.got) from None
    else:
        count = source.days
    if count > MOST_DAYS:
        raise UnfitColumn(str(source.days), expected=f"at most {MOST_DAYS} days", got="more")
    return day - timedelta(days=count) if source.is_backwards else day + timedelta(days=count)


def total(amounts: Sequence[Decimal | None]) -> Decimal:
    """Add up what is known."""
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
