import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claims.denial import read_denial
from claims.fhir.answer_reader import read_answer
from claims.fhir.claim_reader import read_claim
from claims.fhir.resources import UnfitResource, parse_json, resources_of
from tests.claims.fhir import resources as make


def read(body: dict[str, Any]) -> Any:
    (resource,) = resources_of(parse_json(json.dumps(body).encode()))
    return read_claim(resource) if resource.kind == "Claim" else read_answer(resource)


def test_a_claim_is_read_with_what_it_refers_to() -> None:
    claim = read(make.claim())
    assert (claim.patient_control_number, claim.claim_type, claim.submitted_on) == ("F1", "837P", date(2026, 3, 2))
    assert (claim.payer.payer_id, claim.authorization_number, claim.diagnosis_codes) == ("PAYER1", "A-77", ("E119", "I10"))
    assert claim.subscriber.person.member_id == "W123CANARY"
    assert claim.subscriber.person.birth_on == date(1980, 5, 17)
    assert (claim.billing_provider.npi, claim.rendering_provider.npi) == ("1234567893", "1234567893")
    (line,) = claim.lines
    assert (line.procedure_code, line.modifiers, line.units, line.charge_amount) == ("99213", ("25",), 2, Decimal("150.25"))
    assert claim.place_of_service_code == "11"
    assert claim.charge_amount == Decimal("150.25")


def test_neighbors_of_a_bundle_are_referred_to_by_kind_and_id() -> None:
    claim = make.claim(patient={"reference": "Patient/7"})
    patient = {"resourceType": "Patient", "id": "7", "birthDate": "1970-01-02"}
    assert read(make.bundle(claim, patient)).subscriber.person.birth_on == date(1970, 1, 2)


def test_a_prior_claim_makes_a_replacement() -> None:
    related = [{"relationship": {"coding": [{"code": "prior"}]}, "reference": {"value": "ICN9"}}]
    claim = read(make.claim(related=related))
    assert (claim.frequency_code, claim.payer_claim_control_number) == ("7", "ICN9")


@pytest.mark.parametrize(
    ("changes", "expression"),
    [
        ({"insurance": None}, "Claim.insurance"),
        ({"Zzname": "Zzcanary"}, "Claim"),
        ({"item": [{"sequence": 1}]}, "Claim.item[0].productOrService"),
        ({"use": "preauthorization"}, "Claim.use"),
        ({"type": {"coding": [{"code": "pharmacy"}]}}, "Claim.type"),
        ({"insurer": {"display": "x"}}, "Claim.insurer"),
        ({"identifier": None}, "Claim.identifier"),
        ({"created": "soon"}, "Claim.created"),
        ({"item": [{"sequence": 1, "productOrService": {"text": "x"}}]}, "Claim.item[0].net"),
        ({"contained": [{"resourceType": "Patient", "id": "p", "name": "Zzcanary"}]}, "Claim.contained[0].name"),
    ],
)
def test_what_does_not_fit_is_told_by_its_fhirpath_alone(changes: dict[str, Any], expression: str) -> None:
    body = {name: value for name, value in (make.claim() | changes).items() if value is not None}
    with pytest.raises(UnfitResource) as refused:
        read(body)
    assert refused.value.faults[0].expression.startswith(expression)
    assert "Zz" not in repr(refused.value.faults)


def test_a_neighbor_that_r4_does_not_allow_is_refused() -> None:
    claim = make.claim(patient={"reference": "Patient/7"})
    with pytest.raises(UnfitResource):
        read(make.bundle(claim, {"resourceType": "Patient", "id": "7", "name": "Zzcanary"}))


@pytest.mark.parametrize("body", [make.response(), make.explanation()])
def test_an_adjudication_with_a_reason_is_a_denial(body: dict[str, Any]) -> None:
    answer, payer, paid_on = read(body)
    denial = read_denial(answer)
    assert (answer.patient_control_number, payer.payer_id, paid_on) == ("F1", "PAYER1", date(2026, 3, 23))
    assert denial is not None
    assert (denial.category, denial.denied_amount, denial.rarc) == ("authorization", Decimal("150.25"), "N706")


def test_cost_shares_are_the_patients_and_no_denial() -> None:
    answer, _, _ = read(make.response(carc="1"))
    assert answer.lines[0].adjustments[0].group_code == "PR"
    assert read_denial(answer) is None


@pytest.mark.parametrize(("element", "value"), [("status", "cancelled"), ("outcome", "queued"), ("use", "predetermination")])
def test_an_answer_that_is_not_given_yet_or_no_more_is_refused(element: str, value: str) -> None:
    with pytest.raises(UnfitResource, match=rf"ClaimResponse\.{element}"):
        read(make.response(**{element: value}))


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"resourceType": 1}', '{"a": NaN}', "null"])
def test_other_json_is_no_resource(text: str) -> None:
    with pytest.raises(UnfitResource):
        parse_json(text.encode())
