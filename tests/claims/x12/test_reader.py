"""The envelope: what is tolerated with a warning and what is refused."""

import pytest

from claims.x12 import parse_x12
from claims.x12.transactions import ParsedBatch
from tests.claims.x12.envelopes import CLAIM_HEAD, GROUP, GUIDES, HEADER, claim_segments, interchange, reasons, transaction_set

SET = transaction_set("837P", *CLAIM_HEAD, *claim_segments())
PLAIN = interchange("837P", SET)


def read(data: bytes) -> ParsedBatch:
    return parse_x12(data, file="test")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("SE*13*", "SE*99*", "SE element 1 (count of segments)"),
        ("SE*13*", "SE*X*", "SE element 1 (count of segments)"),
        ("SE*13*0001", "SE*13*0009", "SE element 2 (control number)"),
        ("GE*1*1", "GE*2*1", "GE element 1 (count of transaction sets)"),
        ("GE*1*1", "GE*1*9", "GE element 2 (control number)"),
        ("IEA*1*000000101", "IEA*7*000000101", "IEA element 1 (count of groups)"),
        ("IEA*1*000000101", "IEA*1*000000109", "IEA element 2 (control number)"),
        ("IEA*1*000000101~\n", "", "IEA"),
        ("GE*1*1~\n", "", "IEA"),
    ],
)
def test_a_fault_of_the_envelope_that_loses_nothing_is_a_warning(old: str, new: str, place: str) -> None:
    data = PLAIN.decode()
    assert old in data
    batch = read(data.replace(old, new).encode())
    assert (len(batch.transactions), batch.rejected) == (1, ())
    assert [warning.place for warning in batch.warnings] == [place]


def test_a_wrong_count_says_both_numbers() -> None:
    (warning,) = read(PLAIN.replace(b"SE*13*", b"SE*12*")).warnings
    assert (warning.expected, warning.got) == ("13", "12")


@pytest.mark.parametrize("following", ["ST", "GE", "IEA", "end"])
def test_a_transaction_set_without_se_is_cut_off_and_refused(following: str) -> None:
    segments = [HEADER, f"{GROUP}*{GUIDES['837P']}", *SET[:-1]]
    segments += {
        "ST": [*SET, "GE*2*1", "IEA*1*000000101"],
        "GE": ["GE*1*1", "IEA*1*000000101"],
        "IEA": ["IEA*1*000000101"],
        "end": [],
    }[following]
    batch = read("~".join([*segments, ""]).encode())
    assert reasons(batch.rejected) == [("ST", "a closing SE", "none: the transaction set is cut off")]
    assert len(batch.transactions) == (following == "ST")


def test_one_broken_set_leaves_the_others() -> None:
    broken = ["ST*837*0002*005010X222A1", "BHT*0019*00*REF*20269999*0815*CH", "SE*3*0002"]
    batch = read(interchange("837P", SET, broken, SET))
    assert len(batch.transactions) == 2
    assert [(rejection.position, rejection.place) for rejection in batch.rejected] == [(17, "BHT element 4 (date)")]


@pytest.mark.parametrize(
    ("start", "got"),
    [
        ("ST*837*0001*005010X224A2", "837D (X224)"),
        ("ST*837*0001*004010X097A1", "837D (X097)"),
        ("ST*837*0001*005010", "no known guide (6 digits)"),
        ("ST*277*0001*005010X212", "277 status response (X212)"),
        ("ST*270*0001*005010X279A1", "270"),
        ("ST*XYZW*0001", "4 letters"),
    ],
)
def test_what_is_not_read_is_refused_by_name(start: str, got: str) -> None:
    batch = read(interchange("837P", [start, *SET[1:]], SET))
    assert len(batch.transactions) == 1
    assert [rejection.got for rejection in batch.rejected] == [got]


@pytest.mark.parametrize(
    ("guide", "kind"), [("005010X222", "837P"), ("004010X098A1", "837P"), ("005010X223A3", "837I"), ("004010X096A1", "837I")]
)
def test_every_version_of_a_guide_is_read(guide: str, kind: str) -> None:
    (transaction,) = read(PLAIN.replace(b"005010X222A1", guide.encode())).transactions
    assert (transaction.kind, transaction.envelope.version) == (kind, guide)


def test_the_guide_may_stand_in_the_group_alone() -> None:
    assert read(PLAIN.replace(b"ST*837*0001*005010X222A1", b"ST*837*0001")).transactions[0].envelope.version == "005010X222A1"


def test_a_set_outside_any_group_is_refused() -> None:
    batch = read(PLAIN.replace(f"{GROUP}*{GUIDES['837P']}~\n".encode(), b"").replace(b"GE*1*1~\n", b""))
    assert reasons(batch.rejected) == [("ST", "a functional group (GS) around it", "none")]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("*20260302*0815*1*X", "*20261302*0815*1*X", "GS element 4 (date)"),
        ("*0815*1*X", "*2515*1*X", "GS element 5 (time)"),
        ("*1*X*005010X222A1~", "~", "GS"),
    ],
)
def test_a_group_header_that_cannot_be_read_refuses_its_sets(old: str, new: str, place: str) -> None:
    batch = read(PLAIN.decode().replace(old, new, 1).encode())
    assert batch.transactions == ()
    assert [rejection.place for rejection in batch.rejected] == [place]


def test_segments_outside_any_set_are_reported() -> None:
    stray = interchange("837P", [*SET, "CLM*LOST*50", "LX*1"], SET)
    assert reasons(read(stray).rejected) == [("envelope", "ST, GE or IEA", "2 segments outside any transaction set")]


def test_an_interchange_acknowledgment_is_passed_over() -> None:
    batch = read(PLAIN.replace(b"GS*HC", b"TA1*000000101*260302*0815*A*000~\nGS*HC"))
    assert (len(batch.transactions), batch.rejected, batch.warnings) == (1, (), ())


def test_the_envelope_keeps_what_the_writer_needs() -> None:
    envelope = (
        read(PLAIN.replace(b"GS*HC*SENDER*", b"GS*HC*BRANCH*").replace(b"*0815*1*X", b"*08153045*1*X")).transactions[0].envelope
    )
    assert (envelope.sender_id, envelope.group_sender_id, envelope.group_receiver_id) == ("SENDER", "BRANCH", None)
    assert envelope.created_at.isoformat() == "08:15:30.450000"


def test_an_acknowledgment_that_swallowed_what_follows_is_refused() -> None:
    batch = read(f"{HEADER}~TA1*000000101*260302*0815*A*000|ST*837*0001|SE*2*0001|~IEA*0*000000101~".encode())
    assert reasons(batch.rejected) == [("envelope", "ST, GE or IEA", "1 segments outside any transaction set")]


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "GS*HC*S*R*20260302*0815*1*X*005010X222A1<ST*837*0001<",
        f"{GROUP}*X~GE*0*1~IEA*1*000000101~",
        "TA1*000000101*260302*0815*A*000~",
    ],
)
def test_an_interchange_that_holds_no_transaction_set_is_refused(rest: str) -> None:
    batch = read(f"{HEADER}~{rest}".encode())
    assert (batch.transactions, [place for place, _, _ in reasons(batch.rejected)]) == ((), ["ISA"])


def test_an_interchange_that_only_acknowledges_another_is_no_fault() -> None:
    assert read(f"{HEADER}~TA1*000000101*260302*0815*A*000~IEA*0*000000101~".encode()).rejected == ()
