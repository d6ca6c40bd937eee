"""Owns keeping the stored queue in step with the history. The same history twice changes nothing; people's work is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, RowMapping, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from serving.database.connection import writing
from serving.work_queue.item_rows import FACTS, fact_row
from serving.work_queue.records import Closing
from serving.work_queue.statuses import Outcome, Status
from serving.work_queue.tables import touches, work_items
from serving.work_queue.work_item import WorkItem

BY_PAYER = "remittance"
_ENDED_BY_PAYER = frozenset({Outcome.ANSWERED_BY_PAYER.value, Outcome.DENIED_AGAIN.value})


def sync_items(engine: Engine, items: Sequence[WorkItem], closings: Mapping[str, Closing], *, now: datetime) -> None:
    """Open what is new, renew facts and scores, close what the payer ended, reopen what it took back. One transaction."""
    with writing(engine).begin() as connection:
        known = {row["key"]: row for row in connection.execute(select(work_items)).mappings()}
        # Sorted, so that two services on one PostgreSQL lock rows in the same order.
        wanted = {item.key: fact_row(item) for item in sorted(items, key=lambda item: item.key)}
        _open_new(connection, {key: row for key, row in wanted.items() if key not in known}, now=now)
        _renew(connection, {key: row for key, row in wanted.items() if key in known and _differs(row, known[key])}, now=now)
        for key in wanted:
            if key in known and known[key]["outcome"] in _ENDED_BY_PAYER and known[key]["status"] == Status.CLOSED:
                _move(connection, key, before=Status.CLOSED, after=Status.OPEN, closing=None, now=now)
        for key, closing in sorted(closings.items()):
            if key in known and known[key]["status"] != Status.CLOSED:
                _move(connection, key, before=Status(known[key]["status"]), after=Status.CLOSED, closing=closing, now=now)


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


def _move(connection: Connection, key: str, *, before: Status, after: Status, closing: Closing | None, now: datetime) -> None:
    changed = connection.execute(
        update(work_items)
        .where(work_items.c.key == key, work_items.c.status == before.value)
        .values(
            status=after.value,
            outcome=closing.outcome.value if closing else None,
            recovered_amount=closing.recovered_amount if closing else None,
            assigned_to=None,
            updated_at=now,
            version=work_items.c.version + 1,
        )
    )
    if changed.rowcount:
        connection.execute(
            insert(touches).values(
                item_key=key,
                touched_at=now,
                touched_by=BY_PAYER,
                what="outcome" if closing else "reopen",
                changes={"status": [before.value, after.value]},
            )
        )
