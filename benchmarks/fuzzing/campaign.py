"""Owns one campaign: inputs by the thousand through one target, each under a clock, all under a ceiling of memory."""

import hashlib
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType

from benchmarks.fuzzing.seeds import CORPUS, ROOT
from benchmarks.fuzzing.targets import Answer, Target

SECONDS_PER_INPUT = 5  # of processor time; the slowest honest input takes a twentieth of it
NOTABLE_SECONDS = 0.2
MOST_KEPT_BYTES = 4096  # of one corpus file
MOST_KEPT = 40  # corpus files per target
MOST_LIVE = 400  # inputs that a running campaign mutates further


class Hang(Exception):
    """An input took longer than it may."""


@dataclass(kw_only=True)
class Findings:
    """What a campaign saw. `faults` holds one input per place in the code that broke."""

    inputs: int = 0
    read: int = 0
    reasons: set[str] = field(default_factory=set)
    slowest_seconds: float = 0.0
    slowest_bytes: int = 0
    most_megabytes: int = 0  # by which one input raised the most memory that the process ever held
    seconds: float = 0.0
    faults: dict[str, bytes] = field(default_factory=dict)

    def add(self, other: "Findings") -> None:
        """Take in what another campaign on the same target saw."""
        self.inputs += other.inputs
        self.read += other.read
        self.reasons |= other.reasons
        self.seconds += other.seconds
        self.most_megabytes = max(self.most_megabytes, other.most_megabytes)
        self.faults = other.faults | self.faults
        if other.slowest_seconds > self.slowest_seconds:
            self.slowest_seconds, self.slowest_bytes = other.slowest_seconds, other.slowest_bytes

    def figures(self) -> dict[str, float | int | list[str]]:
        """Give the figures that are kept."""
        return {
            "inputs": self.inputs,
            "read_at_least_in_part": self.read,
            "refused": self.inputs - self.read,
            "different_reasons": len(self.reasons),
            "faults": sorted(self.faults),
            "slowest_seconds": round(self.slowest_seconds, 4),
            "slowest_bytes": self.slowest_bytes,
            "most_megabytes_of_one_input": self.most_megabytes,
            "inputs_per_second": round(self.inputs / max(self.seconds, 1e-9)),
        }


def run_campaign(
    target: Target, *, inputs: int, seed: int, kept: list[bytes], extra: list[bytes], keep: Path | None = None
) -> Findings:
    """Run seeds, corpus, then mutants until `inputs` are done; deterministic for a seed on one version of the code.

    `extra` seeds are mutated and never kept. Mutants that gave a new reason are mutated further, and written to `keep`, if small.
    """
    random = Random(f"{target.name} {seed}")  # noqa: S311  damage, no secret
    own = [*target.seeds(), *kept]
    found = Findings()
    live = list(own)
    begun = time.perf_counter()
    with _clock():
        for data in (*own, *extra):
            _run(target, data, found)
        while found.inputs < inputs:
            is_foreign = bool(extra) and random.random() < 0.3
            data = target.make(random.choice(extra if is_foreign else own if random.random() < 0.5 else live), random)
            is_new = _run(target, data, found)
            if is_new and not is_foreign and len(data) <= MOST_KEPT_BYTES and len(live) < MOST_LIVE:
                live.append(data)
                if keep is not None:
                    _keep(keep / target.name, data)
    found.seconds = time.perf_counter() - begun
    return found


def _run(target: Target, data: bytes, found: Findings) -> bool:
    """Run one input; tells whether it gave a reason never heard before."""
    found.inputs += 1
    before = len(found.reasons)
    try:
        answer = _timed(target, data, found)
    except Exception as fault:  # noqa: BLE001  finding them is what a campaign is for
        found.faults.setdefault(_place(fault), data)
        return False
    found.read += answer.is_read
    found.reasons |= answer.reasons
    return len(found.reasons) > before


def _timed(target: Target, data: bytes, found: Findings) -> Answer:
    """Run under the clock; what was slow is run again, since a busy machine makes anything slow once."""
    held = peak_megabytes()
    answer, seconds = _clocked(target, data)
    found.most_megabytes = max(found.most_megabytes, peak_megabytes() - held)
    if seconds > NOTABLE_SECONDS:
        answer, again = _clocked(target, data)
        seconds = min(seconds, again)
    if answer is None:
        raise Hang(f"more than {SECONDS_PER_INPUT} s")
    if seconds > found.slowest_seconds:
        found.slowest_seconds, found.slowest_bytes = seconds, len(data)
    return answer


def _clocked(target: Target, data: bytes) -> tuple[Answer | None, float]:
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SECONDS_PER_INPUT)
    try:
        answer: Answer | None = target.run(data)
    except Hang:
        answer = None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return answer, time.process_time() - begun


def _place(fault: Exception) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    ours = next((frame for frame in reversed(frames) if Path(frame.filename).is_relative_to(ROOT)), frames[-1])
    return f"{type(fault).__name__} in {ours.name} ({Path(ours.filename).name}:{ours.lineno})"


def _keep(folder: Path, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if len(list(folder.iterdir())) < MOST_KEPT:
        (folder / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)


@contextmanager
def _clock() -> Iterator[None]:
    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise Hang(f"more than {SECONDS_PER_INPUT} s")

    before = signal.signal(signal.SIGPROF, ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)


def limit_memory(megabytes: int) -> None:
    """Let this process take no more than so much: what asks for more gets a MemoryError, which is a fault."""
    bytes_allowed = megabytes * 1024**2
    resource.setrlimit(resource.RLIMIT_DATA, (bytes_allowed, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def peak_megabytes() -> int:
    """Give the most memory that this process held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


__all__ = ["CORPUS", "Findings", "limit_memory", "peak_megabytes", "run_campaign"]
