"""Owns how one CSV cell is read. A cell that does not fit is refused with its shape, never with its content."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from claims.privacy import normalize_id

LARGEST_AMOUNT = Decimal(10) ** 12  # what decimal(14, 2) holds
LARGEST_COUNT = 2**31 - 1
_BASIC_DATE = re.compile(r"\d{8}")


class UnfitCell(ValueError):
    """A cell that does not fit its column."""

    def __init__(self, expected: str, text: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.got = describe_shape(text)


CellReader = Callable[[str], object]


def describe_shape(text: str) -> str:
    """Say how long a value is and what it is made of, without saying the value: `3 letters`."""
    if not text:
        return "nothing"
    kinds = {"digits": str.isdigit, "letters": str.isalpha, "letters and digits": str.isalnum}
    kind = next((name for name, test in kinds.items() if test(text)), "characters")
    return f"{len(text)} {kind}"


def read_text(text: str) -> str:
    """Keep the cell as it is."""
    return text


def read_id(text: str) -> str:
    """Raise letters, as ids of people compare."""
    return normalize_id(text)


def read_date(text: str) -> date:
    """Read YYYY-MM-DD or YYYYMMDD; an order that could be day or month first is refused."""
    if _BASIC_DATE.fullmatch(text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
    except ValueError:
        raise UnfitCell("a date as YYYY-MM-DD", text) from None


def read_money(text: str) -> Decimal:
    """Read dollars: no sign, no currency mark, at most two decimals."""
    amount = _decimal(text, "an amount of 0 or more with at most two decimals")
    if amount < 0 or amount >= LARGEST_AMOUNT or amount != amount.quantize(Decimal("0.01")):
        raise UnfitCell("an amount of 0 or more with at most two decimals", text)
    return amount.quantize(Decimal("0.01"))


def read_number(text: str) -> float:
    """Read a number of 0 or more."""
    number = _decimal(text, "a number of 0 or more")
    if number < 0 or number >= LARGEST_AMOUNT:
        raise UnfitCell("a number of 0 or more", text)
    return float(number)


def read_count(text: str) -> int:
    """Read a whole number of 0 or more; `90.0` counts as whole."""
    number = _decimal(text, "a whole number of 0 or more")
    if number < 0 or number > LARGEST_COUNT or number != number.to_integral_value():
        raise UnfitCell("a whole number of 0 or more", text)
    return int(number)


def read_npi(text: str) -> str:
    """Read ten digits; the check digit is the enrollment file's own business."""
    if len(text) != 10 or not text.isdigit():
        raise UnfitCell("ten digits", text)
    return text


def one_of(*words: str) -> CellReader:
    """Make a reader that takes only these words, in any case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise UnfitCell(f"one of {', '.join(words)}", text)
        return text.lower()

    return read


def _decimal(text: str, expected: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise UnfitCell(expected, text) from None
    if not number.is_finite():
        raise UnfitCell(expected, text)
    return number
