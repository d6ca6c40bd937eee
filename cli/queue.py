"""Owns `denials queue`: all that is work as a ranked file, in the columns that DESIGN 4.4 contracts."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

from claims.history.store import HistoryStore
from serving.bundles import APPEAL_SUCCESS, InstalledBundle, load_champion
from serving.database.connection import open_database
from serving.errors import NoModel
from serving.own_files import OwnFiles
from serving.settings import Settings
from serving.state import Snapshot, read_arrived, read_worklist, sync_work_queue
from serving.work_queue.order import QUEUE_COLUMNS, queue_rows, rank_items
from serving.work_queue.plan import NO_WORK
from serving.work_queue.store import WorkQueueStore
from serving.work_queue.work_item import WorkItem


def write_queue(out: Path, *, settings: Settings, as_of: date | None, minutes_per_day: float | None) -> list[WorkItem]:
    """Rank all that is work into a CSV. Raises: NoHistory, BundleError, RuleFileError, ContractFeeError.

    Today's are those of the work queue that the service shares, with owners and statuses as people set them. Those of another
    day come from what the history knew before it.
    """
    snapshot = Snapshot.read(HistoryStore(settings.home.history_uri), before=as_of, own=OwnFiles.read(settings.home))
    try:
        appeal: InstalledBundle | None = load_champion(settings.home, APPEAL_SUCCESS)
    except NoModel:
        appeal = None
    if as_of is None:
        items = _todays_items(settings, snapshot, appeal)
    else:
        items = read_worklist(snapshot, appeal, as_of=as_of, warning_days=settings.warning_days).items
    day = as_of or settings.current_day()
    arrived = read_arrived(snapshot, appeal, as_of=day) if minutes_per_day else NO_WORK
    ranked = rank_items(items, as_of=day, minutes_per_day=minutes_per_day, arrived=arrived)
    with out.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, QUEUE_COLUMNS)
        writer.writeheader()
        writer.writerows(queue_rows(ranked))
    return ranked


def _todays_items(settings: Settings, snapshot: Snapshot, appeal: InstalledBundle | None) -> list[WorkItem]:
    database, today = open_database(settings.home.database_url), settings.current_day()
    store = WorkQueueStore(database)
    try:
        sync_work_queue(store, snapshot, appeal, as_of=today, now=datetime.now(UTC), warning_days=settings.warning_days)
        return [stored.item for stored in store.unclosed(as_of=today)]
    finally:
        database.dispose()
