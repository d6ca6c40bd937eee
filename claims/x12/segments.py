"""Owns the cut from a file's text to interchanges and segments, with whatever delimiters each ISA declares.

Segments are counted through the whole file, the first ISA being 1; empty ones between two terminators do not count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from re import ASCII, compile

from claims.x12.transactions import Delimiters
from claims.x12.values import BadSegment, shape_of

ISA_ELEMENTS = 16
LONGEST_HEADER = 400  # an ISA is 106 characters; some writers do not keep the widths
LINE_BREAKS = "\r\n"
BLANKS = " \t"
_HEADER = compile(r"ISA([^A-Za-z0-9 \r\n])")
_VERSION = compile(r"\d{5}", ASCII)


@dataclass(frozen=True, kw_only=True)
class Interchange:
    """The segments from one ISA to the next, without terminators; `position` is the number of its ISA in the file."""

    delimiters: Delimiters
    segments: list[str]
    position: int


def decode(data: bytes) -> str:
    """Decode as UTF-8, else Latin-1: both occur, and neither loses a byte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def split_interchanges(text: str) -> Iterator[Interchange]:
    """Cut a file's text at each ISA. Yields nothing where there is none; what stands before the first is not looked at.

    Raises: BadSegment, when the first ISA is no header that can be read.
    """
    starts = list(_headers(text))
    stops = [start for start, _ in starts[1:]] + [len(text)]
    position = 1
    for (start, delimiters), stop in zip(starts, stops, strict=False):
        segments = _split_segments(text[start:stop], delimiters)
        yield Interchange(delimiters=delimiters, segments=segments, position=position)
        position += len(segments)


def content_key(segments: list[str], delimiters: Delimiters) -> str:
    """Hash ST to SE in canonical delimiters: the same transaction has the same key however it was wrapped."""
    canonical = str.maketrans(
        {delimiters.segment: "\x1c", delimiters.element: "\x1d", delimiters.repetition: "\x1e", delimiters.component: "\x1f"}
    )
    text = delimiters.segment.join(segments).translate(canonical)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _headers(text: str) -> Iterator[tuple[int, Delimiters]]:
    """Find where each ISA stands and what it declares. "ISA" inside an element ("LISA", a first name) is none."""
    found = False
    for match in _HEADER.finditer(text):
        before = text[match.start() - 1] if match.start() else ""
        if before == match[1] or before.isalnum():
            continue
        try:
            delimiters = _read_header(text[match.start() : match.start() + LONGEST_HEADER], match[1])
        except BadSegment:
            if found:
                continue  # stays a segment of the interchange before, where the envelope reports it
            raise
        found = True
        yield match.start(), delimiters


def _read_header(header: str, element: str) -> Delimiters:
    parts = header.split(element, ISA_ELEMENTS)
    if len(parts) <= ISA_ELEMENTS:
        raise BadSegment("ISA", expected=f"{ISA_ELEMENTS} elements", got=f"{len(parts) - 1} elements")
    if not _VERSION.fullmatch(parts[12]):
        raise BadSegment("ISA element 12 (version)", expected="5 digits", got=shape_of(parts[12]))
    component, segment = parts[16][:1], parts[16][1:2]
    repetition = parts[11] if len(parts[11]) == 1 and not parts[11].isalnum() and parts[11] != " " else "^"
    declared = [element, component, segment]
    if len({*declared}) < len(declared) or any(mark.isalnum() or mark in {"", " "} for mark in declared):
        raise BadSegment(
            "ISA element 16", expected="a component separator and a segment terminator", got="none that can be told apart"
        )
    if any(segment in part for part in parts[:ISA_ELEMENTS]):
        raise BadSegment("ISA", expected="a segment terminator that stands in no element", got="one that does")
    if repetition in declared:
        raise BadSegment("ISA element 11", expected="a repetition separator of its own", got="one of the other delimiters")
    rest = parts[16][2:4]
    line_end = rest if rest == LINE_BREAKS else rest[:1] if rest[:1] and rest[:1] in LINE_BREAKS else ""
    return Delimiters(element=element, repetition=repetition, component=component, segment=segment, line_end=line_end)


def _split_segments(text: str, delimiters: Delimiters) -> list[str]:
    """Cut at the terminators. Line breaks go wherever they stand (some files wrap at 80 columns), and so do outer spaces."""
    end = delimiters.segment + delimiters.line_end
    count = text.count(delimiters.segment)
    breaks = sum(text.count(mark) for mark in LINE_BREAKS if mark != delimiters.segment)
    if breaks == count * len(delimiters.line_end) == text.count(end) * len(delimiters.line_end):
        segments = text.split(end)  # one kind of line end and nothing else: the usual file, cut in one step
    else:
        for mark in LINE_BREAKS:
            if mark != delimiters.segment:
                text = text.replace(mark, "")
        segments = text.split(delimiters.segment)
    if _has_outer_spaces(text, len(segments[0]), delimiters):
        segments = segments[:1] + _strip_elements(segments[1:], delimiters)
    if "" in segments:
        segments = [segment for segment in segments if segment]
    return segments


def _has_outer_spaces(text: str, header_length: int, delimiters: Delimiters) -> bool:
    """Look for blanks beside a delimiter; the ISA, whose widths are fixed, is left out."""
    marks = {delimiters.segment, delimiters.element, delimiters.component, *LINE_BREAKS}
    for blank in BLANKS:
        if blank in marks:
            continue
        pieces = text[header_length:].split(blank)
        if not marks.isdisjoint({piece[:1] for piece in pieces[1:]} | {piece[-1:] for piece in pieces[:-1]}):
            return True
    return False


def _strip_elements(segments: list[str], delimiters: Delimiters) -> list[str]:
    blanks = "".join(blank for blank in BLANKS if blank != delimiters.element)
    for mark in (delimiters.component, delimiters.element):
        segments = [mark.join([part.strip(blanks) for part in segment.split(mark)]) for segment in segments]
    return segments
