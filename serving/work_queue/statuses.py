"""Owns the life of a work item: which status may follow which, and through whom. `diagram` draws the table for the docs."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a work item stands."""

    OPEN = "open"  # nobody works it
    IN_PROGRESS = "in_progress"  # somebody does, under a lease
    WAITING = "waiting"  # sent; the payer's turn
    CLOSED = "closed"


class Mover(StrEnum):
    """Who or what moves an item."""

    PERSON = "person"  # a change; a person's outcome closes
    NEXT = "next"  # take next
    LEASE = "lease"  # the lease ran out
    PROMISE = "promise"  # the day passed by which the payer promised an answer
    PAYER = "remittance"  # a remittance paid or denied again, or took its money back


@dataclass(frozen=True, kw_only=True)
class Move:
    """One arrow: `what` is the kind of touch that tells of it."""

    before: Status
    after: Status
    by: Mover
    what: str


MOVES = (
    Move(before=Status.OPEN, after=Status.IN_PROGRESS, by=Mover.NEXT, what="take"),
    Move(before=Status.OPEN, after=Status.IN_PROGRESS, by=Mover.PERSON, what="change"),
    Move(before=Status.OPEN, after=Status.WAITING, by=Mover.PERSON, what="change"),
    Move(before=Status.IN_PROGRESS, after=Status.OPEN, by=Mover.PERSON, what="change"),
    Move(before=Status.IN_PROGRESS, after=Status.OPEN, by=Mover.LEASE, what="lease_expired"),
    Move(before=Status.IN_PROGRESS, after=Status.WAITING, by=Mover.PERSON, what="change"),
    Move(before=Status.WAITING, after=Status.OPEN, by=Mover.PERSON, what="change"),
    Move(before=Status.WAITING, after=Status.OPEN, by=Mover.PROMISE, what="promise_passed"),
    Move(before=Status.WAITING, after=Status.IN_PROGRESS, by=Mover.PERSON, what="change"),
    Move(before=Status.OPEN, after=Status.CLOSED, by=Mover.PERSON, what="outcome"),
    Move(before=Status.IN_PROGRESS, after=Status.CLOSED, by=Mover.PERSON, what="outcome"),
    Move(before=Status.WAITING, after=Status.CLOSED, by=Mover.PERSON, what="outcome"),
    Move(before=Status.OPEN, after=Status.CLOSED, by=Mover.PAYER, what="outcome"),
    Move(before=Status.IN_PROGRESS, after=Status.CLOSED, by=Mover.PAYER, what="outcome"),
    Move(before=Status.WAITING, after=Status.CLOSED, by=Mover.PAYER, what="outcome"),
    Move(before=Status.CLOSED, after=Status.OPEN, by=Mover.PERSON, what="change"),
    Move(before=Status.CLOSED, after=Status.OPEN, by=Mover.PAYER, what="reopen"),
)
_BY_CHANGE = frozenset((move.before, move.after) for move in MOVES if move.by is Mover.PERSON and move.what == "change")


def may_move(before: Status, after: Status) -> bool:
    """Tell whether a person may set `after`. Closing is no such move: it takes an outcome."""
    return before == after or (before, after) in _BY_CHANGE


def diagram() -> str:
    """Draw the moves in Mermaid; the block in docs/work_queue.md is this text, and a test holds the two together."""
    arrows: dict[tuple[Status, Status], list[str]] = {}
    for move in MOVES:
        arrows.setdefault((move.before, move.after), []).append(f"{move.by} ({move.what})")
    lines = [f"    {before} --> {after}: {', '.join(labels)}" for (before, after), labels in arrows.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Status.OPEN}: a denial comes in", *lines])


class Outcome(StrEnum):
    """What became of the work."""

    OVERTURNED = "overturned"
    PARTIALLY_OVERTURNED = "partially_overturned"
    UPHELD = "upheld"
    PAID_ON_RESUBMISSION = "paid_on_resubmission"
    BILLED_PATIENT = "billed_patient"
    BILLED_OTHER_PAYER = "billed_other_payer"
    WRITTEN_OFF = "written_off"
    NOTHING_TO_DO = "nothing_to_do"
    ANSWERED_BY_PAYER = "answered_by_payer"  # a later remittance paid it
    SENT_AGAIN = "sent_again"  # a rejected or unanswered claim went out anew
    NO_LONGER_DUE = "no_longer_due"  # the rules or another item took its place
    DENIED_AGAIN = "denied_again"  # a later remittance denied it anew, as an item of its own


# What remittances and syncs tell, and no person enters.
BY_ITSELF = frozenset({Outcome.ANSWERED_BY_PAYER, Outcome.SENT_AGAIN, Outcome.NO_LONGER_DUE, Outcome.DENIED_AGAIN})
