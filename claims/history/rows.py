"""Owns the one mapping from claim records to rows of the history; ingest and online scoring both go through it.

Works by column, not by row: every column is one list over all claims. Names and member ids end here, as keyed hashes.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

import pyarrow as pa

from claims.claim import Claim, Provider, ServiceLine
from claims.history.schema import SCHEMAS
from claims.privacy import PersonHasher

SOURCE_KEY_CHARACTERS = 20  # of a source key in a row's own id; 80 bits tell transactions apart


def claim_tables(
    claims: Sequence[Claim], *, hasher: PersonHasher, load_id: str = "", source_key: str | Sequence[str] = ""
) -> tuple[pa.Table, pa.Table]:
    """Map claims to rows of `claims` and `claim_lines`, in the order given.

    `source_key` is one key for all or one per claim; `submission_id` counts claims within a key.
    """
    source_keys = [source_key] * len(claims) if isinstance(source_key, str) else list(source_key)
    submission_ids = row_ids(source_keys)
    columns: dict[str, list[Any]] = {
        "load_id": [load_id] * len(claims),
        "source_key": source_keys,
        "known_on": [claim.submitted_on for claim in claims],
        "submission_id": submission_ids,
    }
    columns |= {name: [read(claim) for claim in claims] for name, read in CLAIM_COLUMNS.items()}
    columns |= {name: claim_column(name, claims, hasher=hasher) for name in _PERSON_COLUMNS}
    claim_rows = pa.table(columns, schema=SCHEMAS["claims"])
    return claim_rows, _line_table(claims, submission_ids, source_keys, load_id)


def row_ids(source_keys: Iterable[str]) -> list[str]:
    """Name each row by its source key and its place among the rows of that key, which stand together."""
    ids = []
    previous, position = None, 0
    for key in source_keys:
        position = position + 1 if key == previous else 0
        previous = key
        ids.append(f"{key[:SOURCE_KEY_CHARACTERS]}-{position}")
    return ids


def _line_table(claims: Sequence[Claim], submission_ids: list[str], source_keys: list[str], load_id: str) -> pa.Table:
    lines = [line for claim in claims for line in claim.lines]
    counts = [len(claim.lines) for claim in claims]
    columns: dict[str, list[Any]] = {
        "load_id": [load_id] * len(lines),
        "source_key": repeat_each(source_keys, counts),
        "known_on": repeat_each([claim.submitted_on for claim in claims], counts),
        "submission_id": repeat_each(submission_ids, counts),
    }
    columns |= {name: [read(line) for line in lines] for name, read in LINE_COLUMNS.items()}
    return pa.table(columns, schema=SCHEMAS["claim_lines"])


def repeat_each(values: Sequence[Any], counts: Sequence[int]) -> list[Any]:
    """Repeat each value as often as its count says."""
    return list(chain.from_iterable([value] * count for value, count in zip(values, counts, strict=True)))


def claim_column(name: str, claims: Sequence[Claim], *, hasher: PersonHasher) -> list[Any]:
    """Give one column of the rows of `claims`, as `claim_tables` writes it."""
    read = CLAIM_COLUMNS.get(name)
    if read is not None:
        return [read(claim) for claim in claims]
    read_person = _PERSON_COLUMNS[name]
    return [read_person(claim, hasher) for claim in claims]


def line_column(name: str, lines: Sequence[ServiceLine]) -> list[Any]:
    """Give one column of the rows of `claim_lines`, as `claim_tables` writes it."""
    read = LINE_COLUMNS[name]
    return [read(line) for line in lines]


def id_format(text: str | None) -> str:
    """Show the shape of an id and nothing of its content: letters A, digits 9, other characters as they are."""
    if not text:
        return ""
    return "".join("A" if c.isalpha() else "9" if c.isdigit() else c for c in text.strip())


def _age(claim: Claim) -> int | None:
    born = claim.patient_person.birth_on
    if born is None:
        return None
    on = claim.service_from_on or claim.submitted_on
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _npi(provider: Provider | None) -> str | None:
    return provider.npi if provider else None


def _taxonomy(provider: Provider | None) -> str | None:
    return provider.taxonomy_code if provider else None


def _state(provider: Provider) -> str | None:
    return provider.address.state_code if provider.address else None


def _other_paid_amount(claim: Claim) -> Decimal | None:
    paid = [other.paid_amount for other in claim.other_subscribers if other.paid_amount is not None]
    return sum(paid, Decimal(0)) if paid else None


def _line_to_on(line: ServiceLine) -> date | None:
    return line.service_to_on or line.service_from_on


CLAIM_COLUMNS: dict[str, Callable[[Claim], object]] = {
    "patient_control_number": lambda c: c.patient_control_number,
    "claim_type": lambda c: c.claim_type,
    "frequency_code": lambda c: c.frequency_code,
    "payer_claim_control_number": lambda c: c.payer_claim_control_number,
    "submitted_on": lambda c: c.submitted_on,
    "charge_amount": lambda c: c.charge_amount,
    "payer_id": lambda c: c.payer.payer_id,
    "payer_name": lambda c: c.payer.name,
    "payer_sequence_code": lambda c: c.subscriber.payer_sequence_code,
    "claim_filing_indicator_code": lambda c: c.subscriber.claim_filing_indicator_code,
    "relationship_code": lambda c: c.subscriber.relationship_code or c.patient_relationship_code,
    "group_number": lambda c: c.subscriber.group_number,
    "place_of_service_code": lambda c: c.place_of_service_code,
    "billing_provider_npi": lambda c: c.billing_provider.npi,
    "billing_taxonomy_code": lambda c: c.billing_provider.taxonomy_code,
    "billing_state_code": lambda c: _state(c.billing_provider),
    "rendering_provider_npi": lambda c: _npi(c.rendering_provider),
    "rendering_taxonomy_code": lambda c: _taxonomy(c.rendering_provider),
    "referring_provider_npi": lambda c: _npi(c.referring_provider),
    "facility_npi": lambda c: _npi(c.facility_provider),
    "facility_name": lambda c: c.facility_provider.name if c.facility_provider else None,
    "authorization_number": lambda c: c.authorization_number,
    "referral_number": lambda c: c.referral_number,
    "clia_number": lambda c: c.clia_number,
    "assignment_code": lambda c: c.assignment_code,
    "benefits_assigned_code": lambda c: c.benefits_assigned_code,
    "release_of_information_code": lambda c: c.release_of_information_code,
    "provider_signature_code": lambda c: c.provider_signature_code,
    "related_cause_codes": lambda c: c.related_cause_codes,
    "delay_reason_code": lambda c: c.delay_reason_code,
    "has_note": lambda c: bool(c.note),
    "paperwork_codes": lambda c: [paper.report_type_code for paper in c.paperwork],
    "diagnosis_codes": lambda c: c.diagnosis_codes,
    "drg_code": lambda c: c.drg_code,
    "admission_type_code": lambda c: c.admission_type_code,
    "patient_status_code": lambda c: c.patient_status_code,
    "onset_on": lambda c: c.onset_on,
    "accident_on": lambda c: c.accident_on,
    "admitted_on": lambda c: c.admitted_on,
    "service_from_on": lambda c: c.service_from_on,
    "service_to_on": lambda c: c.service_to_on,
    "patient_paid_amount": lambda c: c.patient_paid_amount,
    "other_payer_ids": lambda c: [other.payer.payer_id for other in c.other_subscribers],
    "other_payer_sequence_codes": lambda c: [other.payer_sequence_code for other in c.other_subscribers],
    "other_payer_filing_indicator_codes": lambda c: [other.claim_filing_indicator_code for other in c.other_subscribers],
    "other_payer_paid_amount": _other_paid_amount,
    "line_count": lambda c: len(c.lines),
}

LINE_COLUMNS: dict[str, Callable[[ServiceLine], object]] = {
    "line_number": lambda line: line.line_number,
    "procedure_code": lambda line: line.procedure_code,
    "procedure_qualifier_code": lambda line: line.procedure_qualifier_code,
    "modifiers": lambda line: line.modifiers,
    "revenue_code": lambda line: line.revenue_code,
    "charge_amount": lambda line: line.charge_amount,
    "units": lambda line: float(line.units),
    "unit_code": lambda line: line.unit_code,
    "place_of_service_code": lambda line: line.place_of_service_code,
    "diagnosis_pointers": lambda line: line.diagnosis_pointers,
    "service_from_on": lambda line: line.service_from_on,
    "service_to_on": _line_to_on,
    "line_control_number": lambda line: line.line_control_number,
    "authorization_number": lambda line: line.authorization_number,
    "referral_number": lambda line: line.referral_number,
    "national_drug_code": lambda line: line.national_drug_code,
    "rendering_provider_npi": lambda line: _npi(line.rendering_provider),
    "paperwork_codes": lambda line: [paper.report_type_code for paper in line.paperwork],
}

_PERSON_COLUMNS: dict[str, Callable[[Claim, PersonHasher], object]] = {
    "subscriber_key": lambda c, hasher: hasher.subscriber_key(c.subscriber.person.member_id),
    "patient_key": lambda c, hasher: hasher.patient_key(c.patient_person, c.subscriber.person.member_id),
    "subscriber_id_format": lambda c, _: id_format(c.subscriber.person.member_id),
    "patient_age_years": lambda c, _: _age(c),
    "patient_sex_code": lambda c, _: c.patient_person.sex_code,
    "has_patient_address": lambda c, _: bool(c.patient_person.address and c.patient_person.address.line_1),
}
