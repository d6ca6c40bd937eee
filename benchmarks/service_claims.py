"""Owns the claims that benchmarks send: those of 837 files, written in the JSON form of the API."""

import json
from pathlib import Path

from claims.claim import Address, Claim, Person, Provider, ServiceLine
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction, ParsedBatch


def read_claims(folder: Path) -> list[Claim]:
    """Read every claim of a folder of 837 files, in the order of their names."""
    return [claim for path in sorted(folder.iterdir()) for claim in claims_of(read_file(path))]


def claims_of(batch: ParsedBatch) -> list[Claim]:
    """Gather the claims of a file that was read."""
    return [claim for one in batch.transactions if isinstance(one, ClaimTransaction) for claim in one.claims]


def json_claim(claim: Claim) -> bytes:
    """Write a claim as a caller of the API would; what is absent is left out."""
    return json.dumps(_filled(_claim(claim))).encode()


def _claim(claim: Claim) -> dict[str, object]:
    subscriber = claim.subscriber
    return {
        "claim_id": claim.patient_control_number,
        "payer_id": claim.payer.payer_id,
        "payer_name": claim.payer.name,
        "claim_type": claim.claim_type,
        "submitted_on": claim.submitted_on.isoformat(),
        "charge_amount": str(claim.charge_amount),
        "place_of_service_code": claim.place_of_service_code,
        "frequency_code": claim.frequency_code,
        "payer_claim_control_number": claim.payer_claim_control_number,
        "claim_filing_indicator_code": subscriber.claim_filing_indicator_code,
        "payer_sequence_code": subscriber.payer_sequence_code,
        "relationship_code": subscriber.relationship_code or claim.patient_relationship_code,
        "group_number": subscriber.group_number,
        "subscriber": _person(subscriber.person),
        "patient": _person(claim.patient) if claim.patient else None,
        "billing_provider_npi": claim.billing_provider.npi,
        "billing_taxonomy_code": claim.billing_provider.taxonomy_code,
        "billing_state_code": (claim.billing_provider.address or Address()).state_code,
        **_provider("rendering_provider_npi", claim.rendering_provider, taxonomy="rendering_taxonomy_code"),
        **_provider("referring_provider_npi", claim.referring_provider),
        **_provider("facility_npi", claim.facility_provider, name="facility_name"),
        "clia_number": claim.clia_number,
        "provider_signature_code": claim.provider_signature_code,
        "assignment_code": claim.assignment_code,
        "authorization_number": claim.authorization_number,
        "referral_number": claim.referral_number,
        "diagnosis_codes": list(claim.diagnosis_codes),
        "related_cause_codes": list(claim.related_cause_codes),
        "accident_on": claim.accident_on.isoformat() if claim.accident_on else None,
        "onset_on": claim.onset_on.isoformat() if claim.onset_on else None,
        "admitted_on": claim.admitted_on.isoformat() if claim.admitted_on else None,
        "admission_type_code": claim.admission_type_code,
        "patient_status_code": claim.patient_status_code,
        "drg_code": claim.drg_code,
        "note": claim.note,
        "paperwork_codes": [paper.report_type_code for paper in claim.paperwork],
        "other_payers": [
            _filled(
                {
                    "payer_id": other.payer.payer_id,
                    "payer_sequence_code": other.payer_sequence_code,
                    "claim_filing_indicator_code": other.claim_filing_indicator_code,
                    "paid_amount": str(other.paid_amount) if other.paid_amount is not None else None,
                }
            )
            for other in claim.other_subscribers
        ],
        "lines": [_filled(_line(line)) for line in claim.lines],
    }


def _line(line: ServiceLine) -> dict[str, object]:
    return {
        "procedure_code": line.procedure_code,
        "charge_amount": str(line.charge_amount),
        "units": str(line.units),
        "modifiers": list(line.modifiers),
        "diagnosis_pointers": list(line.diagnosis_pointers),
        "service_from_on": line.service_from_on.isoformat() if line.service_from_on else None,
        "service_to_on": line.service_to_on.isoformat() if line.service_to_on else None,
        "place_of_service_code": line.place_of_service_code,
        "revenue_code": line.revenue_code,
        "authorization_number": line.authorization_number,
        "line_control_number": line.line_control_number,
        "national_drug_code": line.national_drug_code,
    }


def _person(person: Person) -> dict[str, object]:
    where = person.address or Address()
    return _filled(
        {
            "member_id": person.member_id,
            "last_name": person.last_name,
            "first_name": person.first_name,
            "birth_on": person.birth_on.isoformat() if person.birth_on else None,
            "sex_code": person.sex_code,
            "address_line_1": where.line_1,
            "city": where.city,
            "state_code": where.state_code,
            "postal_code": where.postal_code,
        }
    )


def _provider(npi: str, provider: Provider | None, *, taxonomy: str = "", name: str = "") -> dict[str, object]:
    if provider is None:
        return {}
    fields: dict[str, object] = {npi: provider.npi}
    fields |= {taxonomy: provider.taxonomy_code} if taxonomy else {}
    return fields | ({name: provider.name} if name else {})


def _filled(fields: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value not in (None, [], {})}
