from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from serving.fixes.change import TO_OBTAIN
from serving.fixes.number_changes import authorizations, documents, referrals, rendering_providers, required_fields
from tests import factories
from tests.serving.fixes import cases

CLAIM = factories.claim()


def test_authorization_on_file_is_proposed_with_its_number() -> None:
    case = cases.case(CLAIM, csv_rows={"authorizations": [cases.authorization("AUTH1")]})
    (change,) = authorizations(case)
    assert (change.value, change.is_on_file) == ("AUTH1", True)
    assert change.apply(CLAIM).authorization_number == "AUTH1"


def test_authorization_of_another_service_member_or_too_few_units_is_not_proposed() -> None:
    rows = [
        cases.authorization("SERVICE", procedure_code="70553"),
        cases.authorization("MEMBER", member=cases.OTHER_MEMBER),
        cases.authorization("UNITS", units=0),
    ]
    (change,) = authorizations(cases.case(CLAIM, csv_rows={"authorizations": rows}))
    assert (change.value, change.is_on_file) == (None, False)
    assert (change.apply(CLAIM).authorization_number or "").startswith(TO_OBTAIN)


def test_authorization_that_became_known_later_is_not_proposed() -> None:
    row = cases.authorization("LATE") | {"known_on": CLAIM.submitted_on}
    (change,) = authorizations(cases.case(CLAIM, csv_rows={"authorizations": [row]}))
    assert change.value is None


def test_valid_authorization_on_the_claim_needs_no_change() -> None:
    claim = replace(CLAIM, authorization_number="AUTH1")
    assert not list(authorizations(cases.case(claim, csv_rows={"authorizations": [cases.authorization("AUTH1")]})))


def test_authorization_to_obtain_covers_every_service_with_its_units() -> None:
    lines = (factories.service_line(units=Decimal(2)), factories.service_line(2, procedure_code="70553"))
    (change,) = authorizations(cases.case(factories.claim(lines=lines)))
    cells = [dict(row.columns) for row in change.rows]
    assert [(cell["procedure_code"], cell["units_approved"]) for cell in cells] == [("99213", 2.0), ("70553", 1.0)]
    assert {cell["subscriber_key"] for cell in cells} == {cases.key()}


def test_referral_is_proposed_only_where_none_is_given() -> None:
    assert [change.value for change in referrals(cases.case(CLAIM))] == [None]
    assert not list(referrals(cases.case(replace(CLAIM, referral_number="R1"))))


def test_documents_are_attached_only_where_none_are() -> None:
    (change,) = documents(cases.case(CLAIM))
    assert [paper.control_number for paper in change.apply(CLAIM).paperwork] == ["PCN1"]
    assert not list(documents(cases.case(replace(CLAIM, paperwork=(factories.paperwork(),)))))


def test_valid_rendering_provider_is_never_exchanged() -> None:
    claim = replace(CLAIM, rendering_provider=factories.provider("1234567893"))
    enrolled = {"enrollments": [cases.enrollment("1234567893", begins=cases.EARLIER)]}
    assert not list(rendering_providers(cases.case(claim, csv_rows=enrolled)))


def test_malformed_rendering_number_becomes_the_enrolled_one_a_slip_away() -> None:
    claim = replace(CLAIM, rendering_provider=factories.provider("1234567898"))
    enrolled = {"enrollments": [cases.enrollment("1234567893", begins=cases.EARLIER)]}
    (change,) = rendering_providers(cases.case(claim, csv_rows=enrolled))
    assert change.value == "1234567893"


def test_malformed_rendering_number_near_nobody_is_left_to_people() -> None:
    claim = replace(CLAIM, rendering_provider=factories.provider("1234567898"))
    enrolled = {"enrollments": [cases.enrollment("1999999984", begins=cases.EARLIER)]}
    assert not list(rendering_providers(cases.case(claim, csv_rows=enrolled)))


def test_taxonomy_left_out_is_the_one_that_the_provider_had() -> None:
    sent = cases.earlier_claim("OLD", rendering_provider=factories.provider("1999999984", taxonomy_code="207R00000X"))
    claim = replace(CLAIM, rendering_provider=factories.provider("1999999984", taxonomy_code=None))
    changes = list(required_fields(cases.case(claim, factories.claim_transaction(sent))))
    assert [(change.element, change.value) for change in changes] == [("2310B PRV03", "207R00000X")]


def test_accident_date_must_be_looked_up_and_is_not_made_up() -> None:
    claim = replace(CLAIM, related_cause_codes=("OA",))
    (change,) = [change for change in required_fields(cases.case(claim)) if change.element == "DTP 439"]
    assert (change.value, change.is_on_file) == (None, False)


def test_accident_date_that_is_there_stays() -> None:
    claim = replace(CLAIM, related_cause_codes=("OA",), accident_on=factories.SERVICE_ON - timedelta(days=3))
    assert not list(required_fields(cases.case(claim)))
