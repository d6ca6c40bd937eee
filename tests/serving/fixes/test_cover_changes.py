from dataclasses import replace
from datetime import timedelta

import pytest

from serving.fixes.cover_changes import eligibility_checks, enrollment_holds, payer_ids, payer_orders, subscriber_ids
from tests import factories
from tests.serving.fixes import cases

CLAIM = factories.claim()
NPI = "1234567893"
OTHER_ID = factories.subscriber(person=factories.person(member_id=cases.OTHER_MEMBER), group_number="G9")


def test_member_id_of_the_newest_active_check_is_proposed_without_showing_it() -> None:
    sent = cases.earlier_claim("OLD", subscriber=OTHER_ID)
    case = cases.case(CLAIM, factories.claim_transaction(sent), csv_rows={"eligibility": [cases.check(cases.OTHER_MEMBER)]})
    (change,) = subscriber_ids(case)
    assert change.member is not None
    assert change.member.subscriber_key == cases.key(cases.OTHER_MEMBER)
    assert change.value is None
    assert str(factories.SERVICE_ON) in change.instruction
    assert cases.OTHER_MEMBER not in repr(change)


def test_member_id_that_was_paid_here_is_proposed_where_no_check_is_active() -> None:
    (change,) = subscriber_ids(cases.case(CLAIM, *cases.paid(cases.earlier_claim("OLD", subscriber=OTHER_ID))))
    assert "paid" in change.instruction


def test_member_id_that_was_only_sent_is_not_proposed() -> None:
    sent = cases.earlier_claim("OLD", subscriber=OTHER_ID)
    assert not list(subscriber_ids(cases.case(CLAIM, factories.claim_transaction(sent))))


def _with_cover_elsewhere(status: str = "active") -> cases.Case:
    sent = cases.earlier_claim("OLD", subscriber=OTHER_ID, payer=factories.payer("PAYER2", name="SECOND PLAN"))
    checks = {"eligibility": [cases.check(cases.OTHER_MEMBER, payer_id="PAYER2", status=status)]}
    return cases.case(CLAIM, factories.claim_transaction(sent), csv_rows=checks)


def test_payer_where_the_cover_is_active_is_proposed_with_what_belongs_to_it() -> None:
    (change,) = payer_ids(_with_cover_elsewhere())
    changed = change.apply(CLAIM)
    assert (changed.payer.payer_id, changed.subscriber.group_number) == ("PAYER2", "G9")
    assert changed.subscriber.person.member_id is None  # known by its hash alone


def test_payer_without_active_cover_is_not_proposed() -> None:
    case = _with_cover_elsewhere("inactive")
    assert not list(payer_ids(case))
    assert not list(payer_orders(case))


def test_payer_order_lists_this_payer_second() -> None:
    (change,) = payer_orders(_with_cover_elsewhere())
    changed = change.apply(CLAIM)
    assert changed.subscriber.payer_sequence_code == "P"
    assert [(other.payer.payer_id, other.payer_sequence_code) for other in changed.other_subscribers] == [("PAYER1", "S")]


@pytest.mark.parametrize(
    ("status", "age_days", "proposed"),
    [("active", 0, False), ("active", 90, True), ("inactive", 0, False), ("inactive", 90, False), ("not_found", 0, False)],
)
def test_eligibility_is_asked_again_only_where_the_answer_is_open(status: str, age_days: int, proposed: bool) -> None:
    row = cases.check(status=status, on=factories.SERVICE_ON - timedelta(days=age_days))
    assert bool(list(eligibility_checks(cases.case(CLAIM, csv_rows={"eligibility": [row]})))) is proposed


def test_eligibility_never_checked_is_checked_and_changes_no_field() -> None:
    (change,) = eligibility_checks(cases.case(CLAIM))
    assert change.apply(CLAIM) == CLAIM
    assert dict(change.rows[0].columns)["status"] == "active"


@pytest.mark.parametrize(("begins_after_days", "proposed"), [(-30, False), (0, False), (1, True)])
def test_enrollment_is_waited_for_where_it_does_not_cover_the_service(begins_after_days: int, proposed: bool) -> None:
    claim = replace(CLAIM, rendering_provider=factories.provider(NPI))
    row = cases.enrollment(NPI, begins=factories.SERVICE_ON + timedelta(days=begins_after_days))
    assert bool(list(enrollment_holds(cases.case(claim, csv_rows={"enrollments": [row]})))) is proposed
