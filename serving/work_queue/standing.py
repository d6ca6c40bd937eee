"""Owns the words that say why an item stands where it stands."""

from bisect import bisect_left, insort
from collections.abc import Sequence

from serving.work_queue.statuses import Status
from serving.work_queue.work_item import WorkItem, worth


def why_planned(planned: Sequence[WorkItem], left: Sequence[WorkItem]) -> list[str]:
    """Say why of each planned item: its worth, and how many items of more worth per minute it stands before to be in time."""
    seen = sorted(worth(item) for item in left)
    reasons: list[str] = []
    for item in reversed(planned):
        better = len(seen) - bisect_left(seen, worth(item) + 1e-9)
        reasons.append(_of_worth(item) + (_ahead(item, better) if better else ""))
        insort(seen, worth(item))
    return reasons[::-1]


def why_left(item: WorkItem, minute_price: float) -> str:
    """Say why an item is worth its work and yet not planned."""
    if worth(item) < minute_price:
        return f"{_of_worth(item)}; new work worth {minute_price:.2f} or more a minute is expected to fill the time"
    return f"{_of_worth(item)}; better work fills the time until {item.deadline}"


def why_no_work(item: WorkItem) -> str:
    """Say why an item is not worth work now."""
    if item.status == Status.WAITING:
        return "Sent: it is the payer's turn"
    if item.waits_until is not None:
        return f"The payer's turn until {item.waits_until}: {item.reason}"
    if item.days_left is not None and item.days_left < 0:
        return f"The limit passed on {item.deadline}"
    if item.next_action in {"write_off", "nothing_to_do"}:
        return "Nothing to recover: " + item.reason
    return f"Working it costs more than it is expected to bring back ({item.minutes} minutes)"


def why_explored() -> str:
    """Say why an item drawn by lot stands first."""
    return "Drawn by lot: appeals like it are rarely filed, so its outcome teaches the model most"


def _of_worth(item: WorkItem) -> str:
    return f"Worth {worth(item):.2f} dollars a minute"


def _ahead(item: WorkItem, better: int) -> str:
    items = "1 item" if better == 1 else f"{better} items"
    if item.deadline is None:
        return f"; stands before {items} of more a minute that another person does"
    return f"; must be sent by {item.deadline:%A} {item.deadline}, before {items} of more a minute"
