"""Owns the order of the work: most expected recovery per minute, and nothing of worth left past its deadline."""

import math
from collections.abc import Sequence
from datetime import date

from serving.work_queue.items import WorkItem

QUEUE_COLUMNS = (
    "rank", "claim_id", "payer_id", "denial_category", "carc", "rarc", "denied_amount", "appeal_success_probability",
    "expected_recovery", "minutes", "appeal_deadline", "days_left", "next_action", "owner", "status", "root_cause_1",
    "model_version",
)  # fmt: skip


def rank_items(items: Sequence[WorkItem], *, minutes_per_day: float | None = None) -> list[WorkItem]:
    """Order by expected recovery per minute, largest first; ties by deadline, then by key.

    With `minutes_per_day` deadlines count: going through the items by worth, each is kept if a day up to its deadline still has
    room, and takes the latest such day, so that others find room before it. Then every day holds what must be done on it and,
    in the minutes left, the best of the rest. What no day can save stands last.
    """
    by_worth = sorted(items, key=lambda item: (-worth(item), item.days_left if item.days_left is not None else 10**6, item.key))
    if minutes_per_day is None:
        return by_worth
    return _with_deadlines(by_worth, minutes_per_day)


def worth(item: WorkItem) -> float:
    """Dollars that a minute of work is expected to bring."""
    return item.expected_recovery / item.minutes if item.minutes else 0.0


def _with_deadlines(by_worth: list[WorkItem], minutes_per_day: float) -> list[WorkItem]:
    """Keep, best first, what fits on the latest day that its deadline leaves; then order day by day."""
    horizon = math.ceil(sum(item.minutes for item in by_worth) / minutes_per_day) + 1
    room = [minutes_per_day] * (horizon + 1)
    latest: dict[int, int] = {}  # position -> last day on which it can still be worked
    for position, item in enumerate(by_worth):
        if item.expected_recovery > 0:
            last = horizon if item.days_left is None else min(item.days_left, horizon)
            day = next((day for day in range(last, -1, -1) if room[day] >= min(item.minutes, minutes_per_day)), None)
            if day is not None:
                room[day] -= item.minutes
                latest[position] = day
    worked = _day_by_day(by_worth, latest, minutes_per_day)
    return [by_worth[at] for at in worked] + [item for at, item in enumerate(by_worth) if at not in latest]


def _day_by_day(by_worth: list[WorkItem], latest: dict[int, int], minutes_per_day: float) -> list[int]:
    """Order positions: each day those that must be done on it, then the best of the rest while minutes last."""
    waiting = sorted(latest)
    worked: list[int] = []
    day = 0
    while waiting:
        left = minutes_per_day
        today = [position for position in waiting if latest[position] <= day]
        left -= sum(by_worth[position].minutes for position in today)
        for position in waiting:
            if left <= 0:
                break
            if latest[position] > day and (by_worth[position].minutes <= left or left == minutes_per_day):
                today.append(position)
                left -= by_worth[position].minutes
        worked += sorted(today)
        done = set(today)
        waiting = [position for position in waiting if position not in done]
        day += 1
    return worked


def queue_rows(items: Sequence[WorkItem]) -> list[dict[str, str | int | float]]:
    """Give the rows of queue.csv, ranked from 1 as they stand."""
    return [
        {
            "rank": rank,
            "claim_id": item.claim_id,
            "payer_id": item.payer_id,
            "denial_category": item.denial_category,
            "carc": item.carc,
            "rarc": item.rarc,
            "denied_amount": round(item.denied_amount, 2),
            "appeal_success_probability": round(item.appeal_success_probability, 6),
            "expected_recovery": round(item.expected_recovery, 2),
            "minutes": item.minutes,
            "appeal_deadline": _text(item.appeal_deadline),
            "days_left": "" if item.days_left is None else item.days_left,
            "next_action": item.next_action,
            "owner": item.owner,
            "status": item.status,
            "root_cause_1": item.root_cause_1,
            "model_version": item.model_version,
        }
        for rank, item in enumerate(items, start=1)
    ]


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
