"""Owns handing out work: the next item by the plan goes to one worker, under a lease; an expired lease gives its item back."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, or_, select

from serving.errors import HeldByAnother, IllegalMove
from serving.work_queue.actions import NOTHING_TO_DO
from serving.work_queue.records import Wanted
from serving.work_queue.statuses import Mover, Status
from serving.work_queue.tables import work_items
from serving.work_queue.touching import Stamp, Values, lock_row, touch_row

current_action = func.coalesce(work_items.c.next_action, work_items.c.suggested_action)
current_owner = func.coalesce(work_items.c.owner, work_items.c.suggested_owner)
ANY = Wanted()


def take_item(connection: Connection, wanted: Wanted, *, by: str, now: datetime, lease: timedelta) -> RowMapping | None:
    """Hand the next fitting item that nobody locks to one person; `None` when there is none such."""
    release_expired(connection, now=now)
    row = connection.execute(next_query(wanted, by=by)).mappings().one_or_none()
    return None if row is None else _take(connection, row, by=by, now=now, lease=lease)


def take_locked_item(
    connection: Connection, key: str, wanted: Wanted, *, by: str, now: datetime, lease: timedelta
) -> RowMapping | None:
    """Wait for one item that somebody locks, then hand it out if it still fits.

    For a transaction of its own: one that waits for a row must hold no other, or a sync and it could wait for each other.
    """
    query = select(work_items).where(work_items.c.key == key, *_fits(wanted, by=by)).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _take(connection, row, by=by, now=now, lease=lease)


def first_key(connection: Connection, wanted: Wanted, *, by: str) -> str | None:
    """Name the next fitting item, locked or not."""
    order = (work_items.c.plan_rank, work_items.c.key)
    return connection.execute(select(work_items.c.key).where(*_fits(wanted, by=by)).order_by(*order).limit(1)).scalar()


def next_query(wanted: Wanted = ANY, *, by: str) -> Select[Any]:
    """Select, and lock, the open item that stands first in the plan among those that nobody locks."""
    query = select(work_items).where(*_fits(wanted, by=by)).order_by(work_items.c.plan_rank, work_items.c.key)
    return query.limit(1).with_for_update(skip_locked=True)


def release_expired(connection: Connection, *, now: datetime) -> None:
    """Open the items again whose lease ran out, with a touch that says so."""
    for row in connection.execute(expired_query(now=now)).mappings().all():
        values = {"status": Status.OPEN.value, "assigned_to": None, "leased_until": None}
        touch_row(connection, row, values, Stamp(by=Mover.LEASE.value, what="lease_expired", at=now))


def expired_query(*, now: datetime) -> Select[Any]:
    """Select, and lock, the items in progress whose lease ran out."""
    expired = (work_items.c.status == Status.IN_PROGRESS.value, work_items.c.leased_until <= now)
    return select(work_items).where(*expired).with_for_update(skip_locked=True)


def lease_item(connection: Connection, key: str, *, by: str, now: datetime, lease: timedelta) -> RowMapping:
    """Take one item, or keep it for longer. Raises: UnknownItem, IllegalMove where it is closed, HeldByAnother."""
    row = lock_row(connection, key)
    if row["status"] == Status.CLOSED:
        raise IllegalMove(before=row["status"], after=Status.IN_PROGRESS.value)
    is_held = row["status"] == Status.IN_PROGRESS and (row["leased_until"] is None or row["leased_until"] > now)
    if is_held and row["assigned_to"] != by:
        raise HeldByAnother()
    values = _held(by, now=now, lease=lease) | {"status": Status.IN_PROGRESS.value, "promised_on": None}
    what = "renew" if is_held else "take"
    return touch_row(connection, row, values, Stamp(by=by, what=what, at=now))


def lease_values(row: RowMapping, values: Values, *, by: str, now: datetime, lease: timedelta) -> Values:
    """Say what a change means for the lease: work begins or goes on under one, and whatever else ends it."""
    if values.get("status", row["status"]) != Status.IN_PROGRESS:
        return {"leased_until": None}
    begins = row["status"] != Status.IN_PROGRESS
    whose = values.get("assigned_to", by if begins else row["assigned_to"])
    is_new = begins or whose == by or whose != row["assigned_to"]
    return {"assigned_to": whose, "leased_until": now + lease if is_new else row["leased_until"]}


def _take(connection: Connection, row: RowMapping, *, by: str, now: datetime, lease: timedelta) -> RowMapping:
    values = _held(by, now=now, lease=lease) | {"status": Status.IN_PROGRESS.value}
    return touch_row(connection, row, values, Stamp(by=by, what="take", at=now))


def _held(by: str, *, now: datetime, lease: timedelta) -> dict[str, object]:
    return {"assigned_to": by, "leased_until": now + lease}


def _fits(wanted: Wanted, *, by: str) -> list[ColumnElement[bool]]:
    """Give the conditions: open, work, nobody else's, and of the wanted kind."""
    conditions: list[ColumnElement[bool]] = [
        work_items.c.status == Status.OPEN.value,
        current_action != NOTHING_TO_DO,
        or_(work_items.c.assigned_to.is_(None), work_items.c.assigned_to == by),
    ]
    if wanted.owner is not None:
        conditions.append(current_owner == wanted.owner)
    for column, values in (
        (work_items.c.payer_id, wanted.payer_ids),
        (work_items.c.kind, wanted.kinds),
        (current_action, wanted.actions),
    ):
        if values is not None:
            conditions.append(column.in_(sorted(values)))
    return conditions
