"""Owns the way in: from the bytes of a file through its envelopes to typed transactions. What cannot be read is reported.

Tolerated with a warning, for nothing is lost by it: wrong counts (SE01, GE01, IEA01), control numbers that differ between head
and trailer, missing GE or IEA. Refused: a transaction set without SE, for segments may be missing, and one without GS.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from claims.errors import Rejection, UnreadableFile
from claims.x12.acknowledgment_reader import AcknowledgmentReader
from claims.x12.archive import unpack, unpack_head
from claims.x12.claim_reader import ClaimReader
from claims.x12.party_segments import PartySegments
from claims.x12.remittance_reader import RemittanceReader
from claims.x12.segments import ISA_ELEMENTS, Interchange, content_key, decode, split_interchanges
from claims.x12.set_reader import Numbered, PassingReader, Refused, SetReader
from claims.x12.syntax_report_reader import SyntaxReportReader
from claims.x12.transactions import Delimiters, Envelope, ParsedBatch, Transaction
from claims.x12.values import BadSegment, read_date, read_time, shape_of

_KIND_OF_GUIDE = {"X222": "837P", "X098": "837P", "X223": "837I", "X096": "837I"}
_GUIDE_NAMES = {
    "X224": "837D (X224)",
    "X097": "837D (X097)",
    "X212": "277 status response (X212)",
    "X213": "277 request for information (X213)",
}
_TRANSACTION_SETS = frozenset(
    {"269", "270", "271", "274", "275", "276", "277", "278", "820", "824", "834", "835", "837", "997", "999"}
)
_ACKNOWLEDGMENT, _ACKNOWLEDGMENT_ELEMENTS = "TA1", 5  # more of them: what follows was swallowed with it
_GS_ELEMENTS = 8
_ABSENT = [""] * (ISA_ELEMENTS + 1)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def looks_like_x12(head: bytes) -> bool:
    """Tell by content whether these first bytes (a few hundred; packed or not) begin an interchange."""
    text = unpack_head(head).removeprefix(_BYTE_ORDER_MARK).lstrip()
    return text[:3] == b"ISA" and len(text) > 3 and not text[3:4].isalnum()


def read_file(path: Path) -> ParsedBatch:
    """Read an X12 file, a .gz of one, or a .zip of several; a zip member that is no X12 is refused, the others are read.

    Raises: UnreadableFile, when no interchange is in it, or it is damaged, encrypted or unpacks beyond the limits.
    """
    batches: list[ParsedBatch] = []
    refused: list[Rejection] = []
    for name, data in unpack(path):
        try:
            batches.append(parse_x12(data, file=name))
        except UnreadableFile as fault:
            if name == path.name:
                raise
            refused.append(Rejection(file=name, position=0, place="archive member", expected=fault.expected, got=fault.got))
    if not batches:
        raise UnreadableFile(path.name, expected="an X12 interchange in the archive", got=f"{len(refused)} members without one")
    return ParsedBatch(
        transactions=tuple(transaction for batch in batches for transaction in batch.transactions),
        rejected=(*refused, *(rejection for batch in batches for rejection in batch.rejected)),
        warnings=tuple(warning for batch in batches for warning in batch.warnings),
    )


def parse_x12(data: bytes, *, file: str) -> ParsedBatch:
    """Read every transaction set of every interchange in `data`; `file` is the name for messages.

    Raises: UnreadableFile, when there is no interchange at all.
    """
    text = decode(data)
    with _collector_paused():
        try:
            interchanges = [_InterchangeReader(interchange) for interchange in split_interchanges(text)]
        except BadSegment as fault:
            raise UnreadableFile(file, expected=f"{fault.place}: {fault.expected}", got=fault.got) from None
        if not interchanges:
            raise UnreadableFile(file, expected="an X12 interchange (ISA)", got=shape_of(text[:1000].strip()))
        for interchange in interchanges:
            interchange.read()
        return ParsedBatch(
            transactions=tuple(transaction for interchange in interchanges for transaction in interchange.transactions),
            rejected=_rejections(file, [refused for interchange in interchanges for refused in interchange.refused]),
            warnings=_rejections(file, [warned for interchange in interchanges for warned in interchange.warned]),
        )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cycle collector off: millions of records without cycles are made here, and it would look at each several times.

    Freezing and unfreezing moves them among the old objects unseen; else the first look after `enable` costs an eighth more.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not gc.get_freeze_count():  # what somebody else froze stays frozen
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _rejections(file: str, refused: list[Refused]) -> tuple[Rejection, ...]:
    for _, fault, _ in refused:
        fault.__traceback__ = fault.__context__ = None  # they hold the frames that hold the faults
    return tuple(
        Rejection(
            file=file,
            position=position,
            place=fault.place,
            expected=fault.expected,
            got=fault.got,
            patient_control_number=patient_control_number,
        )
        for position, fault, patient_control_number in sorted(refused, key=lambda each: each.position)
    )


class _InterchangeReader:
    """Walks the envelope of one interchange and hands each transaction set to the reader of its kind."""

    def __init__(self, interchange: Interchange) -> None:
        self.transactions: list[Transaction] = []
        self.refused: list[Refused] = []
        self.warned: list[Refused] = []
        self._interchange = interchange
        self._mark = interchange.delimiters.element
        self._parties = PartySegments(interchange.delimiters)
        self._isa: list[str] = []
        self._group: list[str] | None = None
        self._sets_in_group = 0
        self._groups = 0
        self._stray: list[int] = []
        self._is_closed = False
        self._has_sets = self._is_answered = False

    def read(self) -> None:
        """Read everything from ISA to the end of the interchange."""
        numbered = enumerate(self._interchange.segments, self._interchange.position)
        position, segment = next(numbered)
        self._isa = segment.split(self._mark)
        following = next(numbered, None)
        while following is not None:
            position, segment = following
            name = segment.partition(self._mark)[0]
            if name == "ST":
                following = self._read_set(position, segment, numbered)
                continue
            if name == "GS":
                self._open_group(position, segment)
            elif name == "GE":
                self._close_group(position, segment)
            elif name == "IEA":
                self._close(position, segment)
            elif name == _ACKNOWLEDGMENT and segment.count(self._mark) <= _ACKNOWLEDGMENT_ELEMENTS:
                self._is_answered = True
            else:
                self._stray.append(position)
            following = next(numbered, None)
        self._report_stray()
        # Of an acknowledgment alone nothing but the trailer tells that nothing is missing.
        if not (self._has_sets or (self._is_answered and self._is_closed) or self.refused):
            fault = BadSegment("ISA", expected="a transaction set (ST), or TA1 and then IEA, in the interchange", got="neither")
            self.refused.append(Refused(self._interchange.position, fault))
        if not self._is_closed:
            if self._group is not None:
                self._warn(position, "GE", expected="a group trailer", got="the end of the input")
            self._warn(position, "IEA", expected="an interchange trailer", got="the end of the input")

    # -- envelope

    def _open_group(self, position: int, segment: str) -> None:
        if self._group is not None:
            self._warn(position, "GS", expected="GE for the group before it", got="none")
        self._group, self._sets_in_group = segment.split(self._mark), 0
        self._groups += 1

    def _close_group(self, position: int, segment: str) -> None:
        if self._group is None:
            self._warn(position, "GE", expected="GS before it", got="none")
            return
        e = segment.split(self._mark) + _ABSENT
        self._check(position, "GE element 1 (count of transaction sets)", stated=e[1], counted=self._sets_in_group)
        if e[2] != (self._group + _ABSENT)[6]:
            self._warn(position, "GE element 2 (control number)", expected="the number of GS element 6", got="another")
        self._group = None

    def _close(self, position: int, segment: str) -> None:
        if self._group is not None:
            self._warn(position, "IEA", expected="GE for the group before it", got="none")
            self._group = None
        e = segment.split(self._mark) + _ABSENT
        self._check(position, "IEA element 1 (count of groups)", stated=e[1], counted=self._groups)
        if e[2] != self._isa[13]:
            self._warn(position, "IEA element 2 (control number)", expected="the number of ISA element 13", got="another")
        self._is_closed = True

    def _check(self, position: int, place: str, *, stated: str, counted: int) -> None:
        if not (stated.isascii() and stated.isdigit() and len(stated) <= 10 and int(stated) == counted):
            got = stated if stated.isascii() and stated.isdigit() and len(stated) <= 10 else shape_of(stated)
            self._warn(position, place, expected=str(counted), got=got)

    def _warn(self, position: int, place: str, *, expected: str, got: str) -> None:
        self.warned.append(Refused(position, BadSegment(place, expected=expected, got=got)))

    def _report_stray(self) -> None:
        """Report segments that stand in no transaction set: they are read by nobody."""
        if self._stray:
            fault = BadSegment(
                "envelope", expected="ST, GE or IEA", got=f"{len(self._stray)} segments outside any transaction set"
            )
            self.refused.append(Refused(self._stray[0], fault))
            self._stray = []

    # -- transaction sets

    def _read_set(self, start: int, segment: str, numbered: Iterator[Numbered]) -> Numbered | None:
        """Read one set; gives back the segment after it."""
        self._report_stray()
        self._has_sets = True
        self._sets_in_group += 1
        st = segment.split(self._mark) + _ABSENT
        delimiters = self._interchange.delimiters
        reader: SetReader
        refusal: BadSegment | None = None
        try:
            envelope = _read_envelope(self._isa, self._group, st, delimiters)
            reader = self._reader_of(st[1], envelope.version)
        except BadSegment as fault:
            refusal, reader = fault, PassingReader(self._mark)
        end = reader.read(numbered)
        reader.release()
        if end is None or not end[1].startswith("SE"):
            cut_off = BadSegment("ST", expected="a closing SE", got="none: the transaction set is cut off")
            self.refused.append(Refused(start, refusal or cut_off))
            return end
        self._check_trailer(start, st, *end)
        if refusal is not None:
            self.refused.append(Refused(start, refusal))
            return next(numbered, None)
        first = self._interchange.position
        key = content_key(self._interchange.segments[start - first : end[0] - first + 1], delimiters)
        try:
            transaction = reader.finish(envelope, key)
        except BadSegment as fault:
            self.refused.append(Refused(start, fault))
        else:
            if transaction is not None:
                self.transactions.append(transaction)
        self.refused += reader.refused
        self.warned += reader.warned
        return next(numbered, None)

    def _check_trailer(self, start: int, st: list[str], position: int, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        self._check(position, "SE element 1 (count of segments)", stated=e[1], counted=position - start + 1)
        if e[2] != st[2]:
            self._warn(position, "SE element 2 (control number)", expected="the number of ST element 2", got="another")

    def _reader_of(self, code: str, version: str) -> SetReader:
        """Choose the reader of a kind. Raises: BadSegment, for one that this system does not read."""
        delimiters = self._interchange.delimiters
        if code == "837":
            for guide, kind in _KIND_OF_GUIDE.items():
                if guide in version:
                    return ClaimReader(delimiters, self._parties, kind=kind)
            raise BadSegment("ST element 3 (guide)", expected="837P (X222) or 837I (X223)", got=_guide_name(version))
        if code == "835":
            return RemittanceReader(delimiters)
        if code == "277":
            if "X214" in version:
                return AcknowledgmentReader(delimiters)
            raise BadSegment("ST element 3 (guide)", expected="277CA (X214)", got=_guide_name(version))
        if code in {"999", "997"}:
            return SyntaxReportReader(delimiters)
        got = code if code in _TRANSACTION_SETS else shape_of(code)
        raise BadSegment("ST element 1 (transaction set)", expected="837, 835, 277CA or 999", got=got)


def _guide_name(version: str) -> str:
    """Name a guide that is not read; a version that names no guide is only described."""
    return next((name for guide, name in _GUIDE_NAMES.items() if guide in version), f"no known guide ({shape_of(version)})")


def _read_envelope(isa: list[str], group: list[str] | None, st: list[str], delimiters: Delimiters) -> Envelope:
    if group is None:
        raise BadSegment("ST", expected="a functional group (GS) around it", got="none")
    if len(group) <= _GS_ELEMENTS:
        raise BadSegment("GS", expected=f"{_GS_ELEMENTS} elements", got=str(len(group) - 1))
    sender, receiver = isa[6].strip(), isa[8].strip()
    return Envelope(
        sender_id=sender,
        receiver_id=receiver,
        interchange_control_number=isa[13],
        group_control_number=group[6],
        transaction_control_number=st[2],
        version=st[3] or group[8],
        created_on=read_date(group[4], "GS element 4 (date)"),
        created_at=read_time(group[5], "GS element 5 (time)"),
        sender_qualifier=isa[5],
        receiver_qualifier=isa[7],
        group_sender_id=group[2] if group[2] != sender else None,
        group_receiver_id=group[3] if group[3] != receiver else None,
        usage_code=isa[15],
        delimiters=delimiters,
    )
