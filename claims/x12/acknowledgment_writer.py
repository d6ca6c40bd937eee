"""Owns writing 277CA and 999 bodies."""

from collections.abc import Iterator, Sequence

from claims.acknowledgment import ClaimAcknowledgment, ClaimStatus
from claims.x12.formats import PART, write_date, write_decimal
from claims.x12.transactions import AcknowledgmentTransaction, SyntaxReportTransaction

Segment = Sequence[str | None]


def claim_acknowledgment_segments(transaction: AcknowledgmentTransaction) -> Iterator[Segment]:
    """Yield the segments of a 277CA between ST and SE: one patient level per claim."""
    yield "BHT", "0085", "08", transaction.envelope.transaction_control_number, write_date(transaction.created_on), "1200", "TH"
    yield "HL", "1", None, "20", "1"
    payer = transaction.payer
    yield "NM1", "PR", "2", payer.name, None, None, None, None, "PI" if payer.payer_id else None, payer.payer_id
    yield "HL", "2", "1", "21", "1"
    yield "HL", "3", "2", "19", "1"
    for number, acknowledgment in enumerate(transaction.acknowledgments, start=4):
        yield "HL", str(number), "3", "PT"
        yield "TRN", "2", acknowledgment.patient_control_number
        yield from (_status(status) for status in acknowledgment.statuses)
        yield from _references(acknowledgment)


def _status(status: ClaimStatus) -> Segment:
    code = PART.join((status.category_code, status.status_code or "", status.entity_code or "")).rstrip(PART)
    return "STC", code, write_date(status.effective_on), status.action_code, write_decimal(status.charge_amount)


def _references(acknowledgment: ClaimAcknowledgment) -> Iterator[Segment]:
    for code, number in (
        ("1K", acknowledgment.payer_claim_control_number), ("D9", acknowledgment.clearinghouse_trace_number),
    ):  # fmt: skip
        if number:
            yield "REF", code, number
    if acknowledgment.service_from_on is not None:
        yield "DTP", "472", "D8", write_date(acknowledgment.service_from_on)


def syntax_report_segments(transaction: SyntaxReportTransaction) -> Iterator[Segment]:
    """Yield the segments of a 999 between ST and SE."""
    group = transaction.acknowledgments[0].group_control_number if transaction.acknowledgments else "1"
    accepted = sum(answer.accepted_code in {"A", "E"} for answer in transaction.acknowledgments)
    count = str(len(transaction.acknowledgments))
    yield "AK1", "HC", group
    for answer in transaction.acknowledgments:
        yield "AK2", answer.transaction_type, answer.transaction_control_number
        for mistake in answer.segment_errors:
            segment, _, rest = mistake.partition("@")
            position, _, code = rest.partition(":")
            yield "IK3", segment, position, None, code
        yield "IK5", answer.accepted_code, *answer.error_codes
    yield "AK9", transaction.group_accepted_code, count, count, str(accepted)
