"""Owns `denials queue`: all that is work as a ranked file, in the columns that DESIGN 4.4 contracts."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from claims.history.store import HistoryStore
from serving.bundles import APPEAL_SUCCESS, InstalledBundle, load_champion
from serving.database.connection import open_database
from serving.errors import NoModel
from serving.own_files import OwnFiles
from serving.settings import Settings
from serving.state import Snapshot, exploring_in, read_arrived, sync_work_queue
from serving.work_queue.day_plan import places_of, plan_day, team_of
from serving.work_queue.order import QUEUE_COLUMNS, queue_rows
from serving.work_queue.people import Person
from serving.work_queue.plan import Placed, Plan, first_days, plan_items
from serving.work_queue.search import QueueFilter, Search
from serving.work_queue.store import WorkQueueStore
from serving.work_queue.work_item import WorkItem

PLAN_COLUMNS = ("work_on", "person", "why")
_IN_MEMORY = "sqlite://"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What of the queue goes into the file. `days` keeps what is planned for that many working days; with `days` or `people`
    each row says when, by whom and why."""

    as_of: date | None = None
    minutes_per_day: float | None = None
    people: tuple[Person, ...] | None = None
    days: int | None = None
    where: QueueFilter

    @property
    def is_plan(self) -> bool:
        """Tell whether the rows say when, by whom and why."""
        return self.days is not None or self.people is not None


def write_queue(out: Path, asked: Asked, *, settings: Settings) -> list[Placed]:
    """Write the open denials, in the order of the plan, into a CSV. Raises: NoHistory, BundleError, RuleFileError,
    ContractFeeError.

    Today's are those of the work queue that the service shares, with owners and statuses as people set them. Those of another
    day come from what the history knew before it.
    """
    snapshot = Snapshot.read(HistoryStore(settings.home.history_uri), before=asked.as_of, own=OwnFiles.read(settings.home))
    try:
        appeal: InstalledBundle | None = load_champion(settings.home, APPEAL_SUCCESS)
    except NoModel:
        appeal = None
    day = asked.as_of or settings.current_day()
    with _store(settings.home.database_url if asked.as_of is None else _IN_MEMORY) as store:
        sync_work_queue(store, snapshot, appeal, as_of=day, now=datetime.now(UTC), warning_days=settings.warning_days)
        plan = _plan(store, snapshot, appeal, asked, settings=settings, day=day)
        fitting = {stored.item.key for stored in store.find(Search(where=asked.where), as_of=day).items}
    placed = plan.placed if asked.days is None else [one for _, one in first_days(plan, asked.days)]
    kept = [one for one in placed if one.item.key in fitting]
    _write(out, kept, is_plan=asked.is_plan)
    return kept


def queue_facts(out: Path, items: Sequence[WorkItem]) -> dict[str, str | int]:
    """Count what was written, for the command's summary."""
    kinds = sorted(Counter(item.kind for item in items).items())
    return {
        "out": str(out),
        "items": len(items),
        **{f"{kind}_items": count for kind, count in kinds},
        "dollars_at_stake": round(sum(item.denied_amount for item in items)),
        "expected_recovery_dollars": round(sum(item.expected_recovery for item in items)),
        "minutes": sum(item.minutes for item in items if item.expected_recovery > 0),
    }


def _plan(
    store: WorkQueueStore, snapshot: Snapshot, appeal: InstalledBundle | None, asked: Asked, *, settings: Settings, day: date
) -> Plan:
    """Plan as the service does. Other minutes or people, and the past, have no draw by lot and change no place in the queue."""
    items = [stored.item for stored in store.unclosed(as_of=day)]
    arrived = read_arrived(snapshot, appeal, as_of=day)
    team = asked.people or team_of(asked.minutes_per_day or settings.minutes_per_day)
    if asked.as_of is not None or asked.people is not None or asked.minutes_per_day is not None:
        return plan_items(items, team, as_of=day, arrived=arrived)
    plan = plan_day(items, team, exploring_in(snapshot, settings), as_of=day, arrived=arrived).plan
    store.place(places_of(plan))
    return plan


def _write(out: Path, placed: Sequence[Placed], *, is_plan: bool) -> None:
    with out.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, QUEUE_COLUMNS + (PLAN_COLUMNS if is_plan else ()))
        writer.writeheader()
        for row, one in zip(queue_rows([one.item for one in placed]), placed, strict=True):
            said = {"work_on": one.work_on or "", "person": one.person or "", "why": one.why}
            writer.writerow(row | said if is_plan else row)


@contextmanager
def _store(url: str) -> Iterator[WorkQueueStore]:
    database = open_database(url)
    try:
        yield WorkQueueStore(database)
    finally:
        database.dispose()
