"""Owns which fields of a claim a person may correct in a replacement, and how: a closed list, each with its place in the 837.

A change is a person's, verified against the record; this module judges no content. An empty value clears the field.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from claims.claim import Claim, Person, ServiceLine
from serving.errors import RefusedInput


@dataclass(frozen=True, kw_only=True)
class VerifiedChange:
    """One correction. `line_number` (LX01) `None` = the whole claim; `verified_in` names what a person checked it against."""

    field: str
    value: str
    verified_in: str
    line_number: int | None = None


Read = Callable[[str], Any]


def _text(value: str) -> str | None:
    return value or None


def _codes(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _pointers(value: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _codes(value))


def _number(value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError from None
    if not number.is_finite() or number < 0:
        raise ValueError
    return number


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None


# field -> (its place in the 837, how its value is read)
CLAIM_FIELDS: dict[str, tuple[str, Read]] = {
    "authorization_number": ("REF*G1", _text),
    "referral_number": ("REF*9F", _text),
    "clia_number": ("REF*X4", _text),
    "diagnosis_codes": ("HI", _codes),
    "place_of_service_code": ("CLM05-1", _text),
    "related_cause_codes": ("CLM11", _codes),
    "delay_reason_code": ("CLM20", _text),
    "assignment_code": ("CLM07", _text),
    "accident_on": ("DTP*439", _day),
    "onset_on": ("DTP*431", _day),
    "patient_status_code": ("CL103", _text),
    "admission_type_code": ("CL101", _text),
}
PERSON_FIELDS: dict[str, tuple[str, Read]] = {
    "member_id": ("NM1*IL", _text),
    "last_name": ("NM1*IL or QC", _text),
    "first_name": ("NM1*IL or QC", _text),
    "birth_on": ("DMG02", _day),
    "sex_code": ("DMG03", _text),
}
LINE_FIELDS: dict[str, tuple[str, Read]] = {
    "procedure_code": ("SV101-2, SV202-2", _text),
    "modifiers": ("SV101-3 to 6", _codes),
    "units": ("SV104, SV205", _number),
    "charge_amount": ("SV102, SV203", _number),
    "diagnosis_pointers": ("SV107", _pointers),
    "place_of_service_code": ("SV105", _text),
    "service_from_on": ("DTP*472", _day),
    "service_to_on": ("DTP*472", _day),
    "authorization_number": ("REF*G1", _text),
    "referral_number": ("REF*9F", _text),
    "national_drug_code": ("LIN03", _text),
    "revenue_code": ("SV201", _text),
}


def apply_changes(claim: Claim, changes: Sequence[VerifiedChange]) -> Claim:
    """Make the corrected claim. Its charge follows its lines. Raises: RefusedInput, naming the field, never a value."""
    for number, change in enumerate(changes, start=1):
        corrected = _apply(claim, change, number)
        if corrected == claim:
            raise RefusedInput(f"change {number} ({change.field}): expected another value than the claim has, got the same")
        claim = corrected
    _refuse_impossible(claim)
    return claim


def _refuse_impossible(claim: Claim) -> None:
    """Refuse what no payer can read, whatever the record says. Raises: RefusedInput."""
    count = len(claim.diagnosis_codes)
    faults = (
        (not claim.place_of_service_code, "a place of service"),
        (any(not code.isalnum() for code in claim.diagnosis_codes), "diagnosis codes of letters and digits, no dots"),
        (any(not 1 <= pointer <= count for line in claim.lines for pointer in line.diagnosis_pointers), "pointers to diagnoses"),
        (any(line.service_from_on is None for line in claim.lines if claim.claim_type == "837P"), "a service day on each line"),
        (
            any(
                line.service_from_on and line.service_to_on and line.service_to_on < line.service_from_on for line in claim.lines
            ),
            "services that end after they begin",
        ),
    )
    for is_wrong, expected in faults:
        if is_wrong:
            raise RefusedInput(f"corrected claim: expected {expected}, got none or another")


def _apply(claim: Claim, change: VerifiedChange, number: int) -> Claim:
    if change.line_number is not None:
        read = _reader(LINE_FIELDS, change, number)
        if change.line_number not in {line.line_number for line in claim.lines}:
            raise RefusedInput(f"change {number}: expected the number of a line of the claim, got another")
        lines = tuple(
            _changed_line(line, change.field, read) if line.line_number == change.line_number else line for line in claim.lines
        )
        return replace(claim, lines=lines, charge_amount=sum((line.charge_amount for line in lines), Decimal(0)))
    if change.field in PERSON_FIELDS:
        return _changed_person(claim, change.field, _reader(PERSON_FIELDS, change, number))
    return replace(claim, **{change.field: _reader(CLAIM_FIELDS, change, number)})


def _changed_line(line: ServiceLine, field: str, value: Any) -> ServiceLine:
    return replace(line, **{field: value})


def _changed_person(claim: Claim, field: str, value: Any) -> Claim:
    """Correct who was treated; the member id is always the subscriber's."""
    changes: dict[str, Any] = {field: value}
    if claim.patient is None or field == "member_id":
        person: Person = replace(claim.subscriber.person, **changes)
        return replace(claim, subscriber=replace(claim.subscriber, person=person))
    return replace(claim, patient=replace(claim.patient, **changes))


def _reader(known: dict[str, tuple[str, Read]], change: VerifiedChange, number: int) -> Any:
    """Read the value. Raises: RefusedInput."""
    if change.field not in known:
        listed = ", ".join(sorted(known))
        raise RefusedInput(f"change {number}: expected a field that can be corrected ({listed}), got another")
    try:
        return known[change.field][1](change.value.strip())
    except ValueError:
        raise RefusedInput(f"change {number} ({change.field}): expected a value of its kind, got another") from None
