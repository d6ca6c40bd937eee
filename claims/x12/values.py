"""Owns how X12 text becomes typed values: exact decimals, dates, whole numbers. Messages show shapes, never the value."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from re import ASCII, compile
from typing import TypeVar

Record = TypeVar("Record")
MOST_CACHED = 100_000  # values kept per kind, so that a long-running service does not grow with every file
CENTURY_PIVOT = 69  # two-digit years: 69-99 are 19xx, 00-68 are 20xx, as POSIX reads them
_DECIMAL = compile(r"-?(\d+\.?\d*|\.\d+)", ASCII)
_DIGITS = compile(r"\d+", ASCII)
_LONGEST_DECIMAL = 40


class BadSegment(Exception):
    """An element or segment that cannot be read: where in the segment, what was expected, the shape of what came."""

    def __init__(self, place: str, *, expected: str, got: str) -> None:
        super().__init__(f"{place}: expected {expected}, got {got}")
        self.place = place
        self.expected = expected
        self.got = got


def shape_of(text: str) -> str:
    """Describe a value without showing it: "nothing", "3 letters", "8 digits", "5 characters"."""
    if not text:
        return "nothing"
    kind = "letter" if text.isalpha() else "digit" if text.isdigit() else "character"
    return f"{len(text)} {kind}" if len(text) == 1 else f"{len(text)} {kind}s"


def make(kind: type[Record], fields: Mapping[str, object]) -> Record:
    """Build a frozen record from its fields in one step; an absent field is the class's own default.

    Ten times quicker than the generated `__init__`, which sets a frozen field at a time. Every field without a default must be
    in `fields`, which must not be changed afterwards. Equality, hash, repr and `replace` see no difference.
    """
    record = object.__new__(kind)
    object.__setattr__(record, "__dict__", fields)
    return record


class _Decimals(dict[str, Decimal]):
    """Amounts repeat: the first sight of a text parses it, later ones are one look-up."""

    def __missing__(self, text: str) -> Decimal:
        # Decimal alone would take "NaN", "1_000", "1E9", " 1" and other alphabets' digits; X12 type R knows none of them.
        if len(text) > _LONGEST_DECIMAL or not _DECIMAL.fullmatch(text):
            raise ValueError
        number = Decimal(text)
        if len(self) < MOST_CACHED:
            self[text] = number
        return number


class _Dates(dict[str, date]):
    def __missing__(self, text: str) -> date:
        if not _DIGITS.fullmatch(text):
            raise ValueError
        if len(text) == 6:
            year = int(text[:2])
            day = date(year + (1900 if year >= CENTURY_PIVOT else 2000), int(text[2:4]), int(text[4:]))
        elif len(text) in {8, 12, 14}:  # 12 and 14 are format DT: a time follows the day
            day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
        else:
            raise ValueError
        if len(self) < MOST_CACHED:
            self[text] = day
        return day


DECIMALS = _Decimals()  # DECIMALS[text] and DATES[text] raise ValueError; hot loops ask them straight, others `read_...`
DATES = _Dates()


def read_decimal(text: str, place: str) -> Decimal:
    """Read an X12 decimal exactly. Raises: BadSegment."""
    try:
        return DECIMALS[text]
    except ValueError:
        raise BadSegment(place, expected="a decimal", got=shape_of(text)) from None


def read_date(text: str, place: str) -> date:
    """Read CCYYMMDD, YYMMDD, or the day of CCYYMMDDHHMM. Raises: BadSegment."""
    try:
        return DATES[text]
    except ValueError:
        got = f"{shape_of(text)} that are no date" if text.isdigit() and len(text) in {6, 8} else shape_of(text)
        raise BadSegment(place, expected="a date CCYYMMDD", got=got) from None


def read_period(qualifier: str, text: str, place: str) -> tuple[date, date] | None:
    """Read DTP02 and DTP03: D8 one day, RD8 first and last. `None` for a format that holds no day (TM).

    Raises: BadSegment.
    """
    if qualifier in {"D8", "D6", "DT"}:
        day = read_date(text, place)
        return day, day
    if qualifier in {"RD8", "RD6", "RDT"}:
        first, _, last = text.partition("-")
        return read_date(first, place), read_date(last, place)
    return None


def read_time(text: str, place: str) -> time:
    """Read HHMM, HHMMSS or HHMMSSDD (hundredths). Raises: BadSegment."""
    try:
        if not _DIGITS.fullmatch(text) or len(text) not in {4, 6, 7, 8}:
            raise ValueError
        hundredths = int(text[6:].ljust(2, "0")) if len(text) > 6 else 0
        return time(int(text[:2]), int(text[2:4]), int(text[4:6] or 0), hundredths * 10_000)
    except ValueError:
        raise BadSegment(place, expected="a time HHMM", got=shape_of(text)) from None


def read_whole_number(text: str, place: str) -> int:
    """Read a whole number; "1.00" is one. Raises: BadSegment."""
    number = read_decimal(text, place)
    if number != number.to_integral_value() or not 0 <= number < 1_000_000:
        raise BadSegment(place, expected="a whole number", got=shape_of(text))
    return int(number)
