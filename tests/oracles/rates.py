"""Slow, obvious rates: every earlier answer is looked at again for every question. No index, no running sum."""

from dataclasses import dataclass
from datetime import date

from features.tables import OVERALL_CAUSE_RATE, OVERALL_DENIAL_RATE, PRIOR_ANSWERS, TABLES

DAYS_BACK = {"ever": None, "30d": 30, "90d": 90, "365d": 365}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One first answer: the keys that it stands under in each table, when it became known, what it denied for."""

    keys: dict[str, str]
    known_on: date
    cause: str | None


def count(answers: list[Answered], *, table: str, key: str, measure: str, before: date, span: str = "ever") -> int:
    """Count answers of a key known before a day and no earlier than the span allows."""
    days_back = DAYS_BACK[span]
    found = 0
    for answer in answers:
        if answer.keys[table] != key or answer.known_on >= before:
            continue
        if days_back is not None and (before - answer.known_on).days > days_back:
            continue
        if measure == "answers" or (measure == "denied" and answer.cause) or measure == answer.cause:
            found += 1
    return found


def rate(answers: list[Answered], keys: dict[str, str], *, table: str, measure: str, before: date, span: str = "ever") -> float:
    """Smooth a share as `features.tables` describes it, from plain counts."""
    seen = count(answers, table=table, key=keys[table], measure="answers", before=before, span=span)
    hits = count(answers, table=table, key=keys[table], measure=measure, before=before, span=span)
    prior = _prior(answers, keys, table=table, measure=measure, before=before, span=span)
    return (hits + PRIOR_ANSWERS * prior) / (seen + PRIOR_ANSWERS)


def _prior(answers: list[Answered], keys: dict[str, str], *, table: str, measure: str, before: date, span: str) -> float:
    def of(name: str, within: str = "ever") -> float:
        return rate(answers, keys, table=name, measure=measure, before=before, span=within)

    parent = TABLES[table].parent
    if span != "ever":
        moved = of(parent, span) / of(parent) if isinstance(parent, str) else 1.0
        return min(of(table) * moved, 1.0)
    if parent is None:
        return OVERALL_DENIAL_RATE if measure == "denied" else OVERALL_CAUSE_RATE
    if isinstance(parent, str):
        return of(parent)
    first, second, common = parent
    return min(of(first) * of(second) / of(common), 1.0)
