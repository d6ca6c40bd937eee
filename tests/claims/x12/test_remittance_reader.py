"""835: which loop a segment belongs to, and what a fault in it refuses."""

from datetime import date
from decimal import Decimal

import pytest

from claims.remittance import Remittance
from claims.x12.transactions import RemittanceTransaction
from tests.claims.x12.envelopes import REMITTANCE_HEAD, SERVICE, read, read_remittances, reasons

CLAIM = "CLP*A*1*50*40*10*12*ICN1"


def one_remittance(*segments: str) -> Remittance:
    batch = read_remittances(*segments)
    assert batch.rejected == ()
    (remittance,) = transaction(batch.transactions[0]).remittances
    return remittance


def transaction(found: object) -> RemittanceTransaction:
    assert isinstance(found, RemittanceTransaction)
    return found


@pytest.mark.parametrize(
    ("segments", "place", "got"),
    [
        (("CLP*X*1*FIFTY*40",), "CLP element 3 (charge amount)", "5 letters"),
        (("CLP*X*1*50",), "CLP element 4 (paid amount)", "nothing"),
        (("CLP*X*1*50*40*NaN",), "CLP element 5 (patient responsibility)", "3 letters"),
        (("CLP*X**50*40",), "CLP element 2 (claim status)", "nothing"),
        (("CLP*X*1*50*40", "DTM*232*20261301"), "DTM element 2 (date)", "8 digits that are no date"),
        (("CLP*X*1*50*40", "AMT*AU*A"), "AMT element 2 (amount)", "1 letter"),
        (("CLP*X*1*50*40", "CAS*CO*45*amount"), "CAS element 3 (adjustment amount)", "6 letters"),
        (("CLP*X*1*50*40", "CAS*CO*45*1*2*3"), "CAS element 6 (adjustment amount)", "nothing"),
        (("CLP*X*1*50*40", "SVC*HC>99213*50*40"), "SVC element 1 (procedure)", "8 characters"),
        (("CLP*X*1*50*40", "SVC*HC:99213*5O*40"), "SVC element 2 (charge amount)", "2 characters"),
        (("CLP*X*1*50*40", *SERVICE, "DTM*472*2026"), "DTM element 2 (date)", "4 digits"),
        (("CLP*X*1*50*40", *SERVICE, "CAS*CO**1"), "CAS element 2 (reason code)", "nothing"),
    ],
)
def test_a_broken_claim_is_refused_and_the_others_kept(segments: tuple[str, ...], place: str, got: str) -> None:
    batch = read_remittances(CLAIM, *SERVICE, *segments, "CLP*B*1*50*40", *SERVICE)
    assert [remittance.patient_control_number for remittance in transaction(batch.transactions[0]).remittances] == ["A", "B"]
    assert [(r.place, r.got, r.patient_control_number) for r in batch.rejected] == [(place, got, "X")]


def test_a_claim_without_a_number_is_refused_without_one() -> None:
    batch = read_remittances("CLP**1*50*40", *SERVICE, CLAIM)
    assert [(r.place, r.patient_control_number) for r in batch.rejected] == [("CLP element 1 (patient control number)", None)]


def test_a_broken_claim_leaves_nothing_to_the_next() -> None:
    batch = read_remittances("CLP*X*1*50*40", "CAS*CO*45*10", "SVC*HC:1*A*B", "CAS*CO*50*9", CLAIM, *SERVICE)
    (kept,) = transaction(batch.transactions[0]).remittances
    assert (kept.adjustments, kept.lines[0].adjustments) == ((), ())


@pytest.mark.parametrize(
    ("bad", "place"),
    [("BPR*I*100*C*ACH************20260931", "BPR element 16 (payment date)"), ("BPR*I*MUCH", "BPR element 2 (payment amount)")],
)
def test_a_broken_head_refuses_the_payment_and_its_claims(bad: str, place: str) -> None:
    batch = read("835", bad, *REMITTANCE_HEAD[1:], CLAIM, *SERVICE)
    assert batch.transactions == ()
    assert [rejection.place for rejection in batch.rejected] == [place]


def test_a_payment_without_its_head_is_refused() -> None:
    assert reasons(read("835", *REMITTANCE_HEAD[1:], CLAIM).rejected) == [("BPR", "the payment before any claim", "none")]


def test_a_payment_of_provider_adjustments_alone_is_read() -> None:
    found = transaction(read_remittances("PLB*123*20261231*CS:R1*-1.5*72*2*L6:R3*0.25").transactions[0])
    assert found.remittances == ()
    assert [(p.reason_code, p.reference, p.adjustment_amount) for p in found.provider_adjustments] == [
        ("CS", "R1", Decimal("-1.5")),
        ("72", None, Decimal(2)),
        ("L6", "R3", Decimal("0.25")),
    ]


def test_a_broken_provider_adjustment_loses_nothing_else() -> None:
    batch = read_remittances(CLAIM, *SERVICE, "PLB*123*20261231*CS:R1*X", "PLB*123*20261231*72:R2*2")
    found = transaction(batch.transactions[0])
    assert (len(found.remittances), [p.reference for p in found.provider_adjustments]) == (1, ["R2"])
    assert reasons(batch.rejected) == [("PLB element 4 (adjustment amount)", "a decimal", "1 letter")]


@pytest.mark.parametrize(
    ("payer", "payer_id"),
    [
        (("N1*PR*PLAN*XV*FROMN1", "REF*2U*FROMREF"), "FROMN1"),
        (("N1*PR*PLAN", "REF*2U*FROMREF"), "FROMREF"),
        (("N1*PR*PLAN",), "943000000"),
    ],
)
def test_the_payer_is_known_by_its_own_number_first(payer: tuple[str, ...], payer_id: str) -> None:
    found = read("835", REMITTANCE_HEAD[0], "TRN*1*T1*1943000000", *payer, "N1*PE*CLINIC*XX*17", CLAIM).transactions[0]
    assert transaction(found).payment.payer.payer_id == payer_id


def test_claim_and_line_adjustments_stay_apart() -> None:
    found = one_remittance(CLAIM, "CAS*OA*23*1", *SERVICE, "CAS*CO*45*10*1**", "CAS*PR*1*2**2*3", "SVC*HC:2*1*1")
    assert [a.carc for a in found.adjustments] == ["23"]
    assert [[a.carc for a in line.adjustments] for line in found.lines] == [["45", "1", "2"], []]


def test_the_insured_is_known_by_the_insured_first() -> None:
    assert one_remittance(CLAIM, "NM1*QC*1*DOE*KID****MI*Q1").subscriber_id == "Q1"
    assert one_remittance(CLAIM, "NM1*QC*1*DOE*KID****MI*Q1", "NM1*IL*1*DOE*JANE****MI*I1").subscriber_id == "I1"
    assert one_remittance(CLAIM, "NM1*IL*1*DOE*JANE****MI*I1", "NM1*QC*1*DOE*KID****MI*Q1").subscriber_id == "I1"


def test_a_service_over_several_days_has_two_dates() -> None:
    line = one_remittance(CLAIM, *SERVICE, "DTM*150*20260215", "DTM*151*20260217").lines[0]
    assert (line.service_from_on, line.service_to_on) == (date(2026, 2, 15), date(2026, 2, 17))


def test_dates_of_no_use_are_not_looked_at() -> None:
    assert one_remittance(CLAIM, "DTM*999*NODATE", *SERVICE).lines[0].service_from_on is None


def test_a_claim_that_owes_nothing_may_leave_the_amount_off() -> None:
    assert one_remittance("CLP*A*1*50*50").patient_responsibility_amount == 0


def test_remark_codes_of_the_pharmacy_are_no_rarc() -> None:
    assert one_remittance(CLAIM, *SERVICE, "LQ*HE*N115", "LQ*RX*70").lines[0].remark_codes == ("N115",)


def test_unknown_codes_are_kept() -> None:
    found = one_remittance("CLP*A*ZZ*50*40", "CAS*XX*Q99*1")
    assert (found.claim_status_code, found.adjustments[0].group_code, found.adjustments[0].carc) == ("ZZ", "XX", "Q99")


def test_a_service_before_any_claim_refuses_the_payment() -> None:
    batch = read_remittances(*SERVICE, CLAIM)
    assert batch.transactions == ()
    assert reasons(batch.rejected) == [("SVC", "a claim (CLP) before it", "none")]
