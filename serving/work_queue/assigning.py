"""Owns giving many items to a person at once: each on its own, by the version that was seen or by force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Connection, Engine, RowMapping

from serving.database.connection import writing
from serving.errors import UnknownItem
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
    """The answer for one item. `version` is the one that it has now; both it and `claim_id` are `None` without such an item."""

    key: str
    result: AssignResult
    version: int | None
    claim_id: str | None


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
        row = lock_row(connection, one.key)
    except UnknownItem:
        return Assigned(key=one.key, result=AssignResult.UNKNOWN, version=None, claim_id=None)
    result = _result(row, one, to=to)
    if result is AssignResult.ASSIGNED:
        values: dict[str, object] = {"assigned_to": to}
        if to is None and row["status"] == Status.IN_PROGRESS:
            values["status"] = Status.OPEN.value
        values |= lease_values(row, values, by=stamp.by, now=stamp.at, lease=lease)
        row = touch_row(connection, row, values, stamp)
    return Assigned(key=one.key, result=result, version=row["version"], claim_id=row["claim_id"])


def _result(row: RowMapping, one: Assignment, *, to: str | None) -> AssignResult:
    if one.version is not None and one.version != row["version"]:
        return AssignResult.CHANGED_SINCE
    if row["status"] == Status.CLOSED:
        return AssignResult.CLOSED
    return AssignResult.UNCHANGED if row["assigned_to"] == to else AssignResult.ASSIGNED
