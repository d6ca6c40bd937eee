"""Owns how CSV text is cut into rows and cells, so that one stray quote costs one row and not the rest of the file."""

import csv
from collections.abc import Iterator

SEPARATORS = ",;\t|"
LONGEST_ROW_LINES = 50  # a quoted cell may hold line breaks; past this many the quote was never closed


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode as UTF-8, else as Windows-1252, and then say so in a note."""
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), ("read as Windows-1252 text, since it is no UTF-8",)


class _NeverClosed(Exception):
    pass


def csv_lines(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Cut text into rows: the line each begins on (1-based) and its cells; blank rows are left out.

    The separator is the one that the first row uses most. A quote that is never closed is taken for a character of its line.
    """
    lines = text.splitlines(keepends=True)
    separator = _separator(lines)
    begin, width = 0, 0
    while begin < len(lines):
        rows = _Feed(lines, begin)
        try:
            for cells in csv.reader(rows, delimiter=separator, strict=True):
                if width and rows.next > rows.begin + 1 and len(cells) != width:
                    raise _NeverClosed  # two stray quotes made one row of several
                if any(cell.strip() for cell in cells):
                    width = width or len(cells)
                    yield rows.begin + 1, tuple(cells)
                rows.begin = rows.next
            return
        except (_NeverClosed, csv.Error):
            begin = rows.begin
            yield begin + 1, tuple(lines[begin].rstrip("\r\n").split(separator))
            begin += 1


class _Feed:
    """Hands out lines and knows on which one the current row began."""

    def __init__(self, lines: list[str], begin: int) -> None:
        self._lines, self.begin, self.next = lines, begin, begin

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if self.next - self.begin >= LONGEST_ROW_LINES:
            raise _NeverClosed
        if self.next == len(self._lines):
            if self.next > self.begin:
                raise _NeverClosed
            raise StopIteration
        self.next += 1
        return self._lines[self.next - 1]


def _separator(lines: list[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return max(SEPARATORS, key=first.count)
