"""Owns giving many items to a person at once: each on its own, by the version that was seen or by force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Connection, Engine

from serving.database.connection import writing
from serving.errors import UnknownItem, VersionConflict
from serving.work_queue.statuses import Status
from serving.work_queue.taking import lease_values
from serving.work_queue.touching import Stamp, lock_row, touch_row

CHUNK = 200  # items of one transaction: few enough that nobody waits long for them


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One item to assign; without a `version` whatever was done to it meanwhile."""

    key: str
    version: int | None = None


class AssignResult(StrEnum):
    """What came of one of them."""

    ASSIGNED = "assigned"
    UNCHANGED = "unchanged"  # it was that person's already
    CLOSED = "closed"
    CHANGED_SINCE = "changed_since"  # its version is another one
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """The answer for one item. `version` is the one that it has now; `None` where there is no such item."""

    key: str
    result: AssignResult
    version: int | None


def assign_some(
    engine: Engine, wanted: Sequence[Assignment], *, to: str | None, lease: timedelta, stamp: Stamp
) -> list[Assigned]:
    """Assign items, or take them from whoever has them (`to` = None). Work in progress that loses its person is open again."""
    answers: dict[str, Assigned] = {}
    by_key = sorted(wanted, key=lambda one: one.key)  # everybody locks in the same order
    for start in range(0, len(by_key), CHUNK):
        with writing(engine).begin() as connection:
            for one in by_key[start : start + CHUNK]:
                answers[one.key] = _assign(connection, one, to=to, lease=lease, stamp=stamp)
    return [answers[one.key] for one in wanted]


def _assign(connection: Connection, one: Assignment, *, to: str | None, lease: timedelta, stamp: Stamp) -> Assigned:
    try:
        row = lock_row(connection, one.key, version=one.version)
    except UnknownItem:
        return Assigned(key=one.key, result=AssignResult.UNKNOWN, version=None)
    except VersionConflict as conflict:
        return Assigned(key=one.key, result=AssignResult.CHANGED_SINCE, version=conflict.expected)
    if row["status"] == Status.CLOSED:
        return Assigned(key=one.key, result=AssignResult.CLOSED, version=row["version"])
    if row["assigned_to"] == to:
        return Assigned(key=one.key, result=AssignResult.UNCHANGED, version=row["version"])
    values: dict[str, object] = {"assigned_to": to}
    if to is None and row["status"] == Status.IN_PROGRESS:
        values["status"] = Status.OPEN.value
    values |= lease_values(row, values, by=stamp.by, now=stamp.at, lease=lease)
    changed = touch_row(connection, row, values, stamp)
    return Assigned(key=one.key, result=AssignResult.ASSIGNED, version=changed["version"])
