from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from claims.remittance import Remittance
from claims.x12 import read_file
from claims.x12.transactions import AcknowledgmentTransaction, ClaimTransaction, RemittanceTransaction
from simulator import SimulationSummary


@pytest.fixture(scope="module")
def payments(world: SimulationSummary) -> list[RemittanceTransaction]:
    found = [t for path in sorted((world.out / "835").iterdir()) for t in read_file(path).transactions]
    return [t for t in found if isinstance(t, RemittanceTransaction)]


@pytest.fixture(scope="module")
def remittances(payments: list[RemittanceTransaction]) -> list[Remittance]:
    return [remittance for payment in payments for remittance in payment.remittances]


@pytest.fixture(scope="module")
def submissions(world: SimulationSummary) -> list[ClaimTransaction]:
    found = [t for path in sorted((world.out / "837").iterdir()) for t in read_file(path).transactions]
    return [t for t in found if isinstance(t, ClaimTransaction)]


def _carcs(remittance: Remittance) -> set[tuple[str, str]]:
    adjustments = [*remittance.adjustments, *(a for line in remittance.lines for a in line.adjustments)]
    return {(a.group_code, a.carc) for a in adjustments}


def test_every_line_balances(remittances: list[Remittance]) -> None:
    lines = [line for remittance in remittances for line in remittance.lines]
    assert lines
    assert all(line.charge_amount - sum(a.adjustment_amount for a in line.adjustments) == line.paid_amount for line in lines)


def test_every_claim_balances(remittances: list[Remittance]) -> None:
    for remittance in remittances:
        own = sum((a.adjustment_amount for a in remittance.adjustments), Decimal(0))
        lines = sum((a.adjustment_amount for line in remittance.lines for a in line.adjustments), Decimal(0))
        assert remittance.charge_amount - own - lines == remittance.paid_amount


def test_every_payment_balances_and_none_is_negative(payments: list[RemittanceTransaction]) -> None:
    for payment in payments:
        paid = sum((r.paid_amount for r in payment.remittances), Decimal(0))
        moved = sum((a.adjustment_amount for a in payment.provider_adjustments), Decimal(0))
        assert payment.payment.payment_amount == paid - moved >= 0


def test_patient_responsibility_is_what_pr_adjustments_add_up_to(remittances: list[Remittance]) -> None:
    for remittance in remittances:
        if not remittance.is_reversal:
            adjustments = [*remittance.adjustments, *(a for line in remittance.lines for a in line.adjustments)]
            owed = sum((a.adjustment_amount for a in adjustments if a.group_code == "PR"), Decimal(0))
            assert remittance.patient_responsibility_amount == owed


def test_a_reversal_is_followed_by_a_new_answer_in_the_same_payment(payments: list[RemittanceTransaction]) -> None:
    reversals = 0
    for payment in payments:
        for position, remittance in enumerate(payment.remittances):
            if remittance.is_reversal:
                after = payment.remittances[position + 1]
                assert after.patient_control_number == remittance.patient_control_number
                assert not after.is_reversal
                reversals += 1
    assert reversals > 10


def test_what_fools_models_is_there(remittances: list[Remittance], payments: list[RemittanceTransaction]) -> None:
    carcs = set().union(*(_carcs(r) for r in remittances))
    assert {("CO", "45"), ("PR", "1"), ("OA", "23"), ("CO", "253")} <= carcs
    zero_pays = [r for r in remittances if r.paid_amount == 0 and _carcs(r) <= {("CO", "45"), ("PR", "1")} and not r.is_reversal]
    assert zero_pays, "deductible-only zero pays"
    assert {a.reason_code for p in payments for a in p.provider_adjustments}, "money outside claims"
    partly = [
        r
        for r in remittances
        if r.paid_amount > 0 and any(line.paid_amount == 0 and line.allowed_amount is None for line in r.lines)
    ]
    assert partly, "partial denials"


def test_denied_claims_mostly_carry_an_ordinary_status(world: SimulationSummary, remittances: list[Remittance]) -> None:
    unpaid = [r for r in remittances if r.paid_amount == 0 and r.patient_responsibility_amount == 0 and not r.is_reversal]
    share = sum(r.claim_status_code == "4" for r in unpaid) / len(unpaid)
    assert 0.0 < share < 0.35


def test_submissions_show_replacements_secondaries_and_institutional_claims(submissions: list[ClaimTransaction]) -> None:
    claims = [claim for transaction in submissions for claim in transaction.claims]
    assert any(claim.frequency_code == "7" and claim.payer_claim_control_number for claim in claims)
    assert any(claim.subscriber.payer_sequence_code == "S" and claim.other_subscribers[0].paid_amount for claim in claims)
    assert 0.02 < sum(claim.claim_type == "837I" for claim in claims) / len(claims) < 0.15
    assert any(claim.patient is not None for claim in claims), "dependents"
    assert all(claim.charge_amount == sum(line.charge_amount for line in claim.lines) for claim in claims)


def test_rejected_claims_come_back_as_new_ones(world: SimulationSummary, submissions: list[ClaimTransaction]) -> None:
    acknowledgments = [
        a
        for path in sorted((world.out / "277ca").iterdir())
        for t in read_file(path).transactions
        if isinstance(t, AcknowledgmentTransaction)
        for a in t.acknowledgments
    ]
    rejected = {a.patient_control_number for a in acknowledgments if a.is_rejection}
    sent: dict[str, int] = defaultdict(int)
    for transaction in submissions:
        for claim in transaction.claims:
            sent[claim.patient_control_number] += 1
    assert rejected
    assert sum(sent[number] > 1 for number in rejected) / len(rejected) > 0.6


def test_nothing_is_dated_after_the_last_day(
    world: SimulationSummary, payments: list[RemittanceTransaction], submissions: list[ClaimTransaction]
) -> None:
    days: list[date] = [t.envelope.created_on for t in (*payments, *submissions)]
    days += [t.submitted_on for t in submissions] + [t.payment.paid_on for t in payments if t.payment.paid_on]
    assert max(days) <= world.last_on


def test_the_last_weeks_are_immature(
    payments: list[RemittanceTransaction], submissions: list[ClaimTransaction], world: SimulationSummary
) -> None:
    answered = {(p.payment.payer.payer_id, r.patient_control_number) for p in payments for r in p.remittances}

    def answered_share(*, oldest: int, youngest: int) -> float:
        claims = [c for t in submissions if youngest <= (world.last_on - t.submitted_on).days < oldest for c in t.claims]
        return sum((c.payer.payer_id, c.patient_control_number) in answered for c in claims) / len(claims)

    assert answered_share(oldest=400, youngest=120) > 0.95
    assert answered_share(oldest=10, youngest=0) < 0.05
