"""Owns the one way in which an item's row changes: under its lock, a version further, with the touch that tells of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, RowMapping, Select, String, any_, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from serving.errors import UnknownItem, VersionConflict
from serving.work_queue.tables import touches, work_items

SYNC_LOCK = 0x64656E71  # an advisory lock of PostgreSQL: any number of ours
Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """Who touches an item, when, what for, and what they say."""

    by: str
    what: str
    at: datetime
    note: str | None = None
    promised_on: date | None = None


def read_row(connection: Connection, key: str) -> RowMapping:
    """Read an item's row. Raises: UnknownItem."""
    return _one(connection, select(work_items).where(work_items.c.key == key), key)


def lock_row(connection: Connection, key: str, *, version: int | None = None) -> RowMapping:
    """Read an item's row and keep others from changing it; with the version that the caller saw, hold it to that.

    Raises: UnknownItem, VersionConflict.
    """
    row = _one(connection, select(work_items).where(work_items.c.key == key).with_for_update(), key)
    if version is not None and row["version"] != version:
        raise VersionConflict(expected=row["version"], got=version)
    return row


def lock_rows(connection: Connection, keys: Collection[str]) -> None:
    """Lock many rows in the order of their keys, as whoever locks more than one must; SQLite has locked all of them already."""
    if connection.dialect.name == "postgresql":
        rows = select(work_items.c.key).where(work_items.c.key == any_(literal(sorted(keys), ARRAY(String))))
        connection.execute(rows.order_by(work_items.c.key).with_for_update())


def syncs_alone(connection: Connection) -> None:
    """Let one sync or plan at a time write, whichever service makes it; people go on meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(SYNC_LOCK)))


def touch_row(connection: Connection, row: RowMapping, values: Values, stamp: Stamp) -> RowMapping:
    """Change a locked row and add the touch; gives the row as it is then."""
    changes = {name: [_plain(row[name]), _plain(value)] for name, value in values.items() if row[name] != value}
    told = {
        "item_key": row["key"],
        "touched_at": stamp.at,
        "touched_by": stamp.by,
        "what": stamp.what,
        "changes": changes,
        "note": stamp.note,
        "promised_on": stamp.promised_on,
    }
    connection.execute(insert(touches).values(told))
    connection.execute(
        update(work_items).where(work_items.c.key == row["key"]).values(**values, updated_at=stamp.at, version=row["version"] + 1)
    )
    return read_row(connection, row["key"])


def _one(connection: Connection, query: Select[tuple[object, ...]], key: str) -> RowMapping:
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownItem(key)
    return row


def _plain(value: object) -> object:
    """Give what JSON can hold."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
