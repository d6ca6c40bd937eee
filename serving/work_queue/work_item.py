"""Owns what a work item is: one piece of work on one claim, with its dollars, chance, last day, action and owner."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from serving.work_queue.statuses import Status


class Kind(StrEnum):
    """What made an item. Its key begins with the kind and a colon, but that of a denial, which is the remittance id alone."""

    DENIAL = "denial"
    REJECTION = "rejection"  # returned before adjudication (277CA, 999) and not sent again since
    UNDERPAYMENT = "underpayment"  # paid below the expected allowed amount
    NO_RESPONSE = "no_response"  # the payer's answer is overdue


class Urgency(StrEnum):
    """How near the last day of an item's next action is."""

    NONE = "none"
    SOON = "soon"
    URGENT = "urgent"
    OVERDUE = "overdue"


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """One piece of work. Amounts are dollars; `days_left` counts from the day of the queue to `deadline`, negative once past.

    `denied_on` is the day on which what made the item became known, and `denied_amount` the dollars that were at stake then:
    denied, rejected, underpaid or unanswered. `recoverable_amount` is what of them is still out.
    """

    key: str
    kind: str = Kind.DENIAL.value
    claim_id: str
    payer_id: str
    denial_category: str  # root cause id
    carc: str  # "" where the kind is no denial
    rarc: str
    denied_on: date
    denied_amount: float
    recoverable_amount: float
    appeal_success_probability: float  # chance that the work brings the money, for every kind
    probability_low: float | None = None  # ends of its interval, where the model gives one
    probability_high: float | None = None
    recovered_share: float | None = None  # of the dollars, when it is won
    decision_days: int | None = None  # from filing an appeal until half of the payer's are decided
    decision_days_late: int | None = None  # until nine of ten are
    expected_recovery: float
    minutes: int
    appeal_level: int = 1  # the level that comes next, or is under way
    appeal_deadline: date | None  # last day for an appeal of that level; None = no limit known, or no appeal of this kind
    deadline: date | None  # last day for the next action; None = none known
    days_left: int | None
    warning: str = Urgency.NONE.value
    next_action: str
    avoidable: bool | None = None  # of a write-off: whether it was ours to prevent; None elsewhere
    waits_until: date | None = None  # the payer's turn until this day; None = ours
    reason: str
    owner: str
    tier: str
    root_cause_1: str
    model_version: str
    status: str = Status.OPEN.value


def worth(item: WorkItem) -> float:
    """Dollars that a minute of work is expected to bring."""
    return item.expected_recovery / item.minutes if item.minutes else 0.0
