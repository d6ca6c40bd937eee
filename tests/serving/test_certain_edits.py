from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from claims.claim import Claim
from claims.fix import fixes
from claims.root_cause import root_causes
from claims.x12.transactions import Transaction
from features.batch import ClaimBatch
from features.evaluation import Evaluation
from serving.certain_edits import CertainEdit, certain_edits
from tests import factories
from tests.serving.fixes import cases

NPI = "1234567893"
CLAIM = factories.claim(rendering_provider=factories.provider(NPI))
SERVED = factories.SERVICE_ON


def _edits(claim: Claim, *transactions: Transaction, csv_rows: cases.CsvRows | None = None) -> tuple[CertainEdit, ...]:
    batch = ClaimBatch.from_claims([claim], hasher=factories.HASHER)
    (found,) = certain_edits([claim], Evaluation(batch, cases.history(*transactions, csv_rows=csv_rows)))
    return found


def _ids(*arguments: Any, **named: Any) -> list[str]:
    return [edit.id for edit in _edits(*arguments, **named)]


def _limit(days: int) -> cases.CsvRows:
    return {"payers": [{"payer_id": "PAYER1", "filing_limit_days": days, "known_on": date(1900, 1, 1)}]}


def test_sound_claim_breaks_no_rule() -> None:
    assert _edits(CLAIM, csv_rows={"enrollments": [cases.enrollment(NPI, begins=cases.EARLIER)]}) == ()


@pytest.mark.parametrize(
    ("days_after", "expected"),
    [
        (75, []),
        (76, ["filing_limit_near"]),
        (90, ["filing_limit_near"]),
        (91, ["filing_limit_passed"]),
    ],
)
def test_filing_limit_is_counted_from_the_last_service_day(days_after: int, expected: list[str]) -> None:
    claim = replace(CLAIM, submitted_on=SERVED + timedelta(days=days_after))
    assert _ids(claim, csv_rows=_limit(90)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"subscriber": factories.subscriber(payer_sequence_code="S")},
        {"frequency_code": "7", "payer_claim_control_number": "ICN1"},
    ],
)
def test_secondary_claims_and_replacements_have_other_limits(changes: dict[str, Any]) -> None:
    late = replace(CLAIM, submitted_on=SERVED + timedelta(days=120), **changes)
    assert _ids(late, csv_rows=_limit(90)) == []


def test_own_limit_names_the_own_list_and_the_default_its_rule() -> None:
    late = replace(CLAIM, submitted_on=SERVED + timedelta(days=2_000))
    (own,), (default,) = _edits(late, csv_rows=_limit(90)), _edits(late)
    assert "payers.csv" in own.source
    assert default.source not in ("", own.source)


def test_late_claim_with_a_delay_reason_is_not_certain() -> None:
    late = replace(CLAIM, submitted_on=SERVED + timedelta(days=120), delay_reason_code="7")
    assert _ids(late, csv_rows=_limit(90)) == []


@pytest.mark.parametrize(("begins_after_days", "expected"), [(0, []), (1, ["enrollment_not_in_force"])])
def test_enrollment_must_cover_the_service_day(begins_after_days: int, expected: list[str]) -> None:
    row = cases.enrollment(NPI, begins=SERVED + timedelta(days=begins_after_days))
    assert _ids(CLAIM, csv_rows={"enrollments": [row]}) == expected


def test_attending_provider_of_an_institutional_claim_needs_no_enrollment() -> None:
    claim = replace(CLAIM, claim_type="837I")
    row = cases.enrollment(NPI, begins=SERVED + timedelta(days=1))
    assert _ids(claim, csv_rows={"enrollments": [row]}) == []


def test_enrollment_that_is_not_on_file_proves_nothing() -> None:
    assert _ids(CLAIM, csv_rows={"enrollments": [cases.enrollment("1999999984", begins=SERVED + timedelta(days=9))]}) == []


def _sent_before(**changes: Any) -> Transaction:
    return factories.claim_transaction(replace(CLAIM, submitted_on=SERVED + timedelta(days=2), **changes))


def _answer(remittance: Any) -> Transaction:
    return factories.remittance_transaction(remittance, on=SERVED + timedelta(days=6))


def test_same_services_awaiting_an_answer_are_a_duplicate() -> None:
    assert _ids(CLAIM, _sent_before()) == ["exact_duplicate"]


def test_same_services_paid_are_a_duplicate() -> None:
    assert _ids(CLAIM, _sent_before(), _answer(factories.remittance())) == ["exact_duplicate"]


def test_same_services_denied_may_be_sent_again() -> None:
    assert _ids(CLAIM, _sent_before(), _answer(factories.denied())) == []


def test_same_services_rejected_may_be_sent_again() -> None:
    rejection = factories.acknowledgment_transaction(factories.acknowledgment(category_code="A7"), on=SERVED + timedelta(days=4))
    assert _ids(CLAIM, _sent_before(), rejection) == []


def test_replacement_of_a_paid_claim_is_no_duplicate() -> None:
    linked = replace(CLAIM, frequency_code="7", payer_claim_control_number="ICN1")
    assert _ids(linked, _sent_before(), _answer(factories.remittance())) == []


def test_other_services_of_the_day_are_no_duplicate() -> None:
    other = factories.service_line(procedure_code="70553")
    assert _ids(CLAIM, _sent_before(lines=(other,))) == []


NO_ID = factories.subscriber(person=factories.person(member_id=None))
UNBORN = factories.subscriber(person=factories.person(birth_on=None))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"billing_provider": factories.provider("1234567890")}, "missing_information"),
        ({"rendering_provider": factories.provider("1234567890")}, "missing_information"),
        ({"payer": factories.payer(None)}, "wrong_payer"),
        ({"subscriber": NO_ID}, "patient_information"),
        ({"subscriber": UNBORN}, "patient_information"),
        ({"diagnosis_codes": ()}, "missing_information"),
        ({"lines": (factories.service_line(diagnosis_pointers=()),)}, "coding"),
        ({"lines": (factories.service_line(procedure_code=None),)}, "missing_information"),
        ({"related_cause_codes": ("AA",)}, "missing_information"),
        ({"frequency_code": "7"}, "missing_information"),
    ],
)
def test_field_that_the_guide_requires_is_missed(changes: dict[str, Any], cause: str) -> None:
    found = _edits(replace(CLAIM, **changes))
    assert [(edit.id, edit.cause) for edit in found] == [("required_field_missing", cause)]
    assert "005010X222A1" in found[0].source


def test_every_edit_has_a_source_a_known_cause_and_a_known_fix() -> None:
    late = replace(CLAIM, submitted_on=SERVED + timedelta(days=120), related_cause_codes=("OA",))
    found = _edits(late, _sent_before(), csv_rows=_limit(90))
    assert [edit.id for edit in found] == ["filing_limit_passed", "exact_duplicate", "required_field_missing"]
    for edit in found:
        assert edit.source
        assert edit.cause in root_causes()
        assert edit.fix_id is None or edit.fix_id in fixes()
