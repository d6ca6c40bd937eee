"""Owns the rank of open denials and the rows of queue.csv."""

from collections.abc import Sequence
from csv import DictWriter
from datetime import date
from io import StringIO

from serving.work_queue.people import Person
from serving.work_queue.plan import NO_WORK, by_worth, plan_items
from serving.work_queue.schedule import Jobs
from serving.work_queue.work_item import WorkItem

QUEUE_COLUMNS = (
    "rank", "claim_id", "payer_id", "denial_category", "carc", "rarc", "denied_amount", "appeal_success_probability",
    "expected_recovery", "minutes", "appeal_deadline", "days_left", "next_action", "owner", "status", "root_cause_1",
    "model_version",
)  # fmt: skip


def rank_items(
    items: Sequence[WorkItem], *, as_of: date, minutes_per_day: float | None = None, arrived: Jobs = NO_WORK
) -> list[WorkItem]:
    """Order by expected recovery per minute, largest first; ties by deadline, then by key.

    With `minutes_per_day` of a team deadlines count, and what came in lately (`arrived`): `plan.plan_items`.
    """
    if minutes_per_day is None:
        return by_worth(items)
    team = (Person(name="team", minutes_per_day=minutes_per_day),)
    return [placed.item for placed in plan_items(items, team, as_of=as_of, arrived=arrived).placed]


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
            "appeal_deadline": _text(item.deadline),
            "days_left": "" if item.days_left is None else item.days_left,
            "next_action": item.next_action,
            "owner": item.owner,
            "status": item.status,
            "root_cause_1": item.root_cause_1,
            "model_version": item.model_version,
        }
        for rank, item in enumerate(items, start=1)
    ]


def queue_csv(items: Sequence[WorkItem]) -> str:
    """Write queue.csv, ranked from 1 as the items stand."""
    out = StringIO()
    writer = DictWriter(out, QUEUE_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(queue_rows(items))
    return out.getvalue()


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
