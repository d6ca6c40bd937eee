"""Owns the way out: transactions to the bytes of one file, inside their ISA and GS envelopes."""

from collections.abc import Iterator, Sequence
from datetime import time
from itertools import groupby

from claims.x12.acknowledgment_writer import write_acknowledgments, write_syntax_report
from claims.x12.claim_writer import write_claims
from claims.x12.remittance_writer import write_remittances
from claims.x12.segment_writer import SegmentWriter, UnwritableRecord, write_date
from claims.x12.transactions import (
    AcknowledgmentTransaction,
    ClaimTransaction,
    Delimiters,
    Envelope,
    RemittanceTransaction,
    Transaction,
)

GROUP_OF_KIND = {"837P": "HC", "837I": "HC", "835": "HP", "277CA": "HN", "999": "FA"}
INTERCHANGE_ID_WIDTH = 15
INTERCHANGE_CONTROL_WIDTH = 9


def write_transactions(transactions: Sequence[Transaction]) -> bytes:
    """Write transactions as one UTF-8 file; neighbours that share interchange and group control numbers share ISA and GS.

    Raises: UnwritableRecord, when a value cannot stand in X12; the message never shows the value.
    """
    texts = []
    for _, of_interchange in groupby(transactions, key=_interchange_key):
        run = list(of_interchange)
        delimiters = run[0].envelope.delimiters
        end = delimiters.segment + delimiters.line_end
        texts += [segment + end for segment in _interchange_segments(run, delimiters)]
    return "".join(texts).encode()


def _interchange_key(transaction: Transaction) -> object:
    envelope = transaction.envelope
    return (
        envelope.interchange_control_number,
        envelope.sender_id,
        envelope.receiver_id,
        envelope.sender_qualifier,
        envelope.receiver_qualifier,
        envelope.usage_code,
        envelope.delimiters,
    )


def _group_key(transaction: Transaction) -> object:
    envelope = transaction.envelope
    return (
        GROUP_OF_KIND[transaction.kind],
        envelope.group_control_number,
        envelope.group_sender_id,
        envelope.group_receiver_id,
        envelope.created_on,
        envelope.created_at,
    )


def _interchange_segments(transactions: Sequence[Transaction], delimiters: Delimiters) -> Iterator[str]:
    envelope = transactions[0].envelope
    yield _interchange_header(envelope)
    groups = 0
    for _, of_group in groupby(transactions, key=_group_key):
        groups += 1
        yield from _group_segments(list(of_group), delimiters)
    yield delimiters.element.join(("IEA", str(groups), envelope.interchange_control_number))


def _interchange_header(envelope: Envelope) -> str:
    """Write the ISA, whose elements have fixed widths."""
    delimiters = envelope.delimiters
    control_number = envelope.interchange_control_number
    if len(control_number) != INTERCHANGE_CONTROL_WIDTH:
        raise UnwritableRecord("ISA element 13", expected="9 characters", got=f"{len(control_number)}")
    for party in (envelope.sender_id, envelope.receiver_id):
        if len(party) > INTERCHANGE_ID_WIDTH or party != party.strip() or not party.isprintable():
            raise UnwritableRecord("ISA element 6 or 8", expected="at most 15 characters", got=f"{len(party)}")
    elements = (
        "ISA",
        "00",
        " " * 10,
        "00",
        " " * 10,
        envelope.sender_qualifier,
        envelope.sender_id.ljust(INTERCHANGE_ID_WIDTH),
        envelope.receiver_qualifier,
        envelope.receiver_id.ljust(INTERCHANGE_ID_WIDTH),
        write_date(envelope.created_on)[2:],
        f"{envelope.created_at:%H%M}",
        delimiters.repetition or "U",
        "00501",
        control_number,
        "0",
        envelope.usage_code,
        delimiters.component,
    )
    text = delimiters.element.join(elements)
    if text.count(delimiters.element) != len(elements) - 1 or delimiters.segment in text:
        raise UnwritableRecord("ISA", expected="texts without delimiters", got="some")
    return text


def _group_segments(transactions: Sequence[Transaction], delimiters: Delimiters) -> Iterator[str]:
    first = transactions[0]
    envelope = first.envelope
    header = SegmentWriter(delimiters)
    header.add(
        "GS",
        GROUP_OF_KIND[first.kind],
        envelope.group_sender_id or envelope.sender_id,
        envelope.group_receiver_id or envelope.receiver_id,
        write_date(envelope.created_on),
        _write_time(envelope.created_at),
        envelope.group_control_number,
        "X",
        envelope.version,
    )
    yield header.segments[0]
    for transaction in transactions:
        yield from _transaction_segments(transaction, delimiters)
    yield delimiters.element.join(("GE", str(len(transactions)), envelope.group_control_number))


def _transaction_segments(transaction: Transaction, delimiters: Delimiters) -> list[str]:
    envelope = transaction.envelope
    writer = SegmentWriter(delimiters)
    # The 835 guide has no ST03; a reader takes its version from GS08.
    version = None if transaction.kind == "835" else envelope.version
    writer.add("ST", transaction.kind[:3], envelope.transaction_control_number, version)
    if isinstance(transaction, ClaimTransaction):
        write_claims(transaction, writer)
    elif isinstance(transaction, RemittanceTransaction):
        write_remittances(transaction, writer)
    elif isinstance(transaction, AcknowledgmentTransaction):
        write_acknowledgments(transaction, writer)
    else:
        write_syntax_report(transaction, writer)
    writer.add("SE", str(len(writer.segments) + 1), envelope.transaction_control_number)
    return writer.segments


def _write_time(at: time) -> str:
    """Write HHMM, with seconds and hundredths only where there are some."""
    if at.microsecond:
        return f"{at:%H%M%S}{at.microsecond // 10_000:02d}"
    return f"{at:%H%M%S}" if at.second else f"{at:%H%M}"
