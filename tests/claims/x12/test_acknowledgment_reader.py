"""277CA: the answer to a claim, to a provider's claims and to the whole submission."""

from datetime import date

import pytest

from claims.x12.transactions import AcknowledgmentTransaction
from tests.claims.x12.envelopes import read

HEAD = ("BHT*0085*08*R*20260303*1200*TH", "HL*1**20*1", "NM1*PR*2*PLAN*****PI*P1", "HL*2*1*21*1", "NM1*41*2*CLINIC*****46*S1")
PROVIDER = ("HL*3*2*19*1", "NM1*85*2*CLINIC*****XX*1234567893")
CLAIM = ("HL*4*3*PT", "NM1*QC*1*DOE*JANE****MI*M1", "TRN*2*PCN1")


def acknowledgment(*segments: str) -> AcknowledgmentTransaction:
    batch = read("277CA", *HEAD, *segments)
    assert batch.rejected == ()
    (found,) = batch.transactions
    assert isinstance(found, AcknowledgmentTransaction)
    return found


@pytest.mark.parametrize(("category", "rejected"), [("A2", False), ("A3", True), ("A7", True), ("A1", False)])
def test_a_claim_is_answered_by_its_status(category: str, rejected: bool) -> None:
    (answer,) = acknowledgment(*PROVIDER, *CLAIM, f"STC*{category}:20*20260303*U*50").acknowledgments
    assert (answer.patient_control_number, answer.payer, answer.is_rejection) == ("PCN1", "P1", rejected)


def test_one_status_segment_may_hold_three() -> None:
    (answer,) = acknowledgment(*PROVIDER, *CLAIM, "STC*A7:562:85*20260303*U*50******A7:478*A3:21").acknowledgments
    assert [(s.category_code, s.status_code, s.entity_code) for s in answer.statuses] == [
        ("A7", "562", "85"),
        ("A7", "478", None),
        ("A3", "21", None),
    ]


def test_a_rejected_submission_is_an_answer_of_its_own() -> None:
    found = acknowledgment("TRN*2*BATCH1", "STC*A3:24*20260303*U")
    assert [(a.level, a.trace_number, a.is_rejection) for a in found.level_acknowledgments] == [("receiver", "BATCH1", True)]


def test_a_rejected_provider_is_an_answer_of_its_own() -> None:
    found = acknowledgment(*PROVIDER, "TRN*1*0", "STC*A3:562:85*20260303*U", *CLAIM, "STC*A2:20")
    assert [(a.level, a.provider_npi, a.is_rejection) for a in found.level_acknowledgments] == [("provider", "1234567893", True)]
    assert [a.patient_control_number for a in found.acknowledgments] == ["PCN1"]


def test_the_status_of_a_line_is_not_the_claims_own() -> None:
    (answer,) = acknowledgment(
        *PROVIDER, *CLAIM, "STC*A2:20", "SVC*HC:99213*50", "STC*A7:454", "REF*1K*LINE", "DTP*472*D8*20260101"
    ).acknowledgments
    assert (answer.is_rejection, answer.payer_claim_control_number, answer.service_from_on) == (False, None, None)


def test_the_first_day_of_a_service_counts() -> None:
    (answer,) = acknowledgment(*PROVIDER, *CLAIM, "STC*A2:20", "DTP*472*RD8*20260215-20260217").acknowledgments
    assert answer.service_from_on == date(2026, 2, 15)


@pytest.mark.parametrize(
    ("segments", "place"),
    [
        (("STC*A2:20*20261303",), "STC element 2 (date)"),
        (("STC*A2:20**U*X",), "STC element 4 (charge amount)"),
        (("STC*A2>20",), "STC element 1 (status)"),
        ((), "TRN"),
    ],
)
def test_a_broken_answer_is_refused_and_the_others_kept(segments: tuple[str, ...], place: str) -> None:
    batch = read("277CA", *HEAD, *PROVIDER, *CLAIM, *segments, "HL*5*3*PT", "TRN*2*PCN2", "STC*A2:20")
    found = batch.transactions[0]
    assert isinstance(found, AcknowledgmentTransaction)
    assert [answer.patient_control_number for answer in found.acknowledgments] == ["PCN2"]
    assert [(r.place, r.patient_control_number) for r in batch.rejected] == [(place, "PCN1")]


def test_a_report_that_answers_nothing_is_refused() -> None:
    batch = read("277CA", *HEAD)
    assert [rejection.expected for rejection in batch.rejected] == ["at least one status (STC)"]
