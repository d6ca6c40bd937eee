"""Owns what a check of an installation says: how it stands, what was seen, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """OK; WARN: it runs, but somebody should look; FAIL: something that a user will ask for does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was seen of one part; `remedy` is "" where nothing is to be done. Names no claim and no person."""

    part: str
    state: State
    seen: str
    remedy: str = ""


def ok(part: str, seen: str) -> Finding:
    """Say that a part is as it should be."""
    return Finding(part=part, state=State.OK, seen=seen)


def warn(part: str, seen: str, *, remedy: str) -> Finding:
    """Say that a part works, and what would be better."""
    return Finding(part=part, state=State.WARN, seen=seen, remedy=remedy)


def fail(part: str, seen: str, *, remedy: str) -> Finding:
    """Say that a part does not work, and what mends it."""
    return Finding(part=part, state=State.FAIL, seen=seen, remedy=remedy)


def worst(findings: Iterable[Finding]) -> State:
    """Give the state of the whole."""
    found = {finding.state for finding in findings}
    return next((state for state in (State.FAIL, State.WARN) if state in found), State.OK)
