"""Owns the way back from rows of the history to a claim record. A person stands there as a stand-in of the same form.

In every column of `claim_tables` the record says what the rows say, but for the keyed hashes of people: nothing brings them back.
It is for scoring what was sent, never for sending.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from claims.claim import Address, Claim, OtherSubscriber, Paperwork, Payer, Person, Provider, ServiceLine, Subscriber

Row = Mapping[str, Any]
STAND_IN = "-"  # where a text was and is not kept
_AS_KEPT = (
    "patient_control_number",
    "claim_type",
    "frequency_code",
    "payer_claim_control_number",
    "submitted_on",
    "charge_amount",
    "place_of_service_code",
    "authorization_number",
    "referral_number",
    "clia_number",
    "assignment_code",
    "benefits_assigned_code",
    "release_of_information_code",
    "provider_signature_code",
    "delay_reason_code",
    "drg_code",
    "admission_type_code",
    "patient_status_code",
    "onset_on",
    "accident_on",
    "admitted_on",
    "patient_paid_amount",
)
_LINE_AS_KEPT = (
    "line_number",
    "procedure_code",
    "procedure_qualifier_code",
    "revenue_code",
    "charge_amount",
    "unit_code",
    "place_of_service_code",
    "service_from_on",
    "service_to_on",
    "line_control_number",
    "authorization_number",
    "referral_number",
    "national_drug_code",
)


def rebuild_claim(row: Row, lines: Sequence[Row]) -> Claim:
    """Make the record of one row of `claims` and its rows of `claim_lines`."""
    return Claim(
        **{name: row[name] for name in _AS_KEPT},
        billing_provider=Provider(
            npi=row["billing_provider_npi"],
            taxonomy_code=row["billing_taxonomy_code"],
            address=Address(state_code=row["billing_state_code"]),
        ),
        subscriber=Subscriber(
            person=_person(row),
            payer_sequence_code=row["payer_sequence_code"],
            relationship_code=row["relationship_code"],
            group_number=row["group_number"],
            claim_filing_indicator_code=row["claim_filing_indicator_code"],
        ),
        payer=Payer(payer_id=row["payer_id"], name=row["payer_name"]),
        related_cause_codes=tuple(row["related_cause_codes"] or ()),
        note=STAND_IN if row["has_note"] else None,
        diagnosis_codes=tuple(row["diagnosis_codes"] or ()),
        # Only where no line names a day does the record read these.
        statement_from_on=row["service_from_on"],
        statement_to_on=row["service_to_on"],
        referring_provider=_provider(row["referring_provider_npi"]),
        rendering_provider=_provider(row["rendering_provider_npi"], taxonomy_code=row["rendering_taxonomy_code"]),
        facility_provider=_provider(row["facility_npi"], name=row["facility_name"]),
        other_subscribers=_others(row),
        paperwork=_paperwork(row["paperwork_codes"]),
        lines=tuple(_line(line) for line in sorted(lines, key=lambda line: line["line_number"])),
    )


def _line(row: Row) -> ServiceLine:
    return ServiceLine(
        **{name: row[name] for name in _LINE_AS_KEPT},
        modifiers=tuple(row["modifiers"] or ()),
        units=Decimal(str(row["units"])),
        diagnosis_pointers=tuple(row["diagnosis_pointers"] or ()),
        rendering_provider=_provider(row["rendering_provider_npi"]),
        paperwork=_paperwork(row["paperwork_codes"]),
    )


def _person(row: Row) -> Person:
    """Stand in for who was treated: a member id of the same format, a birth date of the same age."""
    return Person(
        member_id=row["subscriber_id_format"] or None,
        birth_on=_birth_on(row["patient_age_years"], row["service_from_on"] or row["submitted_on"]),
        sex_code=row["patient_sex_code"],
        address=Address(line_1=STAND_IN) if row["has_patient_address"] else None,
    )


def _birth_on(age: int | None, on: date) -> date | None:
    if age is None:
        return None
    is_leap_day = (on.month, on.day) == (2, 29)
    return date(on.year - age, on.month, 28 if is_leap_day else on.day)


def _provider(npi: str | None, *, name: str | None = None, taxonomy_code: str | None = None) -> Provider | None:
    if npi is None and name is None and taxonomy_code is None:
        return None
    return Provider(npi=npi, name=name, taxonomy_code=taxonomy_code)


def _others(row: Row) -> tuple[OtherSubscriber, ...]:
    """Give the other coverages; what they paid is kept as one sum and stands with the first."""
    ids, sequences = row["other_payer_ids"] or (), row["other_payer_sequence_codes"] or ()
    indicators, paid = row["other_payer_filing_indicator_codes"] or (), row["other_payer_paid_amount"]
    return tuple(
        OtherSubscriber(
            payer=Payer(payer_id=payer_id),
            payer_sequence_code=sequence,
            claim_filing_indicator_code=indicator,
            paid_amount=paid if at == 0 else None,
        )
        for at, (payer_id, sequence, indicator) in enumerate(zip(ids, sequences, indicators, strict=True))
    )


def _paperwork(codes: Sequence[str] | None) -> tuple[Paperwork, ...]:
    return tuple(Paperwork(report_type_code=code) for code in codes or ())
