"""What opens, changes and ends an item, told through X12 files: a day's events in, the work of a morning out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from claims.contract_fees import ContractFee
from claims.payer_rules.rule_files import parse_own_file
from serving.own_files import OwnFiles
from serving.work_queue.statuses import Outcome
from serving.work_queue.work_item import Kind, Urgency
from tests import factories as make
from tests.serving.work_queue.office import Office, answer, day, denial, paid


@pytest.fixture
def office() -> Office:
    return Office()


def told(office: Office, on: int) -> list[tuple[str, str]]:
    return [(item.kind, item.next_action) for item in office.items(on)]


# --- denials


def test_denial_is_work_from_the_day_after_it_came(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    assert told(office, 20) == []
    item = office.item(21)
    assert (item.kind, item.next_action, item.denied_amount, item.recoverable_amount) == ("denial", "appeal", 150.0, 150.0)
    assert (item.denied_on, item.appeal_deadline, item.deadline, item.days_left) == (day(20), day(200), day(200), 179)


def test_reversal_with_correction_ends_a_denial(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    key = office.item(30).key
    office.load(make.reversal(denial()), paid(), on=40)
    work = office.work(41)
    assert work.items == []
    assert (work.closings[key].outcome, work.closings[key].recovered_amount) == (Outcome.ANSWERED_BY_PAYER, 100)


def test_payment_in_full_ends_a_denial(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    key = office.item(30).key
    office.load(paid(icn="ICN2"), on=40)
    assert [office.item(40).key] == [key]
    assert office.work(41).closings[key].outcome is Outcome.ANSWERED_BY_PAYER


def test_partial_payment_lowers_what_is_still_out(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    office.appeal(filed=30, outcome="partially_overturned", decided=60, recovered=40)
    item = office.item(61)
    assert (item.denied_amount, item.recoverable_amount) == (150.0, 110.0)
    assert (item.next_action, item.appeal_level, item.appeal_deadline) == ("appeal", 2, day(120))


def test_appeal_that_recovers_all_of_it_ends_a_denial(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    key = office.item(30).key
    office.appeal(filed=30, outcome="partially_overturned", decided=60, recovered=150)
    work = office.work(61)
    assert work.items == []
    assert work.closings[key].outcome is Outcome.ANSWERED_BY_PAYER


def test_payment_of_a_part_with_the_rest_denied_leaves_an_item_of_the_rest(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    first = office.item(30).key
    office.load(answer(adjustments=(make.adjustment("CO", "50", 60), make.adjustment("CO", "45", 30)), icn="ICN2"), on=40)
    work = office.work(41)
    (item,) = work.items
    assert (item.key != first, item.denied_amount, item.recoverable_amount) == (True, 60.0, 60.0)
    assert work.closings[first].outcome is Outcome.DENIED_AGAIN


def test_second_denial_is_an_item_of_its_own(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    first = office.item(30).key
    office.load(denial(carc="197", icn="ICN2"), on=50)
    work = office.work(51)
    (item,) = work.items
    assert (item.carc, item.denied_on) == ("197", day(50))
    assert (item.key != first, work.closings[first].outcome) == (True, Outcome.DENIED_AGAIN)


def test_takeback_of_the_payment_opens_the_denial_again(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    key = office.item(30).key
    office.load(paid(icn="ICN2"), on=40)
    assert office.items(50) == []
    office.load(make.reversal(paid(icn="ICN2")), on=60)
    work = office.work(61)
    assert ([item.key for item in work.items], key in work.closings) == ([key], False)
    assert work.items[0].recoverable_amount == 150.0


def test_takeback_with_a_new_denial_leaves_the_new_one(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    office.load(paid(icn="ICN2"), on=40)
    office.load(make.reversal(paid(icn="ICN2")), denial(carc="197", icn="ICN2"), on=60)
    assert [(item.carc, item.denied_on) for item in office.items(61)] == [("197", day(60))]


def test_repeat_denial_of_a_paid_claim_is_work(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    office.load(paid(icn="ICN2"), on=40)
    office.load(denial(icn="ICN3"), on=60)
    assert [(item.carc, item.denied_on) for item in office.items(61)] == [("50", day(60))]


def test_a_claim_sent_again_after_a_denial_waits_for_its_answer(office: Office) -> None:
    office.send()
    office.load(denial(carc="4"), on=20)
    assert office.item(21).next_action == "correct_and_resubmit"
    office.send(on=25, frequency_code="7", payer_claim_control_number="ICN1")
    item = office.item(26)
    assert (item.next_action, item.waits_until) == ("nothing_to_do", day(60))
    assert [told(office, on) for on in (60, 61)] == [[("denial", "nothing_to_do")], [("denial", "follow_up")]]


# --- appeals under way


def test_pending_appeal_waits_and_comes_up_when_its_decision_is_overdue(office: Office) -> None:
    office.send()
    office.load(denial(), on=20)
    office.appeal(filed=30)
    item = office.item(31)
    assert (item.next_action, item.waits_until, item.expected_recovery) == ("nothing_to_do", day(90), 0.0)
    assert [told(office, on) for on in (90, 91)] == [[("denial", "nothing_to_do")], [("denial", "follow_up")]]


def test_upheld_appeal_opens_the_next_level_and_the_last_ends_in_a_write_off(office: Office) -> None:
    office.send()
    office.load(denial(carc="197"), on=20)
    office.appeal(filed=30, outcome="upheld", decided=60)
    item = office.item(61)
    assert (item.next_action, item.appeal_level, item.deadline) == ("appeal", 2, day(120))
    office.appeal(filed=70, level=2, outcome="upheld", decided=100)
    item = office.item(101)
    assert (item.next_action, item.avoidable, item.appeal_level) == ("write_off", True, 3)


@pytest.mark.parametrize(
    ("on", "action", "warning"),
    [(169, "appeal", "none"), (170, "appeal", "soon"), (192, "appeal", "soon"), (193, "appeal", "urgent"),
     (200, "appeal", "urgent"), (201, "write_off", "none")],
)  # fmt: skip
def test_warnings_come_by_threshold_before_the_appeal_limit(office: Office, on: int, action: str, warning: str) -> None:
    office.send()
    office.load(denial(), on=20)
    item = office.item(on)
    assert (item.next_action, item.warning) == (action, Urgency(warning))


# --- rejections


def test_rejection_is_fixed_and_sent_again_by_the_filing_limit(office: Office) -> None:
    office.send()
    office.reject(on=2)
    item = office.item(3)
    assert (item.kind, item.next_action, item.carc, item.denial_category) == (
        Kind.REJECTION, "fix_and_resubmit", "", "patient_information",
    )  # fmt: skip
    assert (item.deadline, item.appeal_deadline) == (make.SERVICE_ON.replace(month=5, day=21), None)
    assert 0 < item.appeal_success_probability < 1
    assert item.expected_recovery > 0


@pytest.mark.parametrize(("on", "action", "avoidable"), [(79, "fix_and_resubmit", None), (80, "fix_and_resubmit", None),
                                                         (81, "write_off", True)])  # fmt: skip
def test_rejection_past_the_filing_limit_is_written_off(office: Office, on: int, action: str, avoidable: bool | None) -> None:
    office.send()
    office.reject(on=2)
    item = office.item(on)
    assert (item.next_action, item.avoidable) == (action, avoidable)


def test_clean_resubmission_ends_a_rejection(office: Office) -> None:
    office.send()
    office.reject(on=2)
    key = office.item(3).key
    office.send(on=4)
    work = office.work(5)
    assert (work.items, work.closings[key].outcome) == ([], Outcome.SENT_AGAIN)


def test_resubmission_that_is_rejected_too_is_an_item_of_its_own(office: Office) -> None:
    office.send()
    office.reject(on=2)
    first = office.item(3).key
    office.send(on=4)
    office.reject(on=6, status="562", entity="82")
    work = office.work(7)
    (item,) = work.items
    assert (item.key != first, item.kind, item.denial_category) == (True, Kind.REJECTION, "missing_information")
    assert work.closings[first].outcome is Outcome.SENT_AGAIN


def test_rejection_then_silence_stays_a_rejection(office: Office) -> None:
    office.send()
    office.reject(on=2)
    assert told(office, 60) == [("rejection", "fix_and_resubmit")]


def test_rejection_of_a_claim_that_lies_with_the_payer_already_is_no_work(office: Office) -> None:
    office.send()
    office.send(on=5)
    office.reject(on=6, status="54")
    assert office.items(7) == []


# --- overdue answers


def test_overdue_answer_is_followed_up_until_it_comes(office: Office) -> None:
    office.send()
    assert [told(office, on) for on in (35, 36)] == [[], [("no_response", "follow_up")]]
    item = office.item(36)
    assert (item.deadline, item.denied_on, item.carc) == (make.SERVICE_ON.replace(month=5, day=21), day(35), "")
    office.load(paid(), on=50)
    work = office.work(51)
    assert (work.items, work.closings[item.key].outcome) == ([], Outcome.ANSWERED_BY_PAYER)
    assert work.closings[item.key].recovered_amount == 100


def test_overdue_claim_that_is_sent_again_is_no_longer_followed_up(office: Office) -> None:
    office.send()
    key = office.item(40).key
    office.send(on=41)
    work = office.work(42)
    assert (work.items, work.closings[key].outcome) == ([], Outcome.SENT_AGAIN)


def test_overdue_answer_past_the_filing_limit_needs_proof_of_the_first_filing(office: Office) -> None:
    office.send()
    assert [office.item(on).deadline is None for on in (80, 81)] == [False, True]
    assert "acceptance of the first filing" in office.item(81).reason


def test_asking_after_an_overdue_claim_is_worth_what_would_not_come_by_itself(office: Office) -> None:
    for at in range(20):
        office.send(f"P{at}")
        office.load(paid(f"P{at}", icn=f"P{at}"), on=45 + at)
    office.send("ASKED", on=150)
    (patient,) = office.items(190)
    for at in range(20):
        office.send(f"L{at}")  # never answered
    worried = next(item for item in office.items(190) if item.claim_id == "ASKED")
    assert patient.appeal_success_probability < 0.05 < worried.appeal_success_probability < 0.6


# --- underpayments


def usual(office: Office, *, count: int = 10, allowed: int = 100) -> None:
    """Let the payer allow the same for some claims."""
    for at in range(count):
        office.send(f"U{at}")
        office.load(paid(f"U{at}", allowed=allowed, icn=f"U{at}"), on=10 + at)


def test_claim_paid_below_the_usual_is_disputed(office: Office) -> None:
    usual(office)
    office.send()
    office.load(paid(allowed=80), on=30)
    item = office.item(31)
    assert (item.kind, item.claim_id, item.next_action, item.denied_amount) == (
        Kind.UNDERPAYMENT, "PCN1", "reconsideration", 20.0,
    )  # fmt: skip
    assert (item.deadline, item.carc, item.denial_category) == (day(210), "", "payer_processing")


def test_underpayment_that_is_corrected_ends(office: Office) -> None:
    usual(office)
    office.send()
    office.load(paid(allowed=80), on=30)
    key = office.item(31).key
    office.load(make.reversal(paid(allowed=80)), paid(allowed=100), on=40)
    work = office.work(41)
    assert (work.items, key in work.closings) == ([], True)


def test_what_is_allowed_later_does_not_change_what_was_expected(office: Office) -> None:
    usual(office)
    office.send()
    office.load(paid(allowed=80), on=30)
    for at in range(20):
        office.send(f"L{at}", on=30)
        office.load(paid(f"L{at}", allowed=60, icn=f"L{at}"), on=45)
    amounts = [item.denied_amount for item in office.items(50) if item.claim_id == "PCN1"]
    assert amounts == [20.0]


def reduced(adjustments: tuple[Any, ...], more: dict[str, Any]) -> Any:
    return make.remittance(lines=(make.remittance_line(adjustments=adjustments),), **more)


@pytest.mark.parametrize(
    ("adjustments", "more"),
    [
        pytest.param((("CO", "45", 50), ("CO", "253", 2)), {}, id="sequestration"),
        pytest.param((("CO", "45", 50), ("PR", "2", 20), ("PR", "1", 30)), {}, id="patient share"),
        pytest.param((("OA", "23", 90), ("CO", "45", 50)), {"claim_status_code": "2"}, id="secondary payer"),
        pytest.param((("OA", "23", 90),), {}, id="another payer's part"),
        pytest.param((("CO", "24", 150),), {}, id="capitation"),
        pytest.param((("CO", "59", 60), ("CO", "45", 50)), {}, id="several procedures"),
        pytest.param((("CO", "45", 52),), {}, id="within the tolerance"),
    ],
)
def test_other_reductions_are_no_underpayment(
    office: Office, adjustments: tuple[tuple[str, str, int], ...], more: dict[str, Any]
) -> None:
    usual(office)
    office.send()
    parts = tuple(make.adjustment(group, carc, amount) for group, carc, amount in adjustments)
    office.load(reduced(parts, more), on=30)
    assert office.items(31) == []


def test_few_or_unsettled_amounts_expect_nothing(office: Office) -> None:
    for at, allowed in enumerate((100, 80, 120, 60, 100, 140, 90, 110, 70)):
        office.send(f"U{at}")
        office.load(paid(f"U{at}", allowed=allowed, icn=f"U{at}"), on=10 + at)
    office.send()
    office.load(paid(allowed=50), on=30)
    assert office.items(31) == []


def test_line_paid_above_the_usual_makes_up_for_one_below(office: Office) -> None:
    usual(office)
    lines = (make.service_line(1), make.service_line(2))
    office.send(lines=lines)
    answered = tuple(
        make.remittance_line(number, adjustments=(make.adjustment("CO", "45", cut),)) for number, cut in ((1, 80), (2, 20))
    )
    office.load(make.remittance(lines=answered), on=30)
    assert office.items(31) == []


# --- all kinds


def test_keys_of_all_kinds_differ_and_the_same_history_gives_the_same(office: Office) -> None:
    usual(office)
    office.send()
    office.load(paid(allowed=80), on=30)
    for number in ("D1", "R1", "S1"):
        office.send(number)
    office.load(denial("D1", icn="D1"), on=30)
    office.reject("R1", on=2)
    first, second = office.work(60), office.work(60)
    assert sorted(item.kind for item in first.items) == ["denial", "no_response", "rejection", "underpayment"]
    assert len({item.key.partition(":")[0] for item in first.items}) == 4
    assert (first.items, first.closings) == (second.items, second.closings)
    assert not {item.key for item in first.items} & set(first.closings)


# --- a practice's own files


def test_contracted_fee_goes_before_what_is_usual_on_its_days() -> None:
    fee = ContractFee(
        payer_id="PAYER1",
        procedure_code="99213",
        modifiers=(),
        effective_from=make.SERVICE_ON,
        effective_to=make.SERVICE_ON,
        allowed_amount=make.money(110),
    )
    office = Office(OwnFiles(fees=(fee,)))
    office.send()
    office.load(paid(allowed=100), on=30)
    item = office.item(31)
    assert (item.kind, item.denied_amount) == (Kind.UNDERPAYMENT, 10.0)
    assert "below the contracted fee" in item.reason
    lapsed = replace(fee, effective_from=day(-40), effective_to=make.SERVICE_ON - timedelta(days=1))
    office = Office(OwnFiles(fees=(lapsed,)))
    office.send()
    office.load(paid(allowed=100), on=30)
    assert office.items(31) == []


def test_own_rule_file_moves_the_limit_of_an_appeal() -> None:
    rules = parse_own_file(
        "acme.toml",
        """
        title = "Our contract"
        payer_ids = ["PAYER1"]
        owner = "contracting"
        review_on = 2027-01-31
        [[appeal]]
        level = 1
        effective_from = 2026-01-01
        limit = { days = 45 }
        source = "contract, section 7"
        checked_on = 2026-01-05
        """,
    )
    office = Office(OwnFiles(rules=(rules,)))
    office.send()
    office.load(denial(), on=20)
    assert (office.item(21).appeal_deadline, office.item(21).deadline) == (day(65), day(65))
