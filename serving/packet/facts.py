"""Owns the facts that a packet may state: each from claim, remittance or the practice's own file, or a gap that says why."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from claims.denial import DeniedAdjustment, denied_adjustments
from serving.packet.case import DenialCase
from serving.packet.practice_file import Letterhead, PayerChannel
from serving.packet.words import Fact, day, dollars

NOT_KEPT = "not kept by this system; fill in"
_CLAIM, _ANSWER, _OWN = "the claim as sent (837)", "the remittance (835)", "packets.toml"
NONE_ON_CLAIM = "none"
NO_ADDRESS = "payer's address for appeals: from its notice, manual or portal; keep it in packets.toml"


def make_facts(
    case: DenialCase, *, letterhead: Letterhead, channel: PayerChannel | None, level: int, filing_limit_on: date | None
) -> dict[str, Fact]:
    """State every fact of `templates.FACT_NAMES`."""
    return {
        "item_key": Fact(label="Work item", value=case.key, source="the work queue"),
        "level": Fact(label="Appeal level", value=str(level), source="appeals.csv"),
        **_people(case),
        **_claim(case, filing_limit_on),
        **_answer(case),
        **_practice(letterhead),
        "payer_address": Fact(
            label="Payer's address for appeals",
            value=", ".join(channel.address) if channel and channel.address else None,
            source=channel.source if channel else _OWN,
            gap=NO_ADDRESS,
        ),
    }


def _people(case: DenialCase) -> dict[str, Fact]:
    shape = case.claim.subscriber_id_format
    like = f" (the claim's has the form {shape})" if shape else ""
    return {
        "patient_name": Fact(label="Patient", value=None, source=_CLAIM, gap=f"patient name: {NOT_KEPT}"),
        "patient_birth_on": Fact(label="Date of birth", value=None, source=_CLAIM, gap=f"date of birth: {NOT_KEPT}"),
        "member_id": Fact(label="Member id", value=None, source=_CLAIM, gap=f"member id: {NOT_KEPT}{like}"),
        "group_number": _optional("Group number", case.claim.group_number, "SBR03"),
    }


def _claim(case: DenialCase, filing_limit_on: date | None) -> dict[str, Fact]:
    claim, lines = case.claim, case.lines
    authorizations = _listed([claim.authorization_number, *(line.authorization_number for line in lines)])
    procedures = _procedures([(line.procedure_code, line.revenue_code, line.modifiers) for line in lines])
    return {
        "patient_control_number": Fact(label="Our claim number", value=claim.patient_control_number, source="CLM01"),
        "payer_name": Fact(label="Payer", value=claim.payer_name or case.answer.payer_name, source="NM1*PR", gap="payer's name"),
        "payer_id": Fact(label="Payer id", value=claim.payer_id, source="NM1*PR", gap="payer id: the claim names none"),
        "submitted_on": Fact(label="Claim sent on", value=day(claim.submitted_on), source="BHT04"),
        "service_days": Fact(label="Dates of service", value=_days(claim.service_from_on, claim.service_to_on), source="DTP*472"),
        "service_to_on": Fact(label="Last date of service", value=_day(claim.service_to_on), source="DTP*472"),
        "filing_limit_on": Fact(
            label="Filing limit",
            value=_day(filing_limit_on),
            source="payer rules",
            gap="last day for filing: not known for this payer",
        ),
        "procedure_codes": Fact(label="Procedures", value=procedures, source="SV1, SV2"),
        "diagnosis_codes": Fact(label="Diagnoses", value=_listed(claim.diagnosis_codes), source="HI"),
        "place_of_service_code": Fact(label="Place of service", value=claim.place_of_service_code, source="CLM05-1"),
        "authorization_number": _optional("Authorization number", authorizations, "REF*G1"),
        "referral_number": _optional("Referral number", claim.referral_number, "REF*9F"),
        "billing_provider_npi": Fact(label="Billing provider NPI", value=claim.billing_provider_npi, source="NM1*85"),
        "rendering_provider_npi": _optional("Rendering provider NPI", claim.rendering_provider_npi, "NM1*82"),
        "referring_provider_npi": _optional("Referring provider NPI", claim.referring_provider_npi, "NM1*DN"),
        "facility_name": _optional("Service location", claim.facility_name, "NM1*77"),
    }


def _answer(case: DenialCase) -> dict[str, Fact]:
    answer = case.answer.remittance
    denied = denied_adjustments(answer)
    reasons = _listed(f"{each.adjustment.group_code}-{each.adjustment.carc}" for each in denied)
    remarks = _listed([*answer.remark_codes, *(code for line in answer.lines for code in line.remark_codes)])
    amount = sum((each.adjustment.adjustment_amount for each in denied), Decimal(0))
    number = answer.payer_claim_control_number
    return {
        "payer_claim_control_number": Fact(
            label="Payer's claim number",
            value=number,
            source="CLP07",
            gap="payer's claim number: the remittance gives none; take it from the payer's portal",
        ),
        "charge_amount": Fact(label="Charge", value=dollars(answer.charge_amount), source="CLP03"),
        "paid_amount": Fact(label="Paid", value=dollars(answer.paid_amount), source="CLP04"),
        "patient_responsibility_amount": Fact(
            label="Patient's share", value=dollars(answer.patient_responsibility_amount), source="CLP05"
        ),
        "denied_amount": Fact(label="Amount denied", value=dollars(amount), source="CAS"),
        "denied_on": Fact(label="Date of the remittance", value=day(case.answer.known_on), source="BPR16, DTM*405"),
        "denied_procedure_codes": Fact(label="Denied procedures", value=_denied_procedures(case, denied), source="SVC, CAS"),
        "reason_codes": Fact(label="Reason codes", value=reasons, source="CAS"),
        "remark_codes": _optional("Remark codes", remarks, "MOA, MIA, LQ"),
        "trace_number": _optional("Payment trace number", case.answer.trace_number, "TRN02"),
    }


def _denied_procedures(case: DenialCase, denied: tuple[DeniedAdjustment, ...]) -> str | None:
    """List the procedures of the denied lines; those of the claim where it is denied as a whole."""
    places = {each.line_position for each in denied}
    if None in places:
        return _procedures([(line.procedure_code, line.revenue_code, line.modifiers) for line in case.lines])
    lines = [line for place, line in enumerate(case.answer.remittance.lines) if place in places]
    return _procedures(
        [(line.submitted_procedure_code or line.procedure_code, line.revenue_code, line.modifiers) for line in lines]
    )


def _procedures(lines: Iterable[tuple[str | None, str | None, tuple[str, ...]]]) -> str | None:
    return _listed(":".join((code or revenue or "", *modifiers)) for code, revenue, modifiers in lines)


def _practice(own: Letterhead) -> dict[str, Fact]:
    def fact(label: str, value: str | None) -> Fact:
        return Fact(label=label, value=value, source=_OWN, gap=f"{label.lower()}: not in packets.toml; fill in")

    return {
        "practice_name": fact("Practice name", own.name),
        "practice_address": fact("Practice address", ", ".join(own.address) or None),
        "practice_phone": fact("Practice telephone", own.phone),
        "practice_fax": fact("Practice fax", own.fax),
        "practice_tax_id": fact("Practice tax id", own.tax_id),
        "signer_name": fact("Name of the signer", own.signer_name),
        "signer_title": fact("Title of the signer", own.signer_title),
    }


def _optional(label: str, value: str | None, source: str) -> Fact:
    """State a fact that a claim may well not have: then it says so, which is no gap."""
    return Fact(label=label, value=value or NONE_ON_CLAIM, source=source)


def _listed(values: Iterable[str | None]) -> str | None:
    return ", ".join(dict.fromkeys(value for value in values if value)) or None


def _day(on: date | None) -> str | None:
    return day(on) if on else None


def _days(start: date | None, end: date | None) -> str | None:
    if start is None:
        return None
    return day(start) if end is None or end == start else f"{day(start)} to {day(end)}"
