"""Owns how X12 text becomes typed values: dates, exact decimals, integers. Messages show shapes, never the value."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeVar

Record = TypeVar("Record")


class BadSegment(Exception):
    """An element that cannot be read. `position` is filled in by the reader that knows where it stands."""

    def __init__(self, *, place: str, expected: str, got: str) -> None:
        super().__init__(f"{place}: expected {expected}, got {got}")
        self.place = place
        self.expected = expected
        self.got = got


def shape_of(text: str) -> str:
    """Describe a value without showing it: "empty", "3 letters", "8 digits", "5 characters"."""
    if not text:
        return "empty"
    kind = "letters" if text.isalpha() else "digits" if text.isdigit() else "characters"
    return f"{len(text)} {kind}"


class _Decimals(dict[str, Decimal]):
    """Amounts repeat; the first sight of a text parses it, later ones are one dictionary look-up."""

    def __missing__(self, text: str) -> Decimal:
        # Decimal accepts "NaN", "1_000" and "1E9"; X12 type R does not, but for a rare exponent that no payer sends.
        if not text.lstrip("+-").replace(".", "", 1).isdigit() or not text.isascii():
            raise InvalidOperation
        number = Decimal(text)
        if len(self) < 200_000:
            self[text] = number
        return number


_DECIMALS = _Decimals()


def read_decimal(text: str, place: str) -> Decimal:
    """Read an X12 decimal exactly. Raises: BadSegment."""
    try:
        return _DECIMALS[text]
    except InvalidOperation:
        raise BadSegment(place=place, expected="a decimal", got=shape_of(text)) from None


def read_optional_decimal(elements: list[str], index: int, place: str) -> Decimal | None:
    """Read element `index` as a decimal; `None` when it is absent or empty. Raises: BadSegment."""
    text = elements[index] if len(elements) > index else ""
    return read_decimal(text, place) if text else None


@lru_cache(maxsize=65536)
def _date(text: str) -> date | None:
    try:
        if len(text) == 8 and text.isdigit():
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if len(text) == 6 and text.isdigit():  # GS04 in old files, ISA09 always: two-digit years are this century
            return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
        if len(text) in {12, 14} and text.isdigit():  # DT: date and time
            return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
    return None


def read_date(text: str, place: str) -> date:
    """Read CCYYMMDD, YYMMDD or CCYYMMDDHHMM. Raises: BadSegment."""
    day = _date(text)
    if day is None:
        raise BadSegment(place=place, expected="a date CCYYMMDD", got=shape_of(text))
    return day


def read_optional_date(elements: list[str], index: int, place: str) -> date | None:
    """Read element `index` as a date; `None` when it is absent or empty. Raises: BadSegment."""
    text = elements[index] if len(elements) > index else ""
    return read_date(text, place) if text else None


def read_period(qualifier: str, text: str, place: str) -> tuple[date, date]:
    """Read a DTP value: D8 one day, RD8 first-last. Raises: BadSegment."""
    if qualifier == "RD8" or "-" in text:
        first, _, last = text.partition("-")
        return read_date(first, place), read_date(last, place)
    day = read_date(text, place)
    return day, day


def read_time(text: str) -> time:
    """Read HHMM or HHMMSS; midnight when unreadable, since nothing depends on it but a round trip."""
    try:
        return time(int(text[:2]), int(text[2:4]), int(text[4:6] or 0))
    except ValueError:
        return time(0, 0)


def element(elements: list[str], index: int) -> str | None:
    """Give element `index`, `None` when absent or empty."""
    return (elements[index] or None) if len(elements) > index else None


def required(elements: list[str], index: int, place: str) -> str:
    """Give element `index`. Raises: BadSegment when absent or empty."""
    if len(elements) <= index or not elements[index]:
        raise BadSegment(place=place, expected="a value", got="empty")
    return elements[index]


def make(kind: type[Record], fields: Mapping[str, Any]) -> Record:
    """Build a frozen record from its fields in one step; absent fields are the class's own defaults.

    Ten times quicker than the generated `__init__`, which sets a frozen field at a time. Required fields are the caller's duty.
    """
    record = object.__new__(kind)
    object.__setattr__(record, "__dict__", fields)
    return record
