"""Owns warnings: surprises of one event are one warning, with its first day, its claims and its dollars."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

import numpy as np

from features.batch import day_date
from serving.analytics.trends.detector import DetectorRule, Surprises, scan
from serving.analytics.trends.watched import Watched

QUIET_DAYS = 90  # a series that goes on surprising within this time says nothing new
WIDENING_DAYS = 30  # families of the same payer and cause that follow within this time are the same event


@dataclass(frozen=True, kw_only=True)
class TrendWarning:
    """A rise of denials. Counts are as of the day it was raised; claims and dollars go on to the last day known.

    `payer` or `location` is "" where the warning is of the other. `families` is empty where it is of all services.
    """

    id: str
    raised_on: date
    first_on: date  # first denial in the window that raised it
    payer: str
    location: str
    cause: str
    families: tuple[str, ...]
    count: int
    answered: int
    usual_rate: float
    surprise: float
    denied_amount: float
    submission_ids: tuple[str, ...]
    claim_ids: tuple[str, ...]


@dataclass
class _Event:
    first: int  # place in the surprises
    started: int
    last: int
    families: set[str] = field(default_factory=set)


def find_warnings(watched: Watched, rule: DetectorRule | None = None) -> list[TrendWarning]:
    """Find every warning there was reason for, by the day it would have been raised on, oldest first."""
    rule = rule or DetectorRule()
    found = scan(watched, rule)
    return [_warning(event, found, watched, rule) for event in _events(found, watched)]


def _events(found: Surprises, watched: Watched) -> Sequence[_Event]:
    events: list[_Event] = []
    latest: dict[tuple[str, str, str], _Event] = {}
    for at, (row, level) in enumerate(zip(found.row.tolist(), found.level.tolist(), strict=True)):
        day = int(watched.day[row])
        family = str(watched.family[row]) if level == "family" else ""
        who = str(watched.location[row] if level == "location" else watched.payer[row])
        key = ("location" if level == "location" else "payer", who, str(watched.cause[row]))
        known = latest.get(key)
        if known is not None and day - known.last <= QUIET_DAYS and _belongs(known, family, day):
            known.last = day
            known.families.add(family)
            continue
        latest[key] = _Event(first=at, started=day, last=day, families={family})
        events.append(latest[key])
    return events


def _belongs(event: _Event, family: str, day: int) -> bool:
    return family == "" or family in event.families or day - event.started <= WIDENING_DAYS


def _warning(event: _Event, found: Surprises, watched: Watched, rule: DetectorRule) -> TrendWarning:
    row, level = int(found.row[event.first]), str(found.level[event.first])
    raised = int(watched.day[row])
    families = tuple(sorted(event.families - {""})) if level == "family" else ()
    is_of_location = level == "location"
    who = watched.location if is_of_location else watched.payer
    mine = (who == who[row]) & (watched.cause == watched.cause[row])
    if families:
        mine &= np.isin(watched.family.astype(str), families)
    behind = np.flatnonzero(mine & (watched.day >= raised - rule.window_days))
    first = int(watched.day[behind].min())
    text = f"{level}|{who[row]}|{watched.cause[row]}|{raised}"
    return TrendWarning(
        id=sha256(text.encode()).hexdigest()[:16],
        raised_on=day_date(raised),
        first_on=day_date(first),
        payer="" if is_of_location else str(who[row]),
        location=str(who[row]) if is_of_location else "",
        cause=str(watched.cause[row]),
        families=families,
        count=int(found.count[event.first]),
        answered=int(found.answered[event.first]),
        usual_rate=float(found.usual_rate[event.first]),
        surprise=float(found.surprise[event.first]),
        denied_amount=round(float(watched.denied_amount[behind].sum()), 2),
        submission_ids=tuple(dict.fromkeys(watched.submission_id[behind].tolist())),
        claim_ids=tuple(dict.fromkeys(watched.claim_id[behind].tolist())),
    )
