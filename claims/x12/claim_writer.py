"""Owns how an 837P or 837I is laid out in segments (005010X222A1, 005010X223A2). What no field holds is not written."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from claims.claim import Address, Adjustment, Claim, OtherSubscriber, Paperwork, Payer, Person, Provider, ServiceLine
from claims.x12.segment_writer import Element, SegmentWriter, UnwritableRecord, write_amount, write_date, write_period
from claims.x12.transactions import ClaimTransaction

DIAGNOSES_PER_SEGMENT = 12  # HI carries twelve composites
TRIPLETS_PER_SEGMENT = 6  # CAS carries six


def write_claims(transaction: ClaimTransaction, writer: SegmentWriter) -> None:
    """Write BHT to the last claim of one transaction."""
    writer.add(
        "BHT",
        "0019",
        "00",
        transaction.reference,
        write_date(transaction.submitted_on),
        f"{transaction.envelope.created_at:%H%M}",
        "CH",
    )
    _write_party("41", transaction.submitter, writer)
    for contact in transaction.submitter_contacts:
        pairs = [element for pair in contact.numbers for element in pair]
        writer.add("PER", "IC", contact.name, *pairs)
    _write_party("40", transaction.receiver, writer)
    for claim in transaction.claims:
        if claim.claim_type != transaction.kind or claim.submitted_on != transaction.submitted_on:
            raise UnwritableRecord("CLM", expected="claims of the transaction's own kind and day", got="another")
    level = 0
    for _, of_provider in _runs(transaction.claims, lambda claim: (claim.billing_provider,)):
        level += 1
        billing_level = level
        writer.add("HL", str(level), None, "20", "1")
        _write_billing_provider(of_provider[0].billing_provider, writer)
        for of_subscriber in _subscriber_runs(of_provider):
            level = _write_subscriber(of_subscriber, level + 1, billing_level, writer)


def write_adjustments(adjustments: Sequence[Adjustment], writer: SegmentWriter) -> None:
    """Write CAS segments, neighbours of one group code together."""
    for group_code, of_group in groupby(adjustments, key=lambda adjustment: adjustment.group_code):
        triplets = list(of_group)
        for start in range(0, len(triplets), TRIPLETS_PER_SEGMENT):
            elements: list[Element] = []
            for triplet in triplets[start : start + TRIPLETS_PER_SEGMENT]:
                elements += [triplet.carc, write_amount(triplet.adjustment_amount), write_amount(triplet.quantity)]
            writer.add("CAS", group_code, *elements)


def write_address(address: Address | None, writer: SegmentWriter) -> None:
    """Write N3 and N4, each where something of it is known."""
    if address is None:
        return
    if address.line_1 or address.line_2:
        writer.add("N3", address.line_1, address.line_2)
    if address.city or address.state_code or address.postal_code:
        writer.add("N4", address.city, address.state_code, address.postal_code)


def _runs(claims: Sequence[Claim], key: Callable[[Claim], object]) -> Iterator[tuple[object, list[Claim]]]:
    for value, run in groupby(claims, key=key):
        yield value, list(run)


def _subscriber_runs(claims: Sequence[Claim]) -> Iterator[list[Claim]]:
    """Split into 2000B loops: a claim of the subscriber's own may not follow one of a dependent in the same loop."""
    run: list[Claim] = []
    for claim in claims:
        same = run and (claim.subscriber, claim.payer) == (run[-1].subscriber, run[-1].payer)
        if run and not (same and (claim.patient is not None or run[-1].patient is None)):
            yield run
            run = []
        run.append(claim)
    if run:
        yield run


def _write_subscriber(claims: list[Claim], level: int, parent: int, writer: SegmentWriter) -> int:
    """Write one 2000B loop with its claims; gives back the last HL number used."""
    subscriber_level = level
    subscriber = claims[0].subscriber
    has_dependents = any(claim.patient is not None for claim in claims)
    writer.add("HL", str(level), str(parent), "22", "1" if has_dependents else "0")
    writer.add(
        "SBR",
        subscriber.payer_sequence_code,
        subscriber.relationship_code,
        subscriber.group_number,
        subscriber.group_name,
        None,
        None,
        None,
        None,
        subscriber.claim_filing_indicator_code,
    )
    _write_person("IL", subscriber.person, writer)
    _write_payer(claims[0].payer, writer)
    for _, of_patient in _runs(claims, lambda claim: (claim.patient, claim.patient and claim.patient_relationship_code)):
        first = of_patient[0]
        if first.patient is not None:
            level += 1
            writer.add("HL", str(level), str(subscriber_level), "23", "0")
            writer.add("PAT", first.patient_relationship_code)
            _write_person("QC", first.patient, writer)
        for claim in of_patient:
            _write_claim(claim, writer)
    return level


def _write_claim(claim: Claim, writer: SegmentWriter) -> None:
    causes = claim.related_cause_codes
    writer.add(
        "CLM",
        claim.patient_control_number,
        write_amount(claim.charge_amount),
        None,
        None,
        (claim.place_of_service_code, claim.facility_qualifier_code, claim.frequency_code),
        claim.provider_signature_code,
        claim.assignment_code,
        claim.benefits_assigned_code,
        claim.release_of_information_code,
        None,
        causes or None,
        *[None] * 8,
        claim.delay_reason_code,
    )
    _write_claim_dates(claim, writer)
    if claim.admission_type_code or claim.admission_source_code or claim.patient_status_code:
        writer.add("CL1", claim.admission_type_code, claim.admission_source_code, claim.patient_status_code)
    _write_paperwork(claim.paperwork, writer)
    if claim.patient_paid_amount is not None:
        writer.add("AMT", "F5", write_amount(claim.patient_paid_amount))
    _write_references(
        (
            ("9F", claim.referral_number),
            ("G1", claim.authorization_number),
            ("F8", claim.payer_claim_control_number),
            ("X4", claim.clia_number),
            ("EA", claim.medical_record_number),
        ),
        writer,
    )
    if claim.note:
        writer.add("NTE", "ADD", claim.note)
    _write_codes(claim, writer)
    _write_claim_providers(claim, writer)
    for other in claim.other_subscribers:
        _write_other_subscriber(other, writer)
    for line in claim.lines:
        _write_line(line, writer, institutional=claim.claim_type == "837I")


def _write_claim_providers(claim: Claim, writer: SegmentWriter) -> None:
    """Write loops 2310 in their guide's order: attending, facility, referring (837I) or referring, rendering, facility (837P)."""
    if claim.claim_type == "837I":
        _write_provider("71", claim.rendering_provider, writer, role="AT")
        _write_provider("77", claim.facility_provider, writer, role="SB")
        _write_provider("DN", claim.referring_provider, writer, role="RF")
    else:
        _write_provider("DN", claim.referring_provider, writer, role="RF")
        _write_provider("82", claim.rendering_provider, writer, role="PE")
        _write_provider("77", claim.facility_provider, writer, role="SB")


def _write_claim_dates(claim: Claim, writer: SegmentWriter) -> None:
    if claim.statement_from_on is not None:
        to_on = claim.statement_to_on or claim.statement_from_on
        writer.add("DTP", "434", "RD8", f"{write_date(claim.statement_from_on)}-{write_date(to_on)}")
    for qualifier, day in (
        ("431", claim.onset_on),
        ("439", claim.accident_on),
        ("435", claim.admitted_on),
        ("096", claim.discharged_on),
    ):
        if day is not None:
            writer.add("DTP", qualifier, "D8", write_date(day))


def _write_codes(claim: Claim, writer: SegmentWriter) -> None:
    _write_principal_first(("ABK", "ABF"), claim.diagnosis_codes, writer, institutional=claim.claim_type == "837I")
    if claim.admitting_diagnosis_code:
        writer.add("HI", ("ABJ", claim.admitting_diagnosis_code))
    if claim.drg_code:
        writer.add("HI", ("DR", claim.drg_code))
    _write_principal_first(("BBR", "BBQ"), claim.procedure_codes, writer, institutional=True)
    for qualifier, codes in (("BH", claim.occurrence_codes), ("BE", claim.value_codes), ("BG", claim.condition_codes)):
        _write_code_set([(qualifier, code) for code in codes], writer)


def _write_principal_first(
    qualifiers: tuple[str, str], codes: Sequence[str], writer: SegmentWriter, *, institutional: bool
) -> None:
    """Write the principal code and the others: in one HI on an 837P, in segments of their own on an 837I."""
    pairs = [(qualifiers[bool(place)], code) for place, code in enumerate(codes)]
    for part in (pairs[:1], pairs[1:]) if institutional else (pairs,):
        _write_code_set(part, writer)


def _write_code_set(codes: Sequence[tuple[str, str]], writer: SegmentWriter) -> None:
    for start in range(0, len(codes), DIAGNOSES_PER_SEGMENT):
        writer.add("HI", *codes[start : start + DIAGNOSES_PER_SEGMENT])


def _write_other_subscriber(other: OtherSubscriber, writer: SegmentWriter) -> None:
    writer.add(
        "SBR",
        other.payer_sequence_code,
        other.relationship_code,
        *[None] * 6,
        other.claim_filing_indicator_code,
    )
    write_adjustments(other.adjustments, writer)
    if other.paid_amount is not None:
        writer.add("AMT", "D", write_amount(other.paid_amount))
    writer.add("OI", None, None, "Y", None, None, "Y")
    writer.add(
        "NM1", "IL", "1", other.last_name, other.first_name, None, None, None, "MI" if other.member_id else None, other.member_id
    )
    _write_payer(other.payer, writer)
    if other.adjudicated_on is not None:
        writer.add("DTP", "573", "D8", write_date(other.adjudicated_on))


def _write_line(line: ServiceLine, writer: SegmentWriter, *, institutional: bool) -> None:
    writer.add("LX", str(line.line_number))
    charge, units = write_amount(line.charge_amount), write_amount(line.units)
    procedure: Element = (line.procedure_qualifier_code, line.procedure_code, *line.modifiers)
    if institutional:
        if line.procedure_code is None and not line.modifiers:
            procedure = None
        writer.add("SV2", line.revenue_code, procedure, charge, line.unit_code, units)
    else:
        if line.procedure_code is None:
            raise UnwritableRecord("SV1", expected="a procedure", got="none")
        pointers = tuple(str(pointer) for pointer in line.diagnosis_pointers) or None
        place_of_service = line.place_of_service_code
        writer.add("SV1", procedure, charge, line.unit_code, units, place_of_service, None, pointers, None, line.emergency_code)
    _write_paperwork(line.paperwork, writer)
    if line.service_from_on is not None:
        writer.add("DTP", "472", *write_period(line.service_from_on, line.service_to_on))
    _write_references((("6R", line.line_control_number), ("G1", line.authorization_number), ("9F", line.referral_number)), writer)
    if line.national_drug_code:
        writer.add("LIN", None, "N4", line.national_drug_code)
        if line.drug_quantity is not None:
            writer.add("CTP", None, None, None, write_amount(line.drug_quantity), line.drug_unit_code)
    _write_provider("82", line.rendering_provider, writer, role="PE")


def _write_references(references: Sequence[tuple[str, str | None]], writer: SegmentWriter) -> None:
    for qualifier, number in references:
        if number:
            writer.add("REF", qualifier, number)


def _write_paperwork(paperwork: Sequence[Paperwork], writer: SegmentWriter) -> None:
    for paper in paperwork:
        qualifier = "AC" if paper.control_number else None
        writer.add("PWK", paper.report_type_code, paper.transmission_code, None, None, qualifier, paper.control_number)


def _write_party(entity: str, provider: Provider | None, writer: SegmentWriter) -> None:
    """Write 1000A or 1000B; without a transmitter's number of its own a party goes by its tax id."""
    if provider is not None:
        number = provider.transmitter_id or provider.tax_id
        kind = "2" if provider.is_organization else "1"
        writer.add("NM1", entity, kind, provider.name, provider.first_name, None, None, None, "46" if number else None, number)


def _write_billing_provider(provider: Provider, writer: SegmentWriter) -> None:
    if provider.taxonomy_code:
        writer.add("PRV", "BI", "PXC", provider.taxonomy_code)
    _write_name("85", provider, writer)
    write_address(provider.address, writer)
    if provider.tax_id:
        writer.add("REF", "EI", provider.tax_id)


def _write_provider(entity: str, provider: Provider | None, writer: SegmentWriter, *, role: str) -> None:
    if provider is None:
        return
    _write_name(entity, provider, writer)
    if provider.taxonomy_code:
        writer.add("PRV", role, "PXC", provider.taxonomy_code)
    write_address(provider.address, writer)
    if provider.tax_id:
        writer.add("REF", "EI", provider.tax_id)


def _write_name(entity: str, provider: Provider, writer: SegmentWriter) -> None:
    kind = "2" if provider.is_organization else "1"
    qualifier = "XX" if provider.npi else None
    writer.add("NM1", entity, kind, provider.name, provider.first_name, None, None, None, qualifier, provider.npi)


def _write_person(entity: str, person: Person, writer: SegmentWriter) -> None:
    qualifier = "MI" if person.member_id else None
    writer.add(
        "NM1", entity, "1", person.last_name, person.first_name, person.middle_name, None, None, qualifier, person.member_id
    )
    write_address(person.address, writer)
    if person.birth_on or person.sex_code:
        writer.add("DMG", "D8", write_date(person.birth_on) if person.birth_on else None, person.sex_code)


def _write_payer(payer: Payer, writer: SegmentWriter) -> None:
    if payer.payer_id or payer.name:
        qualifier = "PI" if payer.payer_id else None
        writer.add("NM1", "PR", "2", payer.name, None, None, None, None, qualifier, payer.payer_id)
