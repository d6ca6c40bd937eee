"""What a file took is given back when its batch goes: no ring of objects waits for a full collection, which may never come."""

import gc
from contextlib import suppress

import pytest

from claims.errors import UnreadableFile
from claims.x12 import parse_x12
from tests.claims.x12.envelopes import CLAIM_HEAD, REMITTANCE_HEAD, SERVICE, claim_segments, interchange, transaction_set
from tests.claims.x12.golden.batch_json import GOLDEN_FILES

LINES = [segment for number in range(50) for segment in claim_segments(f"B{number}")]
FILES = {
    "claims": interchange("837P", transaction_set("837P", *CLAIM_HEAD, *LINES)),
    "a bad amount": interchange("837P", transaction_set("837P", *CLAIM_HEAD, *claim_segments("A", amount="X"), *LINES)),
    "a bad level": interchange("837P", transaction_set("837P", *CLAIM_HEAD, "HL*9*9*99", *LINES)),
    "too many payers": interchange(
        "837P", transaction_set("837P", *CLAIM_HEAD, *claim_segments("A", *["SBR*S*18*******CI"] * 1100))
    ),
    "no SE": interchange("837P", transaction_set("837P", *CLAIM_HEAD, *LINES)[:-1]),
    "no guide": interchange("837P", ["ST*837*0001*X", *LINES, "SE*1*0001"]),
    "a bad answer": interchange("835", transaction_set("835", *REMITTANCE_HEAD, "CLP*A*1*X*40", *SERVICE * 50)),
    "no BPR": interchange("835", transaction_set("835", "CLP*A*1*50*40", *SERVICE * 50)),
    "no ISA": b"ISA*nothing~" * 50,
} | {path.name: path.read_bytes() for path in GOLDEN_FILES}


def read(data: bytes) -> None:
    with suppress(UnreadableFile):
        parse_x12(data, file="f")


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_nothing_of_a_file_waits_for_the_collector(data: bytes) -> None:
    read(data)  # what is cached once
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            read(data)
        assert gc.collect() < 20
    finally:
        gc.enable()
