"""Whatever the bytes: a batch or UnreadableFile, soon, and never a name or a member id in a message."""

import gc
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.errors import UnreadableFile
from claims.x12 import parse_x12
from claims.x12.transactions import ParsedBatch
from tests.claims.x12.golden.batch_json import GOLDEN_FILES

CANARIES = ("TESTPERSON", "SAMPLEMAN", "EXAMPLE", "ZZT000", "ALMA", "HUGO", "FOG LN")
CONTENTS = [path.read_bytes() for path in GOLDEN_FILES]
HEADER = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260302*0815*^*00501*000000101*0*P*:~"
LARGE = 200_000
QUICK = settings(max_examples=300, deadline=None, derandomize=True)


def read_quietly(data: bytes) -> ParsedBatch | None:
    """Read, holding every message against the canaries."""
    batch = None
    messages = []
    try:
        batch = parse_x12(data, file="hostile")
        messages += [str(rejection) for rejection in (*batch.rejected, *batch.warnings)]
    except UnreadableFile as refused:
        messages.append(str(refused))
    assert not any(canary in message for message in messages for canary in CANARIES)
    return batch


@QUICK
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    read_quietly(data)


@QUICK
@given(st.binary(max_size=400))
def test_arbitrary_bytes_behind_a_header_are_read_or_refused(data: bytes) -> None:
    assert read_quietly(HEADER + data) is not None


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A golden file with pieces cut out, doubled, swapped or overwritten."""
    data = draw(st.sampled_from(CONTENTS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        stop = min(len(data), start + draw(st.integers(0, 60)))
        piece = data[start:stop]
        match draw(st.sampled_from(["cut", "double", "overwrite", "move", "truncate"])):
            case "cut":
                data = data[:start] + data[stop:]
            case "double":
                data = data[:stop] + piece + data[stop:]
            case "overwrite":
                data = data[:start] + draw(st.binary(max_size=20)) + data[stop:]
            case "move":
                rest = data[:start] + data[stop:]
                to = draw(st.integers(0, len(rest)))
                data = rest[:to] + piece + rest[to:]
            case _:
                data = data[:stop]
    return data


@QUICK
@given(mutations())
def test_a_damaged_file_is_read_or_refused(data: bytes) -> None:
    read_quietly(data)


@st.composite
def shuffled_segments(draw: st.DrawFn) -> bytes:
    """A golden file whose segments lost elements, swapped places or got another file's."""
    lines = draw(st.sampled_from(CONTENTS)).split(b"\n")
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(1, len(lines) - 1))
        match draw(st.sampled_from(["drop", "swap", "empty", "foreign"])):
            case "drop":
                del lines[at]
                if len(lines) < 2:
                    break
            case "swap":
                other = draw(st.integers(1, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "empty":
                lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))] + b"~"
            case _:
                foreign = draw(st.sampled_from(CONTENTS)).split(b"\n")
                lines.insert(at, draw(st.sampled_from(foreign)))
    return b"\n".join(lines)


@QUICK
@given(shuffled_segments())
def test_segments_out_of_order_are_read_or_refused(data: bytes) -> None:
    read_quietly(data)


@pytest.mark.parametrize(
    "data",
    [
        b"ISA*" * LARGE,
        HEADER + b"\nISA*" * LARGE,
        HEADER + b" " * LARGE,
        HEADER + b"\r\n" * LARGE,
        HEADER + b"~" * LARGE,
        HEADER + b"*" * LARGE,
        HEADER + b"ST*837~" * LARGE,
        HEADER + b"GS*HC~" * LARGE,
        HEADER * (LARGE // 10),
        b"\xff" * LARGE,
    ],
    ids=["ISA", "ISA lines", "spaces", "line ends", "terminators", "elements", "ST", "GS", "interchanges", "no text"],
)
def test_a_large_file_of_nonsense_takes_no_longer_than_a_good_one(data: bytes) -> None:
    start = time.process_time()
    read_quietly(data)
    assert time.process_time() - start < 20  # seconds; a quadratic walk over 200,000 segments would take hours


def test_the_collector_is_left_as_it_was() -> None:
    gc.disable()
    try:
        read_quietly(CONTENTS[0])
        assert not gc.isenabled()
    finally:
        gc.enable()
    read_quietly(CONTENTS[0])
    assert gc.isenabled()
