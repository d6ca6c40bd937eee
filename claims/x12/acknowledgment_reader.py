"""Owns reading 277CA claim acknowledgments and 999 syntax reports."""

from typing import Any

from claims.acknowledgment import ClaimAcknowledgment, ClaimStatus, TransactionAcknowledgment
from claims.claim import Payer
from claims.errors import Rejection
from claims.x12.segments import TransactionSet, content_key
from claims.x12.transactions import AcknowledgmentTransaction, SyntaxReportTransaction
from claims.x12.values import (
    BadSegment,
    element,
    make,
    read_date,
    read_optional_date,
    read_optional_decimal,
    read_period,
    required,
)

Fields = dict[str, Any]


def read_claim_acknowledgments(transaction: TransactionSet, *, file: str) -> tuple[AcknowledgmentTransaction, list[Rejection]]:
    """Read one 277CA: an answer per claim trace (TRN inside the patient level). Raises: BadSegment without BHT04."""
    mark, component = transaction.envelope.delimiters.element, transaction.envelope.delimiters.component
    created_on = None
    payer: Fields = {}
    level = ""
    current: Fields | None = None
    found: list[ClaimAcknowledgment] = []
    rejected: list[Rejection] = []

    def finish() -> None:
        nonlocal current
        if current is not None:
            current["statuses"] = tuple(current["statuses"])
            found.append(make(ClaimAcknowledgment, current))
        current = None

    for offset, segment in enumerate(transaction.segments):
        e = segment.split(mark)
        name = e[0]
        try:
            if name == "BHT":
                created_on = read_date(required(e, 4, "BHT04 (date)"), "BHT04 (date)")
            elif name == "HL":
                finish()
                level = e[3] if len(e) > 3 else ""
            elif name == "NM1" and len(e) > 1:
                if e[1] in {"PR", "AY"} and level == "20":
                    payer = {key: e[at] for key, at in (("name", 3), ("payer_id", 9)) if len(e) > at and e[at]}
            elif name == "TRN" and level in {"PT", "22", "23"}:
                finish()
                number = required(e, 2, "TRN02 (patient control number)")
                current = {"patient_control_number": number, "statuses": []}
                if "payer_id" in payer:
                    current["payer"] = payer["payer_id"]
            elif name == "STC" and current is not None:
                current["statuses"] += _statuses(e, component)
            elif name == "REF" and current is not None and len(e) > 2:
                key = {"1K": "payer_claim_control_number", "D9": "clearinghouse_trace_number"}.get(e[1])
                if key:
                    current[key] = e[2]
            elif name == "DTP" and current is not None and len(e) > 3 and e[1] == "472" and "service_from_on" not in current:
                current["service_from_on"] = read_period(e[2], e[3], "DTP03 (service date)")[0]
        except BadSegment as fault:
            rejected.append(_rejection(transaction, offset, fault, file, current))
            current = None
    finish()
    if created_on is None:
        raise BadSegment(place="BHT04 (date)", expected="a date CCYYMMDD", got="none")
    return (
        AcknowledgmentTransaction(
            envelope=transaction.envelope,
            created_on=created_on,
            payer=make(Payer, payer),
            acknowledgments=tuple(found),
            content_key=content_key(transaction),
        ),
        rejected,
    )


def _rejection(transaction: TransactionSet, offset: int, fault: BadSegment, file: str, current: Fields | None) -> Rejection:
    return Rejection(
        file=file,
        position=transaction.position + offset,
        place=fault.place,
        expected=fault.expected,
        got=fault.got,
        patient_control_number=current["patient_control_number"] if current else None,
    )


def _statuses(e: list[str], component: str) -> list[ClaimStatus]:
    """Read STC01, and STC10 and STC11 where given, as one status each."""
    shared: Fields = {
        "effective_on": read_optional_date(e, 2, "STC02 (status date)"),
        "action_code": element(e, 3),
        "charge_amount": read_optional_decimal(e, 4, "STC04 (charge amount)"),
    }
    required(e, 1, "STC01 (status)")
    statuses = []
    for at in (1, 10, 11):
        composite = element(e, at)
        if composite:
            parts = composite.split(component)
            statuses.append(
                ClaimStatus(
                    category_code=parts[0],
                    status_code=parts[1] if len(parts) > 1 and parts[1] else None,
                    entity_code=parts[2] if len(parts) > 2 and parts[2] else None,
                    **shared,
                )
            )
    return statuses


def read_syntax_report(transaction: TransactionSet, *, file: str) -> tuple[SyntaxReportTransaction, list[Rejection]]:
    """Read one 999. Raises: BadSegment without AK1."""
    mark = transaction.envelope.delimiters.element
    group, accepted = "", ""
    current: Fields | None = None
    found: list[TransactionAcknowledgment] = []
    rejected: list[Rejection] = []
    for offset, segment in enumerate(transaction.segments):
        e = segment.split(mark)
        try:
            if e[0] == "AK1":
                group = required(e, 2, "AK102 (group control number)")
            elif e[0] == "AK2":
                current = {
                    "group_control_number": group,
                    "transaction_type": required(e, 1, "AK201 (transaction set)"),
                    "transaction_control_number": element(e, 2) or "",
                    "segment_errors": (),
                }
            elif e[0] == "IK3" and current is not None:
                mistake = f"{element(e, 1) or ''}@{element(e, 2) or ''}:{element(e, 4) or ''}"
                current["segment_errors"] = (*current["segment_errors"], mistake)
            elif e[0] == "IK5" and current is not None:
                current["accepted_code"] = required(e, 1, "IK501 (acknowledgment code)")
                current["error_codes"] = tuple(code for code in e[2:7] if code)
                found.append(make(TransactionAcknowledgment, current))
                current = None
            elif e[0] == "AK9":
                accepted = required(e, 1, "AK901 (acknowledgment code)")
        except BadSegment as fault:
            rejected.append(_rejection(transaction, offset, fault, file, None))
            current = None
    if not group:
        raise BadSegment(place="AK1", expected="a group response", got="none")
    return (
        SyntaxReportTransaction(
            envelope=transaction.envelope,
            acknowledgments=tuple(found),
            group_accepted_code=accepted,
            content_key=content_key(transaction),
        ),
        rejected,
    )
