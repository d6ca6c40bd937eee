from datetime import UTC, datetime
from pathlib import Path

import pytest

from claims.errors import Rejection
from claims.history.quarantine import Refused, cut_x12, keep_refused, release
from claims.x12 import parse_x12, write_transactions
from tests import factories as make
from tests.claims.x12.envelopes import interchange

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def claims_file() -> bytes:
    first = make.claim_transaction(make.claim("AAA"), make.claim("BBB"), control_number="0001")
    second = make.claim_transaction(make.claim("CCC"), control_number="0002")
    return write_transactions([first, second])


def answers_file() -> bytes:
    return write_transactions([make.remittance_transaction(make.remittance("AAA"), make.denied("BBB"), make.remittance("CCC"))])


def refuse(data: bytes, old: bytes, new: bytes) -> Refused:
    assert old in data
    broken = data.replace(old, new)
    batch = parse_x12(broken, file="x")
    accepted = sum(len(getattr(t, "claims", getattr(t, "remittances", ()))) for t in batch.transactions)
    return cut_x12(broken, batch.rejected, accepted=accepted)


@pytest.mark.parametrize(
    ("data", "old", "new", "kept", "left", "count"),
    [
        (claims_file(), b"CLM*BBB*150", b"CLM*BBB*1x0", [b"CLM*BBB", b"SV1*"], [b"CLM*AAA", b"CLM*CCC", b"ISA"], 1),
        (answers_file(), b"CLP*BBB*1*150", b"CLP*BBB*1*1x0", [b"CLP*BBB", b"CAS*CO*50"], [b"CLP*AAA", b"CLP*CCC"], 1),
    ],
)
def test_a_refused_claim_is_cut_out_alone(
    data: bytes, old: bytes, new: bytes, kept: list[bytes], left: list[bytes], count: int
) -> None:
    refused = refuse(data, old, new)
    assert refused.count == count
    assert [part for part in kept if part not in refused.content] == []
    assert [part for part in left if part in refused.content] == []


def test_a_refused_transaction_is_cut_out_with_all_its_claims() -> None:
    data = claims_file()
    begin = data.index(b"BHT*")
    bht = data[begin : data.index(b"~", begin)]
    refused = refuse(data, bht, b"BHT*0019*00*0001*NODATE*0800*CH")
    assert refused.count == 2
    assert b"CLM*AAA" in refused.content
    assert b"CLM*CCC" not in refused.content


def test_a_file_of_several_interchanges_is_kept_whole() -> None:
    data = claims_file()
    refused = refuse(data + data.replace(b"AAA", b"DDD"), b"CLM*DDD*150", b"CLM*DDD*1x0")
    assert refused.count == 1
    assert refused.content.count(b"ISA*") == 2


def test_other_delimiters_are_followed() -> None:
    data = claims_file().replace(b"*", b"|").replace(b"~", b"!")
    refused = refuse(data, b"CLM|BBB|150", b"CLM|BBB|1x0")
    assert b"CLM|BBB" in refused.content
    assert b"CLM|AAA" not in refused.content


def test_a_position_outside_the_file_keeps_all_of_it() -> None:
    rejection = Rejection(file="x", position=0, place="file", expected="a", got="b")
    assert cut_x12(claims_file(), [rejection], accepted=0).content == claims_file()


def test_what_was_repaired_is_released_and_nothing_else(tmp_path: Path) -> None:
    refused = Refused(rejections=(), content=b"piece", suffix=".x12", count=1)
    for digest in ("a" * 64, "b" * 64):
        keep_refused(tmp_path, name="dir/some file.837", sha256=digest, refused=refused, now=NOW)
    release(tmp_path, name="dir/some file.837", sha256="a" * 64)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "some_file.837.bbbbbbbbbbbb.json",
        "some_file.837.bbbbbbbbbbbb.x12",
    ]


def test_a_transaction_that_does_not_say_what_it_is_counts_as_one() -> None:
    data = interchange("999", ["ST", "AK1*HC*1", "SE*3*0001"])
    refused = cut_x12(data, parse_x12(data, file="x").rejected, accepted=0)
    assert (refused.count, b"AK1" in refused.content) == (1, True)
