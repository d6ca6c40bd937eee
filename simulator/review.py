"""Owns what a practice does with advice between filling a form and sending it: others advise, the staff verifies and mends.

The adviser (`Reviewer`) sees forms and files alone. The staff sees the record, which is to say the real fault: an edit of the
payer that fires with a fair chance. Without a reviewer nothing here runs, and a world is what it always was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

from claims.claim import Claim
from simulator.agenda import business_day
from simulator.codes import EDITS
from simulator.corrections import Corrector
from simulator.edits import Risk
from simulator.encounters import Encounter
from simulator.submission import Submission

SEND, FIX, LOOK = "send", "fix", "look"
VISIBLE, INVISIBLE, WITHHELD, NOTHING_FOUND = "visible", "invisible", "withheld", "nothing_found"
_NEVER_ON_THE_FORM = frozenset({"enrollment", "form"})
_OFTEN_APART = frozenset({"authorization", "authorization_scope", "records", "necessity", "referral", "coverage", "other_plan"})
_UNSENDABLE = frozenset({"same_claim", "benefit"})
_BEYOND_REPAIR = frozenset({"filing_limit", "frequency", "age_or_sex", "processing"})


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to do with one form. `causes`: those that a proposed fix would take away; empty for a look without one."""

    action: str = SEND
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StaffAct:
    """What the staff did about one form. `edit`: the fault that it mended, "" = none found."""

    number: str
    payer_id: str
    day: int
    kind: str
    edit: str
    minutes: float


WriteFiles = Callable[[int], Path]


class Reviewer(Protocol):
    """Who is asked before a day's claims are sent."""

    def review(self, day: int, claims: Sequence[Claim], write_files: WriteFiles) -> Sequence[Advice]:
        """Advise on each form. `write_files(day)` writes all that was known by the evening before and names the folder."""
        ...

    def told(self, act: StaffAct) -> None:
        """Hear what the staff did."""
        ...


@dataclass(frozen=True, kw_only=True)
class StaffHabits:
    """How advice is followed. Shares and chances from 0 to 1, minutes for each form that is looked at."""

    fault_chance: float = 0.25  # an edit that fires with at least this chance is a fault that a look at the record can show
    found_without_fix: float = 0.6  # of such faults, where the advice names none
    followed: float = 0.95  # of proposals whose fault is real
    apart: float = 0.5  # of faults that can be mended by telephone or by documents sent apart, and are
    withheld: float = 0.8  # of duplicates and benefits that the plan does not have
    minutes_to_verify: float = 4.0
    minutes_to_look: float = 8.0


@dataclass(frozen=True, kw_only=True)
class Advised:
    """A practice that asks a reviewer about the claims of some days, both included, and follows as its staff does."""

    reviewer: Reviewer
    from_day: int
    to_day: int
    habits: StaffHabits = StaffHabits()


@dataclass(slots=True, kw_only=True)
class Draft:
    """A claim that is due and not sent; its form is filled anew when it is."""

    encounter: Encounter
    frequency_code: str
    replaces: Submission | None
    mended: set[str] = field(default_factory=set)  # edits that no longer fire, though the form shows no change


Send = Callable[[Draft, int], object]


class Staff:
    """Follows advice. `send` sends a form as it now stands on a day."""

    def __init__(
        self, random: Random, habits: StaffHabits, *, corrector: Corrector, send: Send, later: Callable[[int, Draft], object]
    ):
        self._random = random
        self._habits = habits
        self._corrector = corrector
        self._send = send
        self._later = later

    def follow(self, draft: Draft, claim: Claim, advice: Advice, risks: Sequence[Risk], day: int) -> StaffAct | None:
        """Send, mend or withhold one form. Mended forms go out on the next working day. `None` where nobody looked."""
        if advice.action == SEND:
            self._send(draft, day)
            return None
        minutes = self._habits.minutes_to_verify if advice.action == FIX else self._habits.minutes_to_look
        fault = self._find(advice, risks)
        kind = NOTHING_FOUND if fault is None else self._mend(draft, fault, day)
        if kind == NOTHING_FOUND:
            self._send(draft, day)
        elif kind != WITHHELD:
            self._later(business_day(day + 1), draft)
        return StaffAct(
            number=claim.patient_control_number,
            payer_id=claim.payer.payer_id or "",
            day=day,
            kind=kind,
            edit="" if kind == NOTHING_FOUND or fault is None else fault,
            minutes=minutes,
        )

    def _find(self, advice: Advice, risks: Sequence[Risk]) -> str | None:
        """Find the likeliest real fault; of a proposal, only one of its causes."""
        random, habits = self._random, self._habits
        chance, wanted = (habits.followed, advice.causes) if advice.action == FIX else (habits.found_without_fix, ())
        faults = [
            risk
            for risk in risks
            if risk.probability >= habits.fault_chance
            and risk.edit not in _BEYOND_REPAIR
            and (not wanted or EDITS[risk.edit].cause in wanted)
        ]
        found = random.random() < chance
        return max(faults, key=lambda risk: risk.hazard).edit if faults and found else None

    def _mend(self, draft: Draft, edit: str, day: int) -> str:
        random, habits = self._random, self._habits
        if edit in _UNSENDABLE:
            return WITHHELD if random.random() < habits.withheld else NOTHING_FOUND
        if edit in _NEVER_ON_THE_FORM or (edit in _OFTEN_APART and random.random() < habits.apart):
            draft.mended.add(edit)
            return INVISIBLE
        self._corrector.correct(draft.encounter, edit, day)
        return VISIBLE
