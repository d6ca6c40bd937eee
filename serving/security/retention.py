"""Owns what is thrown away, and when: old quarantine, logs, closed work items and what webhooks were told by age; a claim or a
patient on demand.

The audit trail is never thrown away: it names nobody, and who saw a claim must be answerable after the claim is gone.
"""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select

from claims.home import Home
from serving.database.append_only import make_append_only, make_changeable
from serving.database.connection import writing
from serving.webhooks.tables import deliveries
from serving.work_queue.statuses import Status
from serving.work_queue.tables import touches, work_items

MOST_IN_ONE_STATEMENT = 500


@dataclass(frozen=True, kw_only=True)
class Outdated:
    """What is older than a moment: files of quarantine and logs, closed work items, deliveries that arrived or were given up."""

    files: tuple[Path, ...]
    item_keys: tuple[str, ...]
    delivery_ids: tuple[str, ...]


def find_outdated(home: Home, database: Engine, *, now: datetime, days: int) -> Outdated:
    """Find what was last changed more than so many days ago."""
    before = now - timedelta(days=days)
    files = [path for folder in (home.quarantine, home.logs) for path in _files(folder) if _changed_at(path) < before]
    query = select(work_items.c.key).where(work_items.c.status == Status.CLOSED.value, work_items.c.updated_at < before)
    settled = select(deliveries.c.id).where(deliveries.c.due_at.is_(None), deliveries.c.created_at < before)
    with database.connect() as connection:
        keys, told = connection.execute(query).scalars().all(), connection.execute(settled).scalars().all()
    return Outdated(files=tuple(files), item_keys=tuple(keys), delivery_ids=tuple(told))


def remove_outdated(database: Engine, outdated: Outdated) -> None:
    """Remove what was found."""
    for path in outdated.files:
        path.unlink(missing_ok=True)
    remove_items(database, outdated.item_keys)
    remove_deliveries(database, outdated.delivery_ids)


def items_of_claims(database: Engine, claim_numbers: Sequence[str]) -> tuple[str, ...]:
    """List the keys of all work items of claims."""
    with database.connect() as connection:
        return tuple(
            key
            for part in _parts(claim_numbers)
            for key in connection.execute(select(work_items.c.key).where(work_items.c.claim_id.in_(part))).scalars()
        )


def deliveries_of_claims(database: Engine, claim_numbers: Sequence[str]) -> tuple[str, ...]:
    """List the ids of all that webhooks were told of claims, or are to be told."""
    with database.connect() as connection:
        return tuple(
            delivery_id
            for part in _parts(claim_numbers)
            for delivery_id in connection.execute(select(deliveries.c.id).where(deliveries.c.claim_id.in_(part))).scalars()
        )


def remove_deliveries(database: Engine, delivery_ids: Sequence[str]) -> None:
    """Remove what webhooks were told; what waits is told to nobody."""
    with writing(database).begin() as connection:
        for part in _parts(delivery_ids):
            connection.execute(delete(deliveries).where(deliveries.c.id.in_(part)))


def remove_items(database: Engine, keys: Sequence[str]) -> None:
    """Remove work items with all that was done to them. The one place that lifts the touches' guard, in one transaction."""
    if not keys:
        return
    with writing(database).begin() as connection:
        make_changeable(connection, touches.name)
        for part in _parts(keys):
            connection.execute(delete(touches).where(touches.c.item_key.in_(part)))
            connection.execute(delete(work_items).where(work_items.c.key.in_(part)))
        make_append_only(connection, touches.name)


def count_touches(database: Engine, keys: Sequence[str]) -> int:
    """Count what was done to items."""
    with database.connect() as connection:
        return sum(_count(connection, touches.c.item_key.in_(part)) for part in _parts(keys))


def remove_derived(home: Home) -> None:
    """Remove what is made from the history and made anew when needed: fact tables that name claims."""
    shutil.rmtree(home.path / "analytics", ignore_errors=True)


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(touches).where(condition)).scalar_one()


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else ()


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[at : at + MOST_IN_ONE_STATEMENT] for at in range(0, len(values), MOST_IN_ONE_STATEMENT))
