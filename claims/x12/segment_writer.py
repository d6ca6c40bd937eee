"""Owns how elements become segments on the way out. Refuses what the chosen delimiters cannot carry; never repairs it."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from claims.errors import ClaimsError
from claims.x12.transactions import Delimiters

Element = str | tuple[str | None, ...] | None  # a tuple is a composite


class UnwritableRecord(ClaimsError):
    """A record holds what X12 cannot carry: a delimiter inside a text, an endless amount, too many repeats."""

    def __init__(self, place: str, *, expected: str, got: str) -> None:
        super().__init__(f"{place}: expected {expected}, got {got}")
        self.place = place


class SegmentWriter:
    """Collects the segments of one transaction."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.segments: list[str] = []
        self._element = delimiters.element
        self._component = delimiters.component
        self._control = [mark for mark in (self._element, self._component) if not mark.isprintable()]
        self._never = (delimiters.segment, delimiters.repetition) if delimiters.repetition else (delimiters.segment,)
        self._edges = tuple(
            edge
            for delimiter in (self._element, self._component)
            for edge in (f" {delimiter}", f"{delimiter} ")
            if delimiter != " "
        )

    def add(self, segment_id: str, *elements: Element) -> None:
        """Append one segment; trailing elements that are absent are left off.

        Raises: UnwritableRecord, when a value holds a delimiter, a control character or space at an edge.
        """
        parts = [segment_id]
        components = 0
        for element in elements:
            if element is None:
                parts.append("")
            elif isinstance(element, str):
                parts.append(element)
            else:
                composite = self._composite(element)
                components += composite.count(self._component)
                parts.append(composite)
        while not parts[-1]:
            parts.pop()
        text = self._element.join(parts)
        if (
            text.count(self._element) != len(parts) - 1
            or text.count(self._component) != components
            or any(delimiter in text for delimiter in self._never)
            or any(edge in text for edge in self._edges)
            or text[-1] == " "
            or not self._without_marks(text).isprintable()
        ):
            raise UnwritableRecord(
                segment_id, expected="texts without delimiters, control characters or outer spaces", got="some"
            )
        self.segments.append(text)

    def _without_marks(self, text: str) -> str:
        for mark in self._control:
            text = text.replace(mark, "")
        return text

    def _composite(self, components: tuple[str | None, ...]) -> str:
        present = [component or "" for component in components]
        while present and not present[-1]:
            present.pop()
        text = self._component.join(present)
        if text.count(self._component) != max(len(present) - 1, 0):
            raise UnwritableRecord("composite", expected="components without delimiters", got="some")
        return text


@lru_cache(maxsize=65536)
def write_amount(amount: Decimal | None) -> str | None:
    """Write an amount or a quantity without exponent and trailing zeros, as the guides ask: 100, 99.5."""
    if amount is None:
        return None
    if not amount.is_finite():
        raise UnwritableRecord("amount", expected="a finite decimal", got="none")
    text = format(amount, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


@lru_cache(maxsize=65536)
def write_date(day: date) -> str:
    """Write CCYYMMDD."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def write_period(from_on: date, to_on: date | None) -> tuple[str, str]:
    """Give DTP02 and DTP03: D8 for one day, RD8 for several."""
    if to_on is None or to_on == from_on:
        return "D8", write_date(from_on)
    return "RD8", f"{write_date(from_on)}-{write_date(to_on)}"
