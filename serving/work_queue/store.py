"""Owns the stored work queue: every open denial with its owner, status and history. SQL stands in this room's modules alone."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine, RowMapping, select

from serving.database.connection import writing
from serving.errors import IllegalMove, MisplacedPromise
from serving.work_queue.assigning import Assigned, Assignment, assign_some
from serving.work_queue.item_rows import stored_item
from serving.work_queue.placing import place_items
from serving.work_queue.records import Closing, ItemChange, Place, StoredItem, Touch, Wanted
from serving.work_queue.search import Page, Search, find_page
from serving.work_queue.statuses import Outcome, Status, may_move
from serving.work_queue.sync import sync_items
from serving.work_queue.tables import touches, work_items
from serving.work_queue.taking import first_key, lease_item, lease_values, take_item, take_locked_item
from serving.work_queue.touching import Stamp, Values, lock_row, read_row, touch_row
from serving.work_queue.work_item import WorkItem

LEASE = timedelta(minutes=60)


class WorkQueueStore:
    """The work queue in one database. Safe to share between threads; several services may share one database."""

    def __init__(self, engine: Engine, *, lease: timedelta = LEASE) -> None:
        """Work on a database that `open_database` gave. `lease` is how long an item stays with who took it."""
        self._engine = engine
        self._lease = lease

    def sync(self, items: Sequence[WorkItem], closings: Mapping[str, Closing], *, now: datetime, as_of: date) -> None:
        """Bring the queue in step with the history and a day; idempotent, and people's work is kept."""
        sync_items(self._engine, items, closings, now=now, as_of=as_of)

    def place(self, places: Mapping[str, Place]) -> None:
        """Write where each item stands in the plan; items that are not named lose their place."""
        place_items(self._engine, places)

    def unclosed(self, *, as_of: date) -> list[StoredItem]:
        """List all items that are still work, in no order of worth."""
        query = select(work_items).where(work_items.c.status != Status.CLOSED.value).order_by(work_items.c.key)
        with self._engine.connect() as connection:
            return [stored_item(row, as_of=as_of) for row in connection.execute(query).mappings()]

    def find(self, search: Search, *, as_of: date) -> Page:
        """Give one page of the items that fit."""
        with self._engine.connect() as connection:
            return find_page(connection, search, as_of=as_of)

    def get(self, key: str, *, as_of: date) -> StoredItem:
        """Give one item. Raises: UnknownItem."""
        with self._engine.connect() as connection:
            return stored_item(read_row(connection, key), as_of=as_of)

    def touches(self, key: str) -> list[Touch]:
        """List what was done to an item, oldest first."""
        query = select(touches).where(touches.c.item_key == key).order_by(touches.c.id)
        with self._engine.connect() as connection:
            return [_touch(row) for row in connection.execute(query).mappings()]

    def take_next(self, wanted: Wanted, *, by: str, now: datetime, as_of: date) -> StoredItem | None:
        """Hand the fitting item that stands first in the plan to one person, and to nobody else; `None` when nothing fits."""
        while True:
            with writing(self._engine).begin() as connection:
                row = take_item(connection, wanted, by=by, now=now, lease=self._lease)
            if row is None:  # nothing fits, or somebody (a sync, say) locks all that does
                with writing(self._engine).begin() as connection:
                    key = first_key(connection, wanted, by=by)
                    if key is None:
                        return None
                    row = take_locked_item(connection, key, wanted, by=by, now=now, lease=self._lease)
            if row is not None:
                return stored_item(row, as_of=as_of)

    def lease(self, key: str, *, by: str, now: datetime, as_of: date) -> StoredItem:
        """Take one item, or keep it for longer. Raises: UnknownItem, IllegalMove where it is closed, HeldByAnother."""
        with writing(self._engine).begin() as connection:
            return stored_item(lease_item(connection, key, by=by, now=now, lease=self._lease), as_of=as_of)

    def assign(self, wanted: Sequence[Assignment], *, to: str | None, by: str, note: str | None, now: datetime) -> list[Assigned]:
        """Give many items to a person, or to nobody; each succeeds or fails on its own, and the answers keep the order."""
        return assign_some(self._engine, wanted, to=to, lease=self._lease, stamp=Stamp(by=by, what="assign", at=now, note=note))

    def change(self, key: str, change: ItemChange, *, version: int, by: str, now: datetime, as_of: date) -> StoredItem:
        """Apply what a person changes. Raises: UnknownItem, VersionConflict, IllegalMove, MisplacedPromise."""
        with writing(self._engine).begin() as connection:
            row = lock_row(connection, key, version=version)
            values = _changed(row, change)
            values |= lease_values(row, values, by=by, now=now, lease=self._lease)
            stamp = Stamp(by=by, what="change", at=now, note=change.note, promised_on=change.promised_on)
            return stored_item(touch_row(connection, row, values, stamp), as_of=as_of)

    def record_outcome(
        self,
        key: str,
        outcome: Outcome,
        *,
        recovered_amount: Decimal,
        version: int,
        by: str,
        note: str | None,
        now: datetime,
        as_of: date,
    ) -> StoredItem:
        """Close an item with what became of it. Raises: UnknownItem, VersionConflict, IllegalMove where it is closed already."""
        with writing(self._engine).begin() as connection:
            row = lock_row(connection, key, version=version)
            if row["status"] == Status.CLOSED:
                raise IllegalMove(before=row["status"], after=Status.CLOSED.value)
            values: Values = {
                "status": Status.CLOSED.value,
                "outcome": outcome.value,
                "recovered_amount": recovered_amount,
                "leased_until": None,
                "promised_on": None,
            }
            return stored_item(touch_row(connection, row, values, Stamp(by=by, what="outcome", at=now, note=note)), as_of=as_of)


def _changed(row: RowMapping, change: ItemChange) -> dict[str, object]:
    """Give the columns that a change sets. Raises: IllegalMove, MisplacedPromise."""
    named = {"owner": change.owner, "assigned_to": change.assigned_to, "next_action": change.next_action}
    values: dict[str, object] = {name: value for name, value in named.items() if value is not None}
    before = Status(row["status"])
    after = change.status or before
    if not may_move(before, after):
        raise IllegalMove(before=before.value, after=after.value)
    if change.promised_on is not None and after is not Status.WAITING:
        raise MisplacedPromise(status=after.value)
    if after is not Status.WAITING or change.promised_on is not None:
        values["promised_on"] = change.promised_on
    if change.status is not None:
        values["status"] = after.value
        if after is Status.OPEN:
            values |= {"assigned_to": change.assigned_to, "outcome": None, "recovered_amount": None}
    return values


def _touch(row: RowMapping) -> Touch:
    return Touch(
        touched_at=row["touched_at"],
        touched_by=row["touched_by"],
        what=row["what"],
        changes={name: (before, after) for name, (before, after) in row["changes"].items()},
        note=row["note"],
        promised_on=row["promised_on"],
    )
