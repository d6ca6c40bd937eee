"""Files in which nearly everything is refused: cutting the pieces out must not cost the square of their number."""

import time

from claims.history.pending import read_pending
from claims.privacy import PersonHasher
from tests.claims.x12.envelopes import CLAIM_HEAD, REMITTANCE_HEAD, claim_segments, interchange, transaction_set

HASHER = PersonHasher(b"\x01" * 32)
MANY = 8_000


def seconds(data: bytes) -> float:
    begun = time.process_time()
    read_pending("f", data, hasher=HASHER, loaded={})
    return time.process_time() - begun


def test_claims_whose_money_does_not_fit_are_cut_out_in_one_walk() -> None:
    claims = [segment for number in range(MANY) for segment in claim_segments(f"P{number}", amount="9" * 30)]
    assert seconds(interchange("837P", transaction_set("837P", *CLAIM_HEAD, *claims))) < 6  # 13 when each was searched for


def test_refused_segments_of_one_transaction_are_cut_out_in_one_walk() -> None:
    adjustments = ["PLB*1*20261301*CS:1*X"] * MANY
    assert seconds(interchange("835", transaction_set("835", *REMITTANCE_HEAD, *adjustments))) < 3  # 9 before
