from decimal import Decimal

import pytest

from claims.claim import Claim
from claims.x12 import parse_x12, write_transactions
from claims.x12.transactions import ClaimTransaction
from tests import factories as make
from tests.claims.x12.outside_parser import CONTACT, outside_faults, sendable

DRUG = make.service_line(
    2, charge=20, procedure_code="J1100", national_drug_code="00641036725", drug_quantity=Decimal(2), drug_unit_code="ML"
)
CLAIMS = {
    "professional": make.claim(
        rendering_provider=make.provider(name="ROE", first_name="RAE", is_organization=False, address=None),
        referring_provider=make.provider(name="POE", first_name="KAI", is_organization=False, address=None, taxonomy_code=None),
        diagnosis_codes=("E119", "I10"),
        lines=(make.service_line(), DRUG),
    ),
    "replacement": make.claim(frequency_code="7", payer_claim_control_number="ICN1", authorization_number="A1"),
    "institutional": make.claim(
        claim_type="837I",
        place_of_service_code="13",
        facility_qualifier_code="A",
        provider_signature_code=None,
        statement_from_on=make.SERVICE_ON,
        admission_type_code="3",
        admission_source_code="1",
        patient_status_code="01",
        diagnosis_codes=("E119", "I10", "M1711"),
        rendering_provider=make.provider(name="ROE", first_name="RAE", is_organization=False, address=None),
        referring_provider=make.provider(name="POE", first_name="KAI", is_organization=False, address=None, taxonomy_code=None),
        lines=(make.service_line(revenue_code="0510", diagnosis_pointers=()),),
    ),
}


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_written_claim_follows_its_guide(claim: Claim) -> None:
    assert outside_faults(write_transactions([sendable(claim)])) == []


def test_the_outside_parser_finds_what_is_missing() -> None:
    assert any("(PER) missing" in fault for fault in outside_faults(write_transactions([sendable(contacts=())])))


def test_contact_and_drug_quantity_are_read_back() -> None:
    sent = sendable(CLAIMS["professional"])
    (got,) = parse_x12(write_transactions([sent]), file="written").transactions
    assert isinstance(got, ClaimTransaction)
    assert (got.claims, got.submitter_contacts) == (sent.claims, (CONTACT,))
