"""Owns the life of a work item: which status may follow which.

open -> in_progress -> waiting -> closed        closed by an outcome, or by a remittance that pays or denies again
  ^----------'-----------'----------'           and back to open by whoever works it
"""

from enum import StrEnum


class Status(StrEnum):
    """Where a work item stands."""

    OPEN = "open"  # nobody works it
    IN_PROGRESS = "in_progress"  # somebody does
    WAITING = "waiting"  # sent; the payer's turn
    CLOSED = "closed"


_MAY_FOLLOW = {
    Status.OPEN: {Status.IN_PROGRESS, Status.WAITING},
    Status.IN_PROGRESS: {Status.OPEN, Status.WAITING},
    Status.WAITING: {Status.OPEN, Status.IN_PROGRESS},
    Status.CLOSED: {Status.OPEN},
}


def may_move(before: Status, after: Status) -> bool:
    """Tell whether a person may set `after`. Closing is no such move: it takes an outcome."""
    return before == after or after in _MAY_FOLLOW[before]


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
    DENIED_AGAIN = "denied_again"  # a later remittance denied it anew, as an item of its own
