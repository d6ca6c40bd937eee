"""Owns writing an 837P or 837I body (BHT to the last line) from claims."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from claims.claim import Address, Claim, OtherSubscriber, Paperwork, Payer, Person, Provider, ServiceLine, Subscriber
from claims.x12.formats import PART, write_adjustments, write_date, write_decimal, write_period
from claims.x12.transactions import ClaimTransaction

Segment = Sequence[str | None]
SUBMITTED_AT = "1200"
CODES_PER_HI = 12


def claim_segments(transaction: ClaimTransaction) -> Iterator[Segment]:
    """Yield the segments between ST and SE. Neighbouring claims of one billing provider, subscriber and patient share loops."""
    yield "BHT", "0019", "00", transaction.reference, write_date(transaction.submitted_on), SUBMITTED_AT, "CH"
    if transaction.submitter is not None:
        yield _name("41", transaction.submitter, qualifier="46", number=transaction.submitter.tax_id)
        yield "PER", "IC", "BILLING OFFICE", "TE", "5550100"
    if transaction.receiver is not None:
        yield _name("40", transaction.receiver, qualifier="46", number=transaction.receiver.tax_id)
    counter = _Counter()
    for provider, claims in groupby(transaction.claims, key=lambda claim: claim.billing_provider):
        level = counter.next()
        yield "HL", str(level), None, "20", "1"
        if provider.taxonomy_code:
            yield "PRV", "BI", "PXC", provider.taxonomy_code
        yield _name("85", provider, qualifier="XX", number=provider.npi)
        yield from _address(provider.address)
        if provider.tax_id:
            yield "REF", "EI", provider.tax_id
        for (subscriber, payer), members in groupby(claims, key=lambda claim: (claim.subscriber, claim.payer)):
            yield from _subscriber(list(members), subscriber, payer, parent=level, counter=counter)


class _Counter:
    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """Give the next HL number."""
        self._last += 1
        return self._last


def _subscriber(
    claims: list[Claim], subscriber: Subscriber, payer: Payer, *, parent: int, counter: _Counter
) -> Iterator[Segment]:
    level = counter.next()
    has_patients = any(claim.patient is not None for claim in claims)
    yield "HL", str(level), str(parent), "22", "1" if has_patients else "0"
    yield (
        "SBR", subscriber.payer_sequence_code, subscriber.relationship_code, subscriber.group_number, subscriber.group_name,
        None, None, None, None, subscriber.claim_filing_indicator_code,
    )  # fmt: skip
    yield from _person("IL", subscriber.person)
    yield "NM1", "PR", "2", payer.name, None, None, None, None, "PI" if payer.payer_id else None, payer.payer_id
    for (patient, relationship), members in groupby(claims, key=lambda c: (c.patient, c.patient_relationship_code)):
        if patient is not None:
            yield "HL", str(counter.next()), str(level), "23", "0"
            yield "PAT", relationship
            yield from _person("QC", patient)
        for claim in members:
            yield from _claim(claim)


def _name(code: str, provider: Provider, *, qualifier: str, number: str | None) -> Segment:
    kind = "2" if provider.is_organization else "1"
    has_number = qualifier if number else None
    return "NM1", code, kind, provider.name, provider.first_name, None, None, None, has_number, number


def _person(code: str, person: Person) -> Iterator[Segment]:
    has_id = "MI" if person.member_id else None
    yield (
        "NM1", code, "1", person.last_name, person.first_name, person.middle_name, None, None, has_id, person.member_id,
    )  # fmt: skip
    yield from _address(person.address)
    if person.birth_on is not None or person.sex_code:
        yield "DMG", "D8" if person.birth_on else None, write_date(person.birth_on), person.sex_code


def _address(address: Address | None) -> Iterator[Segment]:
    if address is None:
        return
    if address.line_1 is not None or address.line_2 is not None:
        yield "N3", address.line_1, address.line_2
    if address.city or address.state_code or address.postal_code:
        yield "N4", address.city, address.state_code, address.postal_code


def _claim(claim: Claim) -> Iterator[Segment]:
    professional = claim.claim_type == "837P"
    place = (claim.place_of_service_code or "", claim.facility_qualifier_code or "", claim.frequency_code)
    yield (
        "CLM", claim.patient_control_number, write_decimal(claim.charge_amount), None, None, PART.join(place),
        claim.provider_signature_code, claim.assignment_code, claim.benefits_assigned_code, claim.release_of_information_code,
        None, PART.join(claim.related_cause_codes) or None, *([None] * 8), claim.delay_reason_code,
    )  # fmt: skip
    if claim.statement_from_on is not None:
        yield "DTP", "434", "RD8", f"{write_date(claim.statement_from_on)}-{write_date(claim.statement_to_on)}"
    for code, value in (
        ("431", claim.onset_on), ("439", claim.accident_on), ("435", claim.admitted_on), ("096", claim.discharged_on),
    ):  # fmt: skip
        if value is not None:
            yield "DTP", code, "D8", write_date(value)
    if claim.admission_type_code or claim.admission_source_code or claim.patient_status_code:
        yield "CL1", claim.admission_type_code, claim.admission_source_code, claim.patient_status_code
    yield from _paperwork(claim.paperwork)
    if claim.patient_paid_amount is not None:
        yield "AMT", "F5", write_decimal(claim.patient_paid_amount)
    for code, number in (
        ("9F", claim.referral_number), ("G1", claim.authorization_number), ("F8", claim.payer_claim_control_number),
        ("X4", claim.clia_number), ("EA", claim.medical_record_number),
    ):  # fmt: skip
        if number:
            yield "REF", code, number
    if claim.note is not None:
        yield "NTE", "ADD", claim.note
    yield from _codes(claim)
    attending = "82" if professional else "71"
    for code, provider in (
        ("DN", claim.referring_provider), (attending, claim.rendering_provider), ("77", claim.facility_provider),
    ):  # fmt: skip
        if provider is not None:
            yield from _claim_provider(code, provider, taxonomy_kind="PE" if professional else "AT")
    for other in claim.other_subscribers:
        yield from _other_subscriber(other)
    for line in claim.lines:
        yield from _line(line, professional=professional)


def _claim_provider(code: str, provider: Provider, *, taxonomy_kind: str) -> Iterator[Segment]:
    yield _name(code, provider, qualifier="XX", number=provider.npi)
    if provider.taxonomy_code:
        yield "PRV", taxonomy_kind, "PXC", provider.taxonomy_code
    yield from _address(provider.address)


def _paperwork(paperwork: tuple[Paperwork, ...]) -> Iterator[Segment]:
    for paper in paperwork:
        has_number = "AC" if paper.control_number else None
        yield "PWK", paper.report_type_code, paper.transmission_code, None, None, has_number, paper.control_number


def _codes(claim: Claim) -> Iterator[Segment]:
    diagnoses = [f"{'ABF' if at else 'ABK'}{PART}{code}" for at, code in enumerate(claim.diagnosis_codes)]
    yield from _hi(diagnoses)
    if claim.admitting_diagnosis_code:
        yield "HI", f"ABJ{PART}{claim.admitting_diagnosis_code}"
    if claim.drg_code:
        yield "HI", f"DR{PART}{claim.drg_code}"
    procedures = [f"{'BBQ' if at else 'BBR'}{PART}{code}" for at, code in enumerate(claim.procedure_codes)]
    yield from _hi(procedures)
    for qualifier, codes in (("BH", claim.occurrence_codes), ("BE", claim.value_codes), ("BG", claim.condition_codes)):
        yield from _hi([f"{qualifier}{PART}{code}" for code in codes])


def _hi(composites: list[str]) -> Iterator[Segment]:
    for start in range(0, len(composites), CODES_PER_HI):
        yield "HI", *composites[start : start + CODES_PER_HI]


def _other_subscriber(other: OtherSubscriber) -> Iterator[Segment]:
    yield (
        "SBR", other.payer_sequence_code, other.relationship_code, *([None] * 6), other.claim_filing_indicator_code,
    )  # fmt: skip
    yield from write_adjustments(other.adjustments)
    if other.paid_amount is not None:
        yield "AMT", "D", write_decimal(other.paid_amount)
    yield "OI", None, None, "Y", None, None, "Y"
    has_id = "MI" if other.member_id else None
    yield "NM1", "IL", "1", other.last_name, other.first_name, None, None, None, has_id, other.member_id
    payer = other.payer
    yield "NM1", "PR", "2", payer.name, None, None, None, None, "PI" if payer.payer_id else None, payer.payer_id
    if other.adjudicated_on is not None:
        yield "DTP", "573", "D8", write_date(other.adjudicated_on)


def _line(line: ServiceLine, *, professional: bool) -> Iterator[Segment]:
    yield "LX", str(line.line_number)
    has_procedure = line.procedure_code or line.modifiers
    procedure = PART.join((line.procedure_qualifier_code, line.procedure_code or "", *line.modifiers)) if has_procedure else None
    charge, units = write_decimal(line.charge_amount), write_decimal(line.units)
    if professional:
        pointers = PART.join(str(pointer) for pointer in line.diagnosis_pointers) or None
        yield (
            "SV1", procedure, charge, line.unit_code, units, line.place_of_service_code, None, pointers, None,
            line.emergency_code,
        )  # fmt: skip
    else:
        yield "SV2", line.revenue_code, procedure, charge, line.unit_code, units
    yield from _paperwork(line.paperwork)
    yield from _service_dates(line.service_from_on, line.service_to_on)
    for code, number in (
        ("6R", line.line_control_number), ("G1", line.authorization_number), ("9F", line.referral_number),
    ):  # fmt: skip
        if number:
            yield "REF", code, number
    if line.national_drug_code:
        yield "LIN", None, "N4", line.national_drug_code
    if line.rendering_provider is not None:
        yield from _claim_provider("82", line.rendering_provider, taxonomy_kind="PE")


def _service_dates(first: date | None, last: date | None) -> Iterator[Segment]:
    if first is not None:
        yield "DTP", "472", *write_period(first, last)
