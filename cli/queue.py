"""Owns `denials queue`: the open denials as a ranked file, in the columns that DESIGN 4.4 contracts."""

import csv
from datetime import date
from pathlib import Path

from claims.history.store import HistoryStore
from serving.bundles import APPEAL_SUCCESS, load_champion
from serving.errors import NoModel
from serving.settings import Settings
from serving.state import Snapshot
from serving.work_queue.items import WorkItem, open_items
from serving.work_queue.order import QUEUE_COLUMNS, queue_rows, rank_items


def write_queue(out: Path, *, settings: Settings, as_of: date | None, minutes_per_day: float | None) -> list[WorkItem]:
    """Rank the open denials as known before `as_of` (today unless given) into a CSV. Raises: NoHistory, BundleError."""
    snapshot = Snapshot.read(HistoryStore(settings.home.history_uri), before=as_of)
    try:
        appeal = load_champion(settings.home, APPEAL_SUCCESS).bundle
    except NoModel:
        appeal = None
    items = open_items(snapshot.adjudication, snapshot.claims, snapshot.history, appeal, as_of=as_of or settings.current_day())
    ranked = rank_items(items, minutes_per_day=minutes_per_day)
    with out.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, QUEUE_COLUMNS)
        writer.writeheader()
        writer.writerows(queue_rows(ranked))
    return ranked
