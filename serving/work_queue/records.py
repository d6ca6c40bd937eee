"""Owns what the store gives and takes: items as people work them, changes, touches, closings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from serving.work_queue.statuses import Outcome, Status
from serving.work_queue.work_item import WorkItem


@dataclass(frozen=True, kw_only=True)
class StoredItem:
    """A work item with what people did to it. `item.owner` and `item.next_action` are theirs where they set one."""

    item: WorkItem
    assigned_to: str | None
    leased_until: datetime | None
    promised_on: date | None
    outcome: Outcome | None
    recovered_amount: Decimal | None
    plan_rank: int | None  # its place in the last plan, from 1; None = it came after
    why: str  # why it stands there
    opened_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True)
class ItemChange:
    """What a person changes; `None` leaves a field as it is. `promised_on` goes with an item that waits for its payer."""

    owner: str | None = None
    assigned_to: str | None = None
    next_action: str | None = None
    status: Status | None = None
    promised_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Touch:
    """One entry of an item's history. `changes` maps a field to what it was and became."""

    touched_at: datetime
    touched_by: str
    what: str
    changes: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    note: str | None = None
    promised_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which items a worker takes: whose workflow, payers, kinds and next actions. `None` = any."""

    owner: str | None = None
    payer_ids: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    actions: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an item stands in the plan, from 1, and why."""

    rank: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Closing:
    """How the payer itself ended an item."""

    outcome: Outcome
    recovered_amount: Decimal


def closings(denials: pa.Table, *, as_of: date) -> dict[str, Closing]:
    """Find the denials of an adjudication that the payer ended before a day: paid, recovered whole, or denied again."""
    columns = ("remittance_id", "resolved_on", "superseded_on", "denied_amount", "recovered_amount")
    rows: Iterable[Mapping[str, object]] = denials.select(list(columns)).to_pylist()
    found: dict[str, Closing] = {}
    for row in rows:
        recovered = Decimal(str(row["recovered_amount"] or 0)).quantize(Decimal("0.01"))
        if _is_before(row["resolved_on"], as_of):
            found[str(row["remittance_id"])] = Closing(outcome=Outcome.ANSWERED_BY_PAYER, recovered_amount=recovered)
        elif _is_before(row["superseded_on"], as_of):
            found[str(row["remittance_id"])] = Closing(outcome=Outcome.DENIED_AGAIN, recovered_amount=recovered)
        elif recovered >= Decimal(str(row["denied_amount"])):
            found[str(row["remittance_id"])] = Closing(outcome=Outcome.ANSWERED_BY_PAYER, recovered_amount=recovered)
    return found


def _is_before(day: object, as_of: date) -> bool:
    return isinstance(day, date) and day < as_of
