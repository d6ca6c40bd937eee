"""Owns the envelope: from bytes to interchanges, groups and transaction sets, with whatever delimiters each ISA declares."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from claims.errors import Rejection
from claims.x12.transactions import Delimiters, Envelope
from claims.x12.values import BadSegment, read_date, read_time, shape_of

ISA_ELEMENTS = 16


@dataclass(frozen=True, kw_only=True)
class TransactionSet:
    """One ST to SE: raw segments without terminators; `position` is the segment number of ST, ISA being 1."""

    envelope: Envelope
    kind_code: str  # ST01
    segments: list[str]
    position: int


Piece = TransactionSet | Rejection
"""What an interchange falls into: sets to read and faults to report. A fault that lost nothing is a warning."""


@dataclass(frozen=True, kw_only=True)
class Interchange:
    """What stands between ISA and IEA."""

    sets: tuple[TransactionSet, ...]
    rejected: tuple[Rejection, ...]
    warnings: tuple[Rejection, ...]


def decode(data: bytes) -> str:
    """Decode as UTF-8, else Latin-1: both occur, and neither loses a byte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def split_interchanges(text: str, *, file: str) -> Iterator[Interchange]:
    """Cut a file's text into interchanges, each with its own delimiters. Text before the first ISA is ignored."""
    start = text.find("ISA")
    while start >= 0:
        try:
            delimiters = _delimiters(text, start)
        except BadSegment as fault:
            yield Interchange(sets=(), rejected=(_reject(file, 1, fault),), warnings=())
            following = text.find("ISA", start + 3)
            start = following
            continue
        stop, following = _extent(text, start, delimiters)
        yield _Cutter(file, delimiters, _segments(text[start:stop], delimiters)).cut()
        start = following


def _delimiters(text: str, start: int) -> Delimiters:
    element = text[start + 3 : start + 4]
    parts = text[start : start + 400].split(element, ISA_ELEMENTS) if element and not element.isalnum() else []
    if len(parts) <= ISA_ELEMENTS or len(parts[ISA_ELEMENTS]) < 2:
        raise BadSegment(place="ISA", expected="16 elements and a segment terminator", got=f"{max(0, len(parts) - 1)} elements")
    component, segment = parts[ISA_ELEMENTS][0], parts[ISA_ELEMENTS][1]
    rest = parts[ISA_ELEMENTS][2:4]
    line_end = "\r\n" if rest == "\r\n" else rest[:1] if rest[:1] in {"\r", "\n"} else ""
    repetition = parts[11] if len(parts[11]) == 1 and not parts[11].isalnum() else "^"
    return Delimiters(element=element, repetition=repetition, component=component, segment=segment, line_end=line_end)


def _extent(text: str, start: int, delimiters: Delimiters) -> tuple[int, int]:
    """Find where this interchange stops and where the next ISA starts (-1 = none)."""
    probe = f"IEA{delimiters.element}"
    at = text.find(probe, start)
    following_isa = text.find(f"ISA{delimiters.element}", start + 3)
    if at < 0 or (0 <= following_isa < at and text[following_isa - 1] in f"{delimiters.segment}\r\n "):
        return (following_isa, following_isa) if following_isa >= 0 else (len(text), -1)
    stop = text.find(delimiters.segment, at)
    stop = len(text) if stop < 0 else stop + 1
    return stop, text.find("ISA", stop)


def _segments(text: str, delimiters: Delimiters) -> list[str]:
    if delimiters.segment in "\r\n":
        return [line for line in text.replace("\r", "\n").split("\n") if line]
    text = text.replace("\r", "").replace("\n", "")
    segments = text.split(delimiters.segment)
    if f"{delimiters.segment} " in text or f"{delimiters.segment}\t" in text:
        segments = [segment.strip() for segment in segments]
    if segments and not segments[-1].strip():
        segments.pop()
    return segments


def _reject(file: str, position: int, fault: BadSegment) -> Rejection:
    return Rejection(file=file, position=position, place=fault.place, expected=fault.expected, got=fault.got)


class _Cutter:
    """Walks one interchange's segments and cuts out its transaction sets."""

    def __init__(self, file: str, delimiters: Delimiters, segments: list[str]) -> None:
        self._file = file
        self._delimiters = delimiters
        self._segments = segments
        self._sets: list[TransactionSet] = []
        self._rejected: list[Rejection] = []
        self._warnings: list[Rejection] = []

    def cut(self) -> Interchange:
        mark = self._delimiters.element
        isa = self._elements(0)
        bounds = {f"{name}{mark}" for name in ("GS", "ST", "SE", "GE")}
        group: list[str] | None = None
        opened: int | None = None
        sets_in_group = groups = 0
        last = ""
        for index, segment in enumerate(self._segments):
            if segment[:3] not in bounds:
                continue
            name = segment[:2]
            if name == "GS":
                group, sets_in_group, groups = self._elements(index), 0, groups + 1
            elif name == "ST":
                if opened is not None:
                    self._truncated(opened)
                opened, sets_in_group = index, sets_in_group + 1
            elif name == "SE":
                if opened is not None:
                    self._close(isa, group, opened, index)
                opened = None
            else:
                if opened is not None:
                    self._truncated(opened)
                    opened = None
                self._check_count(index, "GE01 (transaction sets in the group)", sets_in_group)
        if opened is not None:
            self._truncated(opened)
        last = self._segments[-1] if self._segments else ""
        if not last.startswith("IEA"):
            self._warn(len(self._segments), "IEA", "an interchange trailer", "the end of the input")
        else:
            self._check_count(len(self._segments) - 1, "IEA01 (groups in the interchange)", groups)
        return Interchange(sets=tuple(self._sets), rejected=tuple(self._rejected), warnings=tuple(self._warnings))

    def _elements(self, index: int) -> list[str]:
        return self._segments[index].strip().split(self._delimiters.element)

    def _warn(self, position: int, place: str, expected: str, got: str) -> None:
        self._warnings.append(Rejection(file=self._file, position=position, place=place, expected=expected, got=got))

    def _check_count(self, index: int, place: str, counted: int) -> None:
        elements = self._elements(index)
        stated = elements[1] if len(elements) > 1 else ""
        if not stated.isdigit() or int(stated) != counted:
            self._warn(index + 1, place, str(counted), stated if stated.isdigit() else shape_of(stated))

    def _truncated(self, opened: int) -> None:
        self._rejected.append(
            Rejection(
                file=self._file, position=opened + 1, place="ST", expected="a closing SE", got="none: truncated transaction"
            )
        )

    def _close(self, isa: list[str], group: list[str] | None, opened: int, closed: int) -> None:
        st = self._elements(opened)
        try:
            if group is None:
                raise BadSegment(place="ST", expected="a GS before it", got="none")
            envelope = _envelope(isa, group, st, self._delimiters)
        except BadSegment as fault:
            self._rejected.append(_reject(self._file, opened + 1, fault))
            return
        self._check_count(closed, "SE01 (segments in the transaction)", closed - opened + 1)
        trailer = self._elements(closed)
        if len(trailer) < 3 or trailer[2] != envelope.transaction_control_number:
            self._warn(closed + 1, "SE02 (control number)", "the number of ST02", "another")
        self._sets.append(
            TransactionSet(envelope=envelope, kind_code=st[1], segments=self._segments[opened : closed + 1], position=opened + 1)
        )


def _envelope(isa: list[str], group: list[str], st: list[str], delimiters: Delimiters) -> Envelope:
    if len(group) < 9:
        raise BadSegment(place="GS", expected="8 elements", got=f"{len(group) - 1} elements")
    if len(st) < 2 or not st[1]:
        raise BadSegment(place="ST01 (transaction set)", expected="a value", got="empty")
    sender, receiver = isa[6].strip(), isa[8].strip()
    return Envelope(
        sender_id=sender,
        receiver_id=receiver,
        sender_qualifier=isa[5],
        receiver_qualifier=isa[7],
        interchange_control_number=isa[13],
        group_control_number=group[6],
        transaction_control_number=st[2] if len(st) > 2 else "",
        version=group[8] or (st[3] if len(st) > 3 else ""),
        created_on=read_date(group[4], "GS04 (date)"),
        created_at=read_time(group[5]),
        group_sender_id=group[2] if group[2] != sender else None,
        group_receiver_id=group[3] if group[3] != receiver else None,
        usage_code=isa[15],
        delimiters=delimiters,
    )


def content_key(transaction: TransactionSet) -> str:
    """Hash ST to SE in canonical delimiters: the same transaction has the same key however it was wrapped."""
    marks = transaction.envelope.delimiters
    text = "\x1c".join(segment.strip() for segment in transaction.segments)
    text = text.replace(marks.element, "\x1d").replace(marks.component, "\x1f").replace(marks.repetition, "\x1e")
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
