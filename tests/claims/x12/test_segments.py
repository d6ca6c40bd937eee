"""From text to segments, whatever the delimiters and line ends."""

import pytest

from claims.errors import UnreadableFile
from claims.x12 import looks_like_x12, parse_x12
from tests.claims.x12.envelopes import CLAIM_HEAD, HEADER, claim_segments, interchange, transaction_set

SET = transaction_set("837P", *CLAIM_HEAD, *claim_segments())
PLAIN = interchange("837P", SET)
CLAIMS = parse_x12(PLAIN, file="plain").transactions[0].claims


def claims_of(data: bytes) -> object:
    batch = parse_x12(data, file="test")
    assert batch.rejected == ()
    assert batch.warnings == ()
    return batch.transactions[0].claims


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "~\n\n", "~ \r\n", "~\r", "~\n   ", "~\t", "~~\n"])
def test_anything_blank_may_stand_between_segments(end: str) -> None:
    assert claims_of(interchange("837P", SET, end=end)) == CLAIMS


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"   "])
def test_blanks_and_a_byte_order_mark_may_stand_before_the_header(before: bytes) -> None:
    assert claims_of(before + PLAIN + b"\r\n \x1a"[:3]) == CLAIMS


def test_a_file_wrapped_at_80_columns_is_read() -> None:
    flat = PLAIN.replace(b"\n", b"")
    assert claims_of(b"\r\n".join(flat[at : at + 80] for at in range(0, len(flat), 80))) == CLAIMS


@pytest.mark.parametrize(
    ("element", "component", "segment"),
    [("|", ">", "\n"), ("\x1d", "\x1f", "\x1c"), ("+", "<", "'"), ("\t", ":", "\r"), ("*", "\\", "§"), ("^", "&", "!")],
)
def test_any_delimiters_are_taken_from_the_header(element: str, component: str, segment: str) -> None:
    table = str.maketrans({"*": element, ":": component, "~": segment, "^": "%"})
    text = PLAIN.decode().replace("\n", "").translate(table)
    assert claims_of(text.encode()) == CLAIMS


def test_an_old_header_without_a_repetition_separator_is_read() -> None:
    assert claims_of(PLAIN.replace(b"*^*00501*", b"*U*00401*")) == CLAIMS


def test_a_header_that_does_not_keep_its_widths_is_read() -> None:
    assert claims_of(PLAIN.replace(b"          ", b" ").replace(b"         *", b"*")) == CLAIMS


def test_outer_spaces_of_elements_mean_nothing() -> None:
    assert claims_of(PLAIN.replace(b"CLM*PCN1*", b"CLM* PCN1  *")) == CLAIMS


def test_latin_1_is_read_where_the_bytes_are_not_utf_8() -> None:
    batch = parse_x12(PLAIN.replace(b"CLINIC", b"CL\xcdNICA"), file="test")
    assert batch.transactions[0].claims[0].billing_provider.name == "CLÍNICA"


def test_every_interchange_has_delimiters_of_its_own() -> None:
    other = PLAIN.decode().translate(str.maketrans({"*": "|", "~": "!"})).encode()
    assert [len(t.claims) for t in parse_x12(PLAIN + other + PLAIN, file="test").transactions] == [1, 1, 1]


def test_positions_count_through_the_whole_file() -> None:
    broken = PLAIN.replace(b"CLM*PCN1*50", b"CLM*PCN1*FIFTY")
    per_file = PLAIN.count(b"~")
    first, second = parse_x12(broken + broken, file="test").rejected
    assert (first.position, second.position) == (11, 11 + per_file)


@pytest.mark.parametrize("name", ["ISA", "LISA", "ISA MARIA"])
def test_a_name_is_no_header(name: str) -> None:
    batch = parse_x12(PLAIN.replace(b"*JANE*", f"*{name}*".encode()), file="test")
    assert batch.transactions[0].claims[0].subscriber.person.first_name == name


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"", "nothing"),
        (b"claim_id,payer_id\n1,2\n", "21 characters"),
        (b"ISA*00*trunc", "2 elements"),
        (HEADER.replace("*00501*", "*FIVE0*").encode() + b"~", "5 characters"),
        (HEADER.encode() + b"G", "none that can be told apart"),
        (HEADER.replace("SENDER   ", "SEN~DER  ").encode() + b"~", "one that does"),
        (HEADER.replace("*^*", "*:*").encode() + b"~", "one of the other delimiters"),
    ],
)
def test_what_is_no_interchange_is_unreadable(data: bytes, got: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        parse_x12(data, file="test")
    assert refused.value.got == got


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (PLAIN[:200], True),
        (b"\xef\xbb\xbf\n " + PLAIN[:200], True),
        (b"ISABEL,1", False),
        (b"ISA", False),
        (b"claim_id,payer_id", False),
        (b"", False),
    ],
)
def test_x12_is_known_by_its_first_bytes(head: bytes, answer: bool) -> None:
    assert looks_like_x12(head) is answer
