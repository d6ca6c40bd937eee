"""Owns writing: transactions into interchanges. What it writes, the readers read back to the same records."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from claims.errors import ClaimsError
from claims.x12.acknowledgment_writer import claim_acknowledgment_segments, syntax_report_segments
from claims.x12.claim_writer import claim_segments
from claims.x12.formats import write_date
from claims.x12.remittance_writer import remittance_segments
from claims.x12.transactions import (
    AcknowledgmentTransaction,
    ClaimTransaction,
    Delimiters,
    Envelope,
    RemittanceTransaction,
    SyntaxReportTransaction,
    Transaction,
)

Segment = Sequence[str | None]


class UnwritableValue(ClaimsError):
    """A value holds a delimiter of the interchange. The message names the segment, never the value."""


def write_transactions(transactions: Sequence[Transaction]) -> bytes:
    """Write transactions as X12 bytes (UTF-8).

    Neighbours with the same interchange control number share an ISA, and within it those with the same group control number
    a GS. Raises: UnwritableValue.
    """
    return "".join(
        _interchange(list(members))
        for _, members in groupby(transactions, key=lambda t: (t.envelope.sender_id, t.envelope.interchange_control_number))
    ).encode("utf-8")


def _interchange(transactions: Sequence[Transaction]) -> str:
    envelope = transactions[0].envelope
    marks = envelope.delimiters
    groups = [list(members) for _, members in groupby(transactions, key=lambda t: t.envelope.group_control_number)]
    segments = [_isa(envelope)]
    for members in groups:
        first = members[0].envelope
        segments.append(marks.element.join(_gs(members[0])))
        for transaction in members:
            segments += _transaction(transaction, marks)
        segments.append(marks.element.join(("GE", str(len(members)), first.group_control_number)))
    segments.append(marks.element.join(("IEA", str(len(groups)), envelope.interchange_control_number)))
    end = marks.segment + marks.line_end
    return end.join(segments) + end


def _isa(envelope: Envelope) -> str:
    marks = envelope.delimiters
    return marks.element.join(
        (
            "ISA", "00", " " * 10, "00", " " * 10,
            envelope.sender_qualifier, envelope.sender_id.ljust(15), envelope.receiver_qualifier, envelope.receiver_id.ljust(15),
            envelope.created_on.strftime("%y%m%d"), envelope.created_at.strftime("%H%M"), marks.repetition, "00501",
            envelope.interchange_control_number, "0", envelope.usage_code, marks.component,
        )
    )  # fmt: skip


def _gs(transaction: Transaction) -> tuple[str, ...]:
    envelope = transaction.envelope
    functions = {"837P": "HC", "837I": "HC", "835": "HP", "277CA": "HN", "999": "FA"}
    return (
        "GS", functions[transaction.kind], envelope.group_sender_id or envelope.sender_id,
        envelope.group_receiver_id or envelope.receiver_id, write_date(envelope.created_on) or "",
        envelope.created_at.strftime("%H%M"), envelope.group_control_number, "X", envelope.version,
    )  # fmt: skip


def _transaction(transaction: Transaction, marks: Delimiters) -> list[str]:
    envelope = transaction.envelope
    body: Iterable[Segment]
    match transaction:
        case ClaimTransaction():
            code, body = "837", claim_segments(transaction)
        case RemittanceTransaction():
            code, body = "835", remittance_segments(transaction)
        case AcknowledgmentTransaction():
            code, body = "277", claim_acknowledgment_segments(transaction)
        case SyntaxReportTransaction():
            code, body = "999", syntax_report_segments(transaction)
    number = envelope.transaction_control_number
    start = ["ST", code, number] + ([] if code == "835" else [envelope.version])
    segments = [marks.element.join(start)]
    segments += [_join(segment, marks) for segment in body]
    segments.append(marks.element.join(("SE", str(len(segments) + 1), number)))
    return segments


def _join(segment: Segment, marks: Delimiters) -> str:
    """Join elements, drop empty ones at the end. Composites come in with \\x1f between parts, repeats with \\x1e."""
    text = "\x1d".join(part or "" for part in segment).rstrip("\x1d")
    if marks.element in text or marks.segment in text or marks.component in text:
        raise UnwritableValue(f"{segment[0]}: expected values without the interchange's delimiters, got one")
    return text.replace("\x1d", marks.element).replace("\x1f", marks.component).replace("\x1e", marks.repetition)
