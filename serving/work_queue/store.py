"""Owns the stored work queue: every open denial with its owner, status and history. SQL stands here and in `sync` alone."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, select, update

from serving.database.connection import writing
from serving.errors import IllegalMove, UnknownItem, VersionConflict
from serving.work_queue.actions import NOTHING_TO_DO
from serving.work_queue.item_rows import stored_item
from serving.work_queue.records import Closing, ItemChange, StoredItem, Touch
from serving.work_queue.statuses import Outcome, Status, may_move
from serving.work_queue.sync import sync_items
from serving.work_queue.tables import touches, work_items
from serving.work_queue.work_item import WorkItem


class WorkQueueStore:
    """The work queue in one database. Safe to share between threads; several services may share one database."""

    def __init__(self, engine: Engine) -> None:
        """Work on a database that `serving.database.connection.open_database` gave."""
        self._engine = engine

    def sync(self, items: Sequence[WorkItem], closings: Mapping[str, Closing], *, now: datetime) -> None:
        """Bring the queue in step with the history; idempotent, and people's work is kept."""
        sync_items(self._engine, items, closings, now=now)

    def unclosed(self, *, as_of: date) -> list[StoredItem]:
        """List all items that are still work, in no order of worth."""
        query = select(work_items).where(work_items.c.status != Status.CLOSED.value).order_by(work_items.c.key)
        with self._engine.connect() as connection:
            return [stored_item(row, as_of=as_of) for row in connection.execute(query).mappings()]

    def get(self, key: str, *, as_of: date) -> StoredItem:
        """Give one item. Raises: UnknownItem."""
        with self._engine.connect() as connection:
            return stored_item(_row(connection, key), as_of=as_of)

    def touches(self, key: str) -> list[Touch]:
        """List what was done to an item, oldest first."""
        query = select(touches).where(touches.c.item_key == key).order_by(touches.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Touch(
                touched_at=row["touched_at"],
                touched_by=row["touched_by"],
                what=row["what"],
                changes={name: (before, after) for name, (before, after) in row["changes"].items()},
                note=row["note"],
            )
            for row in rows
        ]

    def take_next(self, *, by: str, owner: str | None, payer_id: str | None, now: datetime, as_of: date) -> StoredItem | None:
        """Hand the open item of most worth to one person, and to nobody else; `None` when nothing fits."""
        with writing(self._engine).begin() as connection:
            key = connection.execute(next_query(owner=owner, payer_id=payer_id)).scalar()
            if key is None:
                return None
            row = _row(connection, key)
            _change(
                connection, row, {"status": Status.IN_PROGRESS.value, "assigned_to": by}, by=by, what="take", note=None, now=now
            )
            return stored_item(_row(connection, key), as_of=as_of)

    def change(self, key: str, change: ItemChange, *, version: int, by: str, now: datetime, as_of: date) -> StoredItem:
        """Apply what a person changes. Raises: UnknownItem, VersionConflict, IllegalMove."""
        with writing(self._engine).begin() as connection:
            row = _row(connection, key, version=version)
            values: dict[str, object] = {
                name: value
                for name, value in (
                    ("owner", change.owner), ("assigned_to", change.assigned_to), ("next_action", change.next_action)
                )
                if value is not None
            }  # fmt: skip
            if change.status is not None:
                before = Status(row["status"])
                if not may_move(before, change.status):
                    raise IllegalMove(before=before.value, after=change.status.value)
                values["status"] = change.status.value
                if change.status is Status.OPEN:
                    values |= {"assigned_to": change.assigned_to, "outcome": None, "recovered_amount": None}
            _change(connection, row, values, by=by, what="change", note=change.note, now=now)
            return stored_item(_row(connection, key), as_of=as_of)

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
            row = _row(connection, key, version=version)
            if row["status"] == Status.CLOSED:
                raise IllegalMove(before=row["status"], after=Status.CLOSED.value)
            values = {"status": Status.CLOSED.value, "outcome": outcome.value, "recovered_amount": recovered_amount}
            _change(connection, row, values, by=by, what="outcome", note=note, now=now)
            return stored_item(_row(connection, key), as_of=as_of)


def next_query(*, owner: str | None, payer_id: str | None) -> Select[str]:
    """Select the key of the open item of most worth, skipping those that another worker is taking (PostgreSQL)."""
    query = select(work_items.c.key).where(
        work_items.c.status == Status.OPEN.value,
        func.coalesce(work_items.c.next_action, work_items.c.suggested_action) != NOTHING_TO_DO,
    )
    if owner is not None:
        query = query.where(func.coalesce(work_items.c.owner, work_items.c.suggested_owner) == owner)
    if payer_id is not None:
        query = query.where(work_items.c.payer_id == payer_id)
    query = query.order_by(work_items.c.worth.desc(), work_items.c.due_on, work_items.c.key)
    return query.limit(1).with_for_update(skip_locked=True)


def _row(connection: Connection, key: str, *, version: int | None = None) -> RowMapping:
    """Read one row; with the version that the caller saw, lock it and hold it to that."""
    query = select(work_items).where(work_items.c.key == key)
    row = connection.execute(query if version is None else query.with_for_update()).mappings().one_or_none()
    if row is None:
        raise UnknownItem(key)
    if version is not None and row["version"] != version:
        raise VersionConflict(expected=row["version"], got=version)
    return row


def _change(
    connection: Connection, row: RowMapping, values: Mapping[str, object], *, by: str, what: str, note: str | None, now: datetime
) -> None:
    """Write the values and the touch that tells of them; a version further."""
    changes = {name: [_plain(row[name]), _plain(value)] for name, value in values.items() if row[name] != value}
    connection.execute(
        update(work_items).where(work_items.c.key == row["key"]).values(**values, updated_at=now, version=row["version"] + 1)
    )
    connection.execute(
        insert(touches).values(item_key=row["key"], touched_at=now, touched_by=by, what=what, changes=changes, note=note)
    )


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
