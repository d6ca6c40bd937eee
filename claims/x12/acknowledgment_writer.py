"""Owns how a 277CA (005010X214) and a 999 (005010X231A1) are laid out in segments. What no field holds is not written."""

from collections.abc import Sequence

from claims.acknowledgment import ClaimStatus, LevelAcknowledgment, TransactionAcknowledgment
from claims.x12.segment_writer import SegmentWriter, UnwritableRecord, write_amount, write_date
from claims.x12.transactions import AcknowledgmentTransaction, SyntaxReportTransaction

_GROUP_OF_TRANSACTION = {"837": "HC", "835": "HP", "277": "HN", "999": "FA"}


def write_acknowledgments(transaction: AcknowledgmentTransaction, writer: SegmentWriter) -> None:
    """Write BHT to the last claim of one 277CA."""
    envelope = transaction.envelope
    writer.add(
        "BHT",
        "0085",
        "08",
        envelope.transaction_control_number,
        write_date(transaction.created_on),
        f"{envelope.created_at:%H%M}",
        "TH",
    )
    writer.add("HL", "1", None, "20", "1")
    payer = transaction.payer
    writer.add("NM1", "PR", "2", payer.name, None, None, None, None, "PI" if payer.payer_id else None, payer.payer_id)
    writer.add("HL", "2", "1", "21", "1")
    writer.add("NM1", "41", "2", *[None] * 5, "46", envelope.receiver_id)
    level = 2
    for answer in (answer for answer in transaction.level_acknowledgments if answer.level == "receiver"):
        _write_trace(answer, writer)
    for answer in (answer for answer in transaction.level_acknowledgments if answer.level != "receiver"):
        level += 1
        writer.add("HL", str(level), "2", "19", "0")
        writer.add("NM1", "85", "2", *[None] * 5, "XX" if answer.provider_npi else None, answer.provider_npi)
        _write_trace(answer, writer)
    if not transaction.acknowledgments:
        return
    level += 1
    provider_level = level
    writer.add("HL", str(level), "2", "19", "1")
    writer.add("NM1", "85", "2")
    for claim in transaction.acknowledgments:
        if claim.payer not in {None, payer.payer_id}:
            raise UnwritableRecord("NM1*PR", expected="claims of the transaction's own payer", got="another")
        level += 1
        writer.add("HL", str(level), str(provider_level), "PT")
        writer.add("NM1", "QC", "1")
        writer.add("TRN", "2", claim.patient_control_number)
        _write_statuses(claim.statuses, writer)
        if claim.payer_claim_control_number:
            writer.add("REF", "1K", claim.payer_claim_control_number)
        if claim.clearinghouse_trace_number:
            writer.add("REF", "D9", claim.clearinghouse_trace_number)
        if claim.service_from_on is not None:
            writer.add("DTP", "472", "D8", write_date(claim.service_from_on))


def write_syntax_report(transaction: SyntaxReportTransaction, writer: SegmentWriter) -> None:
    """Write AK1 to AK9 of one 999, which answers one functional group."""
    answers = transaction.acknowledgments
    groups = {answer.group_control_number for answer in answers} | ({transaction.group_control_number} - {""})
    if len(groups) != 1:
        raise UnwritableRecord("AK1", expected="answers to one functional group", got=str(len(groups)))
    writer.add("AK1", _GROUP_OF_TRANSACTION.get(answers[0].transaction_type, "HC") if answers else "HC", groups.pop())
    for answer in answers:
        _write_answer(answer, writer)
    accepted = sum(answer.accepted_code in {"A", "E"} for answer in answers)
    writer.add("AK9", transaction.group_accepted_code, str(len(answers)), str(len(answers)), str(accepted))


def _write_trace(answer: LevelAcknowledgment, writer: SegmentWriter) -> None:
    writer.add("TRN", "1" if answer.level != "receiver" else "2", answer.trace_number)
    _write_statuses(answer.statuses, writer)


def _write_statuses(statuses: Sequence[ClaimStatus], writer: SegmentWriter) -> None:
    for status in statuses:
        writer.add(
            "STC",
            (status.category_code, status.status_code, status.entity_code),
            write_date(status.effective_on) if status.effective_on else None,
            status.action_code,
            write_amount(status.charge_amount),
        )


def _write_answer(answer: TransactionAcknowledgment, writer: SegmentWriter) -> None:
    writer.add("AK2", answer.transaction_type, answer.transaction_control_number)
    for error in answer.segment_errors:
        segment_id, _, rest = error.partition("@")
        position, _, code = rest.partition(":")
        writer.add("IK3", segment_id, position, None, code)
    writer.add("IK5", answer.accepted_code, *answer.error_codes)
