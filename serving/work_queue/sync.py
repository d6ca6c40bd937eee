"""Owns keeping the stored queue in step with the history. The same history twice changes nothing; people's work is kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, RowMapping, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from serving.database.connection import writing
from serving.work_queue.actions import FOLLOW_UP
from serving.work_queue.item_rows import FACTS, fact_row
from serving.work_queue.records import Closing
from serving.work_queue.statuses import BY_ITSELF, Mover, Status
from serving.work_queue.tables import work_items
from serving.work_queue.touching import Stamp, Values, lock_row, lock_rows, syncs_alone, touch_row
from serving.work_queue.work_item import WorkItem

_FREED: Values = {"assigned_to": None, "leased_until": None, "promised_on": None}


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """A status move that no person makes: the touch that tells of it, and the values that it sets."""

    by: Mover
    what: str
    values: Values


_REOPENED = _Turn(
    by=Mover.PAYER,
    what="reopen",
    values={**_FREED, "status": Status.OPEN.value, "outcome": None, "recovered_amount": None},
)
_FOLLOWED_UP = _Turn(
    by=Mover.PROMISE,
    what="promise_passed",
    values={"status": Status.OPEN.value, "next_action": FOLLOW_UP, "promised_on": None},
)


def sync_items(engine: Engine, items: Sequence[WorkItem], closings: Mapping[str, Closing], *, now: datetime, as_of: date) -> None:
    """Open what is new, renew facts and scores, close what the payer ended, reopen what it took back. One transaction.

    An item that waits comes back for follow-up when the day has passed by which its payer promised an answer.
    """
    with writing(engine).begin() as connection:
        syncs_alone(connection)
        known = {row["key"]: row for row in connection.execute(select(work_items)).mappings()}
        wanted = {item.key: fact_row(item) for item in items}
        renewed = {key: row for key, row in wanted.items() if key in known and _differs(row, known[key])}
        turning = {key for key, row in known.items() if _turn(row, wanted, closings, as_of=as_of)}
        lock_rows(connection, renewed.keys() | turning)
        _open_new(connection, {key: row for key, row in wanted.items() if key not in known}, now=now)
        _renew(connection, renewed, now=now)
        for key in turning:
            row = lock_row(connection, key)  # as people left it meanwhile
            turn = _turn(row, wanted, closings, as_of=as_of)
            if turn is not None:
                touch_row(connection, row, turn.values, Stamp(by=turn.by.value, what=turn.what, at=now))


def _turn(row: RowMapping, wanted: Collection[str], closings: Mapping[str, Closing], *, as_of: date) -> "_Turn | None":
    """Say which way the history or the day turns an item; `None` = none."""
    if row["key"] in closings:
        return None if row["status"] == Status.CLOSED else _closed(closings[row["key"]])
    if row["status"] == Status.CLOSED:
        return _REOPENED if row["key"] in wanted and row["outcome"] in BY_ITSELF else None
    promised_on = row["promised_on"]
    return _FOLLOWED_UP if row["status"] == Status.WAITING and promised_on is not None and promised_on < as_of else None


def _open_new(connection: Connection, rows: Mapping[str, Mapping[str, object]], *, now: datetime) -> None:
    if not rows:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    people = {"status": Status.OPEN.value, "opened_at": now, "updated_at": now, "version": 1}
    connection.execute(make(work_items).on_conflict_do_nothing(), [{"key": key, **row, **people} for key, row in rows.items()])


def _renew(connection: Connection, rows: Mapping[str, Mapping[str, object]], *, now: datetime) -> None:
    if not rows:
        return
    change = update(work_items).where(work_items.c.key == bindparam("at_key"))
    change = change.values(updated_at=now, **{name: bindparam(f"new_{name}") for name in FACTS})
    given = [{"at_key": key, **{f"new_{name}": row[name] for name in FACTS}} for key, row in rows.items()]
    connection.execute(change, given)


def _differs(row: Mapping[str, object], known: RowMapping) -> bool:
    return any(row[name] != known[name] for name in FACTS)


def _closed(closing: Closing) -> "_Turn":
    ended = {"status": Status.CLOSED.value, "outcome": closing.outcome.value, "recovered_amount": closing.recovered_amount}
    return _Turn(by=Mover.PAYER, what="outcome", values={**_FREED, **ended})
