"""Owns reading a 999: the fate of each set of one functional group. The 997's AK3 and AK5 are taken for IK3 and IK5."""

from claims.acknowledgment import TransactionAcknowledgment
from claims.x12.claim_details import Fields
from claims.x12.set_reader import SetReader
from claims.x12.transactions import Delimiters, Envelope, SyntaxReportTransaction
from claims.x12.values import BadSegment, make

_ABSENT = [""] * 8  # so that every element up to IK506 can be asked for
_ERROR_CODES = slice(2, 7)


class SyntaxReportReader(SetReader):
    """Reads the segments between ST and SE of one 999. One that is out of order is refused as a whole."""

    def __init__(self, delimiters: Delimiters) -> None:
        super().__init__(
            delimiters.element,
            {
                "AK1": self._read_ak1, "AK2": self._read_ak2, "IK3": self._read_ik3, "AK3": self._read_ik3,
                "IK5": self._read_ik5, "AK5": self._read_ik5, "AK9": self._read_ak9,
            },
        )  # fmt: skip
        self._mark = delimiters.element
        self._group = ""
        self._accepted_code = ""
        self._open: Fields = {}
        self._errors: list[str] = []  # of the open answer
        self._answers: list[TransactionAcknowledgment] = []

    def finish(self, envelope: Envelope, content_key: str) -> SyntaxReportTransaction | None:
        """Give the transaction; `None` when a segment of it was refused. Raises: BadSegment, where AK1 or AK9 is missing."""
        if self.refused:
            return None
        if not self._group or not self._accepted_code or self._open:
            missing = "AK1" if not self._group else "IK5" if self._open else "AK9"
            raise BadSegment(missing, expected="one in every report", got="none")
        return SyntaxReportTransaction(
            envelope=envelope,
            acknowledgments=tuple(self._answers),
            group_accepted_code=self._accepted_code,
            content_key=content_key,
            group_control_number=self._group,
        )

    def _read_ak1(self, segment: str) -> None:
        self._group = self._required(segment, 2, "AK1 element 2 (group control number)")

    def _read_ak2(self, segment: str) -> None:
        if self._open:
            raise BadSegment("AK2", expected="IK5 for the set before it", got="none")
        if not self._group:
            raise BadSegment("AK2", expected="AK1 before it", got="none")
        self._open = {
            "group_control_number": self._group,
            "transaction_type": self._required(segment, 1, "AK2 element 1 (transaction set)"),
            "transaction_control_number": self._required(segment, 2, "AK2 element 2 (control number)"),
        }

    def _read_ik3(self, segment: str) -> None:
        if not self._open:
            raise BadSegment("IK3", expected="AK2 before it", got="none")
        e = segment.split(self._mark) + _ABSENT
        self._errors.append(f"{e[1]}@{e[2]}:{e[4]}")

    def _read_ik5(self, segment: str) -> None:
        if not self._open:
            raise BadSegment("IK5", expected="AK2 before it", got="none")
        self._open["accepted_code"] = self._required(segment, 1, "IK5 element 1 (acknowledgment code)")
        self._open["error_codes"] = tuple(code for code in segment.split(self._mark)[_ERROR_CODES] if code)
        if self._errors:
            self._open["segment_errors"] = tuple(self._errors)
            self._errors = []
        self._answers.append(make(TransactionAcknowledgment, self._open))
        self._open = {}

    def _read_ak9(self, segment: str) -> None:
        self._accepted_code = self._required(segment, 1, "AK9 element 1 (acknowledgment code)")

    def _required(self, segment: str, at: int, place: str) -> str:
        text = (segment.split(self._mark) + _ABSENT)[at]
        if not text:
            raise BadSegment(place, expected="a value", got="nothing")
        return text
