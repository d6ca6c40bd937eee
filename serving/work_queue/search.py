"""Owns finding items: filters, sorting and paging, in SQL. A page begins behind an item, so changes meanwhile shift nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, tuple_

from serving.work_queue.item_rows import stored_item
from serving.work_queue.records import StoredItem
from serving.work_queue.statuses import Status
from serving.work_queue.tables import NO_DEADLINE, work_items
from serving.work_queue.taking import current_action, current_owner

SortValue = int | float | str | date | Decimal


class Sort(StrEnum):
    """What a list is sorted by."""

    RANK = "rank"
    DEADLINE = "deadline"
    DENIED_AMOUNT = "denied_amount"
    RECOVERABLE_AMOUNT = "recoverable_amount"
    EXPECTED_RECOVERY = "expected_recovery"
    AGE = "age"


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """Which items; `None` = any. Both ends of a range belong to it. Without a `status` all that is not closed."""

    owner: str | None = None
    assigned_to: str | None = None
    status: str | None = None
    payer_id: str | None = None
    claim_id: str | None = None
    claim_ids: frozenset[str] | None = None
    category: str | None = None
    kind: str | None = None
    action: str | None = None
    warning: str | None = None
    least_denied: Decimal | None = None
    most_denied: Decimal | None = None
    least_recoverable: Decimal | None = None
    most_recoverable: Decimal | None = None
    deadline_from: date | None = None
    deadline_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class After:
    """Where a page begins: behind the item with this key and this value of what the list is sorted by."""

    value: SortValue
    key: str


@dataclass(frozen=True, kw_only=True)
class Search:
    """One page of a sorted list. `limit` None = all of it."""

    where: QueueFilter = field(default_factory=QueueFilter)
    sort: Sort = Sort.RANK
    descending: bool = False
    after: After | None = None
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """The items of a page, how many fit in all and what they should bring, and where the next page begins; `None` at the end."""

    items: list[StoredItem]
    total: int
    expected_recovery: float
    next_after: After | None


@dataclass(frozen=True, kw_only=True)
class _Sorting:
    """The column behind a sort; `reversed` where more of the one is less of the other."""

    column: ColumnElement[Any]
    reversed: bool = False


_SORTINGS = {
    Sort.RANK: _Sorting(column=work_items.c.plan_rank),
    Sort.DEADLINE: _Sorting(column=work_items.c.due_on),
    Sort.DENIED_AMOUNT: _Sorting(column=work_items.c.denied_amount),
    Sort.RECOVERABLE_AMOUNT: _Sorting(column=work_items.c.recoverable_amount),
    Sort.EXPECTED_RECOVERY: _Sorting(column=work_items.c.expected_recovery),
    Sort.AGE: _Sorting(column=work_items.c.denied_on, reversed=True),
}
_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "owner": lambda value: current_owner == value,
    "assigned_to": lambda value: work_items.c.assigned_to == value,
    "status": lambda value: work_items.c.status == value,
    "payer_id": lambda value: work_items.c.payer_id == value,
    "claim_id": lambda value: work_items.c.claim_id == value,
    "claim_ids": lambda value: work_items.c.claim_id.in_(sorted(value)),
    "category": lambda value: work_items.c.denial_category == value,
    "kind": lambda value: work_items.c.kind == value,
    "action": lambda value: current_action == value,
    "warning": lambda value: work_items.c.warning == value,
    "least_denied": lambda value: work_items.c.denied_amount >= value,
    "most_denied": lambda value: work_items.c.denied_amount <= value,
    "least_recoverable": lambda value: work_items.c.recoverable_amount >= value,
    "most_recoverable": lambda value: work_items.c.recoverable_amount <= value,
    "deadline_from": lambda value: (work_items.c.due_on >= value) & (work_items.c.due_on != NO_DEADLINE),
    "deadline_until": lambda value: (work_items.c.due_on <= value) & (work_items.c.due_on != NO_DEADLINE),
}


def find_page(connection: Connection, search: Search, *, as_of: date) -> Page:
    """Give one page; ties of what it is sorted by go by key."""
    conditions = _conditions(search.where)
    sums = select(func.count(), func.coalesce(func.sum(work_items.c.expected_recovery), 0.0)).select_from(work_items)
    total, expected_recovery = connection.execute(sums.where(*conditions)).one()
    column = _SORTINGS[search.sort].column
    rows = connection.execute(page_query(search)).mappings().all()
    shown = rows if search.limit is None else rows[: search.limit]
    next_after = After(value=shown[-1][column.name], key=shown[-1]["key"]) if len(rows) > len(shown) else None
    items = [stored_item(row, as_of=as_of) for row in shown]
    return Page(items=items, total=total, expected_recovery=expected_recovery, next_after=next_after)


def page_query(search: Search) -> Select[Any]:
    """Select a page and one row more, which tells that there is a next one."""
    sorting = _SORTINGS[search.sort]
    falls = search.descending != sorting.reversed
    column, key = sorting.column, work_items.c.key
    query = select(work_items).where(*_conditions(search.where))
    if search.after is not None:
        here, there = tuple_(column, key), tuple_(literal(search.after.value, column.type), literal(search.after.key))
        query = query.where(here < there if falls else here > there)
    query = query.order_by(column.desc(), key.desc()) if falls else query.order_by(column, key)
    query = query.offset(search.offset) if search.offset else query
    return query if search.limit is None else query.limit(search.limit + 1)


def _conditions(where: QueueFilter) -> list[ColumnElement[bool]]:
    named = [make(value) for name, make in _CONDITIONS.items() if (value := getattr(where, name)) is not None]
    return named if where.status is not None else [work_items.c.status != Status.CLOSED.value, *named]
