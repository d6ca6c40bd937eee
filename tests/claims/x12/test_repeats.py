"""Segments repeated far past what a guide allows: their claim is refused, in time that grows with the file."""

import time

import pytest

from claims.x12 import parse_x12
from tests.claims.x12.envelopes import (
    CLAIM_HEAD,
    LINE,
    REMITTANCE_HEAD,
    SERVICE,
    claim_segments,
    interchange,
    read_claims,
    reasons,
    transaction_set,
)

MANY = 40_000
OTHER = ("SBR*S*18*******CI",)


def claims_with(*repeated: str) -> bytes:
    first = ("CLM*A*50***11:B:1*Y*A*Y*Y", *repeated, *LINE)
    return interchange("837P", transaction_set("837P", *CLAIM_HEAD, *first, *claim_segments("B")))


def answers_with(*repeated: str) -> bytes:
    claims = ("CLP*A*1*50*40", *SERVICE, *repeated, "CLP*B*1*50*40")
    return interchange("835", transaction_set("835", *REMITTANCE_HEAD, *claims))


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (claims_with(*["PWK*OZ*EL"] * MANY), "PWK"),
        (claims_with("HI" + "*ABF:A1" * MANY), "HI (codes)"),
        (claims_with(*["HI*ABF:A1"] * MANY), "HI (codes)"),
        (claims_with(*OTHER * MANY), "SBR"),
        (claims_with(*OTHER, *["CAS*CO*45*1"] * MANY), "CAS"),
        (answers_with(*["LQ*HE*M1"] * MANY), "LQ (remark codes)"),
        (answers_with("CLP*C*1*50*40", *["MOA***M1"] * MANY), "MIA or MOA (remark codes)"),
    ],
    ids=["PWK", "HI wide", "HI", "SBR", "CAS", "LQ", "MOA"],
)
def test_a_claim_that_repeats_a_segment_without_end_is_refused_and_its_neighbour_read(data: bytes, place: str) -> None:
    begun = time.process_time()
    batch = parse_x12(data, file="test")
    assert time.process_time() - begun < 3  # seconds; copying all for each one more took minutes
    assert [reason[0] for reason in reasons(batch.rejected)] == [place]
    (transaction,) = batch.transactions
    numbers = [one.patient_control_number for one in getattr(transaction, "claims", getattr(transaction, "remittances", ()))]
    assert "B" in numbers


def test_a_long_report_of_segment_errors_is_read_whole() -> None:
    body = ["AK1*HC*1", "AK2*837*0001*X", *["IK3*CLM*1**8"] * MANY, "IK5*R*5", "AK9*R*1*1*0"]
    begun = time.process_time()
    (report,) = parse_x12(interchange("999", transaction_set("999", *body)), file="test").transactions
    assert time.process_time() - begun < 3
    assert len(report.acknowledgments[0].segment_errors) == MANY  # type: ignore[union-attr]


def test_as_many_codes_as_any_guide_allows_are_read() -> None:
    (transaction,) = read_claims(*claim_segments("A", *["HI" + "*ABF:A1" * 12] * 8)).transactions
    assert len(transaction.claims[0].diagnosis_codes) == 96  # type: ignore[union-attr]
