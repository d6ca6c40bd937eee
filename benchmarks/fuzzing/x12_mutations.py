"""Owns damage that knows X12: segments, elements, composites, loops, envelopes and delimiters. Works on canonical text or not."""

from random import Random

from benchmarks.fuzzing.byte_mutations import Mutation

_AMOUNTS = (
    b"0", b"-0", b"-50", b".5", b"5.", b".", b"-", b"1E9", b"NaN", b"Infinity", b"1_0", b"0.001", b"999999999999.99", b"9" * 13,
    b"9" * 39, b"9" * 41, b"9" * 5000, b"0." + b"0" * 30 + b"1", b"\xef\xbc\x91", b"1,5", b"+1", b" 1",
)  # fmt: skip
_DAYS = (
    b"00010101", b"99991231", b"20260229", b"20240229", b"20261301", b"00000000", b"260302", b"991231", b"20260302-20260301",
    b"20260302-", b"-", b"2026-03-02", b"20260302081500", b"\xd9\xa1" * 8, b"19000101", b"21990101",
)  # fmt: skip
_CODES = (
    b"",
    b"1",
    b"7",
    b"8",
    b"22",
    b"4",
    b"CO",
    b"PR",
    b"OA",
    b"PI",
    b"HC",
    b"NU",
    b"ZZ",
    b"D8",
    b"RD8",
    b"XX",
    b"PT",
    b"PRC",
    b"Y",
)
_TEXTS = (
    b"A" * 81,
    b"'; DROP TABLE",
    b"../../etc",
    b"<script>",
    b"%s%n",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x92\x8a",
    b"\0",
    b"\xff\xfe",
    b"=1+1",
)
_TAGS = (
    b"ISA", b"GS", b"ST", b"SE", b"GE", b"IEA", b"TA1", b"BHT", b"HL", b"NM1", b"SBR", b"CLM", b"LX", b"SV1", b"SV2", b"SVD",
    b"CAS",
    b"CLP", b"SVC", b"DTM", b"DTP", b"REF", b"HI", b"PLB", b"BPR", b"TRN", b"N1", b"STC", b"AK2", b"IK3", b"IK5", b"AK9",
    b"LQ", b"AMT",
)  # fmt: skip
_DELIMITERS = b"*:~^|!<>+;\\/$%&=\x1c\x1d\x1e\x1f\t\n"


def _marks(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Give element, component and segment delimiters as the ISA declares them, else the usual ones."""
    if data[:3] == b"ISA" and len(data) > 105:
        return data[3:4], data[104:105], data[105:106]
    return b"*", b":", b"~"


def _segments(data: bytes) -> tuple[list[bytes], bytes]:
    _, _, end = _marks(data)
    return data.split(end), end


def swap_segments(data: bytes, random: Random) -> bytes:
    """Let two segments change places."""
    parts, end = _segments(data)
    one, other = random.randrange(len(parts)), random.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]
    return end.join(parts)


def drop_segment(data: bytes, random: Random) -> bytes:
    """Leave a segment out."""
    parts, end = _segments(data)
    del parts[random.randrange(len(parts))]
    return end.join(parts)


def repeat_loop(data: bytes, random: Random) -> bytes:
    """Say a run of segments again, once or many times."""
    parts, end = _segments(data)
    start = random.randrange(len(parts))
    run = parts[start : start + random.randint(1, 12)]
    return end.join(parts[:start] + run * random.choice((2, 2, 3, 5, 40)) + parts[start:])


def truncate_segment(data: bytes, random: Random) -> bytes:
    """Cut the elements of a segment off."""
    parts, end = _segments(data)
    at = random.randrange(len(parts))
    mark = _marks(data)[0]
    elements = parts[at].split(mark)
    parts[at] = mark.join(elements[: random.randint(1, len(elements))])
    return end.join(parts)


def replace_element(data: bytes, random: Random) -> bytes:
    """Give one element a value at the edge of what it may hold, or past it."""
    parts, end = _segments(data)
    at = random.randrange(len(parts))
    mark = _marks(data)[0]
    elements = parts[at].split(mark)
    chosen = random.choice((_AMOUNTS, _DAYS, _CODES, _TEXTS))
    elements[random.randrange(len(elements))] = random.choice(chosen)
    parts[at] = mark.join(elements)
    return end.join(parts)


def replace_component(data: bytes, random: Random) -> bytes:
    """Add, drop or replace a part of a composite."""
    parts, end = _segments(data)
    _, component, _ = _marks(data)
    composite = [at for at, part in enumerate(parts) if component in part]
    if not composite:
        return data
    at = random.choice(composite)
    pieces = parts[at].split(component)
    place = random.randrange(len(pieces))
    pieces[place : place + random.randint(0, 1)] = [random.choice(_CODES)] * random.choice((0, 1, 3, 30))
    parts[at] = component.join(pieces)
    return end.join(parts)


def rename_segment(data: bytes, random: Random) -> bytes:
    """Give a segment another tag."""
    parts, end = _segments(data)
    at = random.randrange(len(parts))
    mark = _marks(data)[0]
    parts[at] = mark.join([random.choice(_TAGS), *parts[at].split(mark)[1:]])
    return end.join(parts)


def insert_bare_segment(data: bytes, random: Random) -> bytes:
    """Insert a segment that is its tag and little else."""
    parts, end = _segments(data)
    mark = _marks(data)[0]
    parts.insert(random.randint(0, len(parts)), random.choice(_TAGS) + mark * random.choice((0, 0, 1, 5, 200)))
    return end.join(parts)


def change_delimiter(data: bytes, random: Random) -> bytes:
    """Write every use of one delimiter as another character, the declaration too or not."""
    old = random.choice(_marks(data))
    new = bytes([random.choice(_DELIMITERS)])
    return data.replace(old, new) if random.random() < 0.7 else data[:106] + data[106:].replace(old, new)


def change_line_ends(data: bytes, random: Random) -> bytes:
    """End segments with other line breaks, or wrap the text at 80 columns."""
    _, _, end = _marks(data)
    plain = data.replace(b"\n", b"")
    if random.random() < 0.3:
        return b"\r\n".join(plain[at : at + 80] for at in range(0, len(plain), 80))
    return plain.replace(end, end + random.choice((b"", b"\r", b"\r\n", b"\n\r", b"  ", b"\n\n")))


def repeat_interchange(data: bytes, random: Random) -> bytes:
    """Send the whole file twice in one."""
    return data + random.choice((b"", b"\n", b"   ", b"garbage")) + data


def flood(data: bytes, random: Random) -> bytes:
    """Repeat one segment thousands of times."""
    parts, end = _segments(data)
    at = random.randrange(len(parts))
    return end.join(parts[:at] + [parts[at][:20]] * random.choice((100, 1000)) + parts[at:])


X12_MUTATIONS: tuple[Mutation, ...] = (
    swap_segments, drop_segment, repeat_loop, truncate_segment, replace_element, replace_element, replace_element,
    replace_component, rename_segment, insert_bare_segment, change_delimiter, change_line_ends, repeat_interchange,
)  # fmt: skip
RARE_X12_MUTATIONS: tuple[Mutation, ...] = (flood,)
