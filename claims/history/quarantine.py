"""Owns the refused input: one pair of files per source file, the reasons and the refused pieces themselves.

The pieces may hold health information, so both files are readable by their owner only. The reasons hold none.
"""

import csv
import io
import json
import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from claims.errors import Rejection
from claims.imports.reader import RefusedRow

_ISA_TERMINATOR = 105  # the segment terminator is the 106th byte of an interchange
_UNIT_TAGS = {"837": "CLM", "835": "CLP", "999": "AK2"}
_BLANKS = (b" ", b"\r", b"\n", b"\t")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What was refused of one file; `count` in the unit of its receipt."""

    rejections: tuple[Rejection, ...]
    content: bytes
    suffix: str
    count: int


def keep_refused(folder: Path, *, name: str, sha256: str, refused: Refused, now: datetime) -> Path:
    """Write the reasons and the pieces; the same file again writes the same two names. Returns the reasons' path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    base = _base_name(name, sha256)
    reasons = {
        "file": name,
        "sha256": sha256,
        "refused_at": now.isoformat(),
        "refused": refused.count,
        "pieces": f"{base}{refused.suffix}",
        "rejections": [{**asdict(rejection), "reason": str(rejection)} for rejection in refused.rejections],
    }
    _write(folder / f"{base}{refused.suffix}", refused.content)
    path = folder / f"{base}.json"
    _write(path, json.dumps(reasons, indent=2).encode())
    return path


def release(folder: Path, *, name: str, sha256: str) -> None:
    """Remove what an earlier ingest refused of a file that is now accepted whole."""
    base = _base_name(name, sha256)
    if (folder / f"{base}.json").exists():
        for path in folder.glob(f"{base}.*"):
            path.unlink(missing_ok=True)


def cut_csv(header: Sequence[str], refused: Sequence[RefusedRow]) -> Refused:
    """Cut out the refused rows below their header: repaired, the piece is a file to ingest."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(row.cells for row in refused)
    return Refused(
        rejections=tuple(row.rejection for row in refused), content=text.getvalue().encode(), suffix=".csv", count=len(refused)
    )


def cut_x12(data: bytes, rejections: Sequence[Rejection], *, accepted: int) -> Refused:
    """Cut out the refused claim loops, transactions or interchanges, each once, in file order.

    The count is what stands in the file less `accepted`, so that nothing can go missing between the two.
    """
    segments = list(_segments(data))
    places = _Places(segments)
    # Positions count from the ISA, so in a file of several interchanges they do not say where; it is kept whole.
    spans = [(0, len(segments))] if places.interchange_count > 1 else _merge(places.span(rejection) for rejection in rejections)
    pieces = [b"".join(segment.raw for segment in segments[begin:end]) for begin, end in spans]
    count = max(count_units(segments) - accepted, 1)
    return Refused(rejections=tuple(rejections), content=b"\n".join(pieces), suffix=".x12", count=count)


@dataclass(frozen=True, kw_only=True)
class _Segment:
    elements: tuple[str, ...]  # the first four
    raw: bytes

    @property
    def tag(self) -> str:
        return self.elements[0]


def count_units(segments: Iterable[_Segment]) -> int:
    """Count claims (837), CLPs (835), claim answers (277) and transaction answers (999)."""
    count, transaction = 0, ""
    for segment in segments:
        if segment.tag == "ST":
            transaction = "".join(segment.elements[1:2])
        elif transaction == "277":
            count += segment.tag == "HL" and segment.elements[3:4] == ("PT",)
        else:
            count += segment.tag == _UNIT_TAGS.get(transaction)
    return count


def _segments(data: bytes) -> Iterator[_Segment]:
    begin = max(data.find(b"ISA"), 0)
    separator, terminator = b"*", b"~"
    while begin < len(data):
        if data.startswith(b"ISA", begin) and len(data) > begin + _ISA_TERMINATOR:
            separator = data[begin + 3 : begin + 4]
            terminator = data[begin + _ISA_TERMINATOR : begin + _ISA_TERMINATOR + 1]
        found = data.find(terminator, begin)
        end = len(data) if found < 0 else found + 1
        while data[end : end + 1] in _BLANKS:
            end += 1
        raw = data[begin:end]
        elements = raw.strip().removesuffix(terminator).split(separator, 4)[:4]
        yield _Segment(elements=tuple(element.decode("ascii", errors="replace").strip() for element in elements), raw=raw)
        begin = end


class _Places:
    """Where each tag stands in a file, so that a hundred thousand refusals are found in one walk and not in as many."""

    def __init__(self, segments: Sequence[_Segment]) -> None:
        self._end = len(segments)
        self._at: dict[str, list[int]] = {}
        self._claims: dict[str, int] = {}
        for index, segment in enumerate(segments):
            self._at.setdefault(segment.tag, []).append(index)
            if segment.tag in {"CLM", "CLP"}:
                self._claims.setdefault("".join(segment.elements[1:2]), index)
        self._claim_tag = {index: tag for tag in ("CLM", "CLP") for index in self._at.get(tag, ())}

    @property
    def interchange_count(self) -> int:
        return len(self._at.get("ISA", ()))

    def span(self, rejection: Rejection) -> tuple[int, int]:
        """Find what a rejection is about: its claim loop if it names a claim, else its transaction, else its interchange."""
        number = rejection.patient_control_number
        at = rejection.position - 1
        if rejection.position == 0 and number is not None:
            at = self._claims.get(number, -1)
        if not 0 <= at < self._end:
            return 0, self._end
        if number is not None:
            begin = self._back(at, to=("CLM", "CLP"), not_past=("ST", "SE"))
            if begin is not None:
                stops = ("CLM", "HL", "SE") if self._claim_tag[begin] == "CLM" else ("CLP", "LX", "PLB", "SE")
                return begin, self._forward(begin + 1, stops)
        begin = self._back(at, to=("ST",), not_past=("ISA",))
        if begin is not None:
            return begin, self._forward(begin + 1, ("ST", "GE", "IEA", "ISA"))
        begin = self._back(at, to=("ISA",), not_past=()) or 0
        return begin, self._forward(begin + 1, ("ISA",))

    def _last(self, at: int, tags: Sequence[str]) -> int:
        """Find the last of these tags up to and with `at`; -1 where there is none."""
        found = -1
        for tag in tags:
            indexes = self._at.get(tag, [])
            below = bisect_right(indexes, at)
            found = max(found, indexes[below - 1] if below else -1)
        return found

    def _back(self, at: int, *, to: Sequence[str], not_past: Sequence[str]) -> int | None:
        found = self._last(at, to)
        return found if found >= 0 and found >= self._last(at, not_past) else None

    def _forward(self, at: int, stops: Sequence[str]) -> int:
        found = self._end
        for tag in stops:
            indexes = self._at.get(tag, [])
            above = bisect_left(indexes, at)
            found = min(found, indexes[above] if above < len(indexes) else self._end)
        return found


def _merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _base_name(name: str, sha256: str) -> str:
    return f"{_UNSAFE.sub('_', Path(name).name)[:80]}.{sha256[:12]}"


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)
