"""Owns how typed values become X12 text. Amounts keep their cents only where there are any, as the guides ask."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from claims.claim import Adjustment

PART = "\x1f"  # stands for the interchange's component separator until the writer knows it
CAS_TRIPLETS = 6


@lru_cache(maxsize=65536)
def write_decimal(value: Decimal | None) -> str | None:
    """Write without exponent and trailing zeros: 100, 99.5."""
    if value is None:
        return None
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=65536)
def write_date(value: date | None) -> str | None:
    """Write CCYYMMDD."""
    return None if value is None else f"{value.year:04d}{value.month:02d}{value.day:02d}"


def write_period(first: date | None, last: date | None) -> tuple[str, str]:
    """Write D8 for one day, RD8 for a span. `first` must be a day."""
    start = write_date(first) or ""
    if last is None or last == first:
        return "D8", start
    return "RD8", f"{start}-{write_date(last)}"


def write_adjustments(adjustments: tuple[Adjustment, ...]) -> list[list[str | None]]:
    """Write CAS segments: neighbours of one group share a segment, six to each."""
    segments: list[list[str | None]] = []
    for adjustment in adjustments:
        open_segment = segments[-1] if segments else None
        if open_segment is None or open_segment[1] != adjustment.group_code or len(open_segment) >= 2 + 3 * CAS_TRIPLETS:
            open_segment = ["CAS", adjustment.group_code]
            segments.append(open_segment)
        open_segment += [adjustment.carc, write_decimal(adjustment.adjustment_amount), write_decimal(adjustment.quantity)]
    return segments
