"""Owns the count of advice: how often it was followed, and what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from claims.score_log.followed import Course


@dataclass(frozen=True, kw_only=True)
class AdviceTally:
    """Scores of one advice and course. `expected` are the denials that the scores of the answered ones add up to."""

    advice: str
    course: str
    scored: int
    answered: int
    denied: int
    expected: float


def tally(followed: Iterable[Mapping[str, object]]) -> list[AdviceTally]:
    """Count rows of the change log by advice and course; scores of claims that were sent before are no advice."""
    groups: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for row in followed:
        if row["course"] != Course.SENT_BEFORE:
            groups.setdefault((str(row["advice"]), str(row["course"])), []).append(row)
    found = []
    for (advice, course), rows in sorted(groups.items()):
        answered = [row for row in rows if row["result"] in {"paid", "denied"}]
        found.append(
            AdviceTally(
                advice=advice,
                course=course,
                scored=len(rows),
                answered=len(answered),
                denied=sum(row["result"] == "denied" for row in answered),
                expected=sum(float(str(row["denial_probability"])) for row in answered),
            )
        )
    return found
