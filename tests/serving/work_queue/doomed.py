"""What runs in processes that are killed: a day of work on a queue, and ingesting files then bringing a queue in step.

Each change that was answered is written to a log before the next begins: what stands there must be in the database for good.
"""

import os
import signal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from sqlalchemy import Engine, event

from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from serving.database.connection import open_database
from serving.errors import IllegalMove
from serving.state import Snapshot, sync_work_queue
from serving.work_queue.assigning import Assignment
from serving.work_queue.records import Closing, ItemChange, Place, StoredItem, Wanted
from serving.work_queue.statuses import Outcome, Status
from serving.work_queue.store import WorkQueueStore
from serving.work_queue.work_item import WorkItem
from tests.serving.work_queue.queues import NOW, TODAY, item

ITEMS = 8
DAYS = 3
MONEY = Decimal("12.30")


def items_of(day: int) -> list[WorkItem]:
    """Give what the history holds on a day: two new items each day, other scores for all."""
    return [item(f"k{at}", expected_recovery=float(10 * at + day)) for at in range(ITEMS + 2 * day)]


def closings_of(day: int) -> dict[str, Closing]:
    """Say what the payer had ended by then."""
    return {f"k{at}": Closing(outcome=Outcome.ANSWERED_BY_PAYER, recovered_amount=MONEY) for at in range(day)}


def work(url: str, log: Path, seed: int, die_at: int | None) -> None:
    """Work through some days; with `die_at` kill this process at the n-th point where something may be half done."""
    engine = open_database(url)
    if die_at is not None:
        _die(engine, die_at)
    store = WorkQueueStore(engine)
    with log.open("a", encoding="utf-8") as accepted:
        for day in range(DAYS):
            moment, today = NOW + timedelta(days=day), TODAY + timedelta(days=day)
            items = [one for one in items_of(day) if one.key not in closings_of(day)]
            store.sync(items, closings_of(day), now=moment, as_of=today)
            store.place({one.key: Place(rank=rank, why="planned") for rank, one in enumerate(items_of(day), start=1)})
            for at in range(2):
                note = f"{os.getpid()}-{seed}-{day}-{at}"
                _one_item(store, note, moment=moment, accepted=accepted)
    engine.dispose()


def _one_item(store: WorkQueueStore, note: str, *, moment: datetime, accepted: TextIO) -> None:
    """Take an item, write a note, send it and close it or assign it, each with a note of its own."""
    today = moment.date()
    taken = store.take_next(Wanted(), by="ann", now=moment, as_of=today)
    if taken is None:
        return
    _tell(accepted, taken, "take")
    change = ItemChange(note=f"{note}-note", next_action="appeal")
    noted = store.change(taken.item.key, change, version=taken.version, by="ann", now=moment, as_of=today)
    _tell(accepted, noted, f"{note}-note")
    sent = ItemChange(note=f"{note}-sent", status=Status.WAITING, promised_on=today)
    waiting = store.change(taken.item.key, sent, version=noted.version, by="ann", now=moment, as_of=today)
    _tell(accepted, waiting, f"{note}-sent")
    store.assign([Assignment(key=taken.item.key)], to="bob", by="lee", note=f"{note}-given", now=moment)
    closed = _close(store, waiting, f"{note}-closed", moment)
    if closed is not None:
        _tell(accepted, closed, f"{note}-closed")


def _tell(accepted: TextIO, stored: StoredItem, note: str) -> None:
    print(stored.item.key, stored.version, note, file=accepted, flush=True)


def _close(store: WorkQueueStore, waiting: StoredItem, note: str, moment: datetime) -> StoredItem | None:
    if waiting.item.key.endswith(("1", "3")):
        return None
    now = store.get(waiting.item.key, as_of=moment.date())
    try:
        return store.record_outcome(
            now.item.key,
            Outcome.UPHELD,
            recovered_amount=MONEY,
            version=now.version,
            by="ann",
            note=note,
            now=moment,
            as_of=moment.date(),
        )
    except IllegalMove:  # the payer was quicker
        return None


def ingest_and_sync(inbox: Path, home: Path, url: str, die_at: int | None) -> None:
    """Load files into a history, then bring a queue in step with it."""
    where = Home(home)
    engine = open_database(url)
    if die_at is not None:
        _die(engine, die_at)
    ingest_paths([inbox], home=where, now=datetime.now(UTC))
    snapshot = Snapshot.read(HistoryStore(where.history_uri))
    sync_work_queue(WorkQueueStore(engine), snapshot, None, as_of=TODAY + timedelta(days=60), now=NOW)
    engine.dispose()


def _die(engine: Engine, at: int) -> None:
    """Kill this process at the n-th of: before a statement, before a commit, after a commit."""
    left = [at]

    def step(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before_statement(_conn: object, _cursor: object, _statement: str, _values: object, _context: object, _many: bool) -> None:
        step()

    event.listen(engine, "before_cursor_execute", before_statement)
    do_commit = engine.dialect.do_commit

    def commit(connection: object) -> None:
        step()
        do_commit(connection)  # type: ignore[arg-type]
        step()

    engine.dialect.do_commit = commit  # type: ignore[method-assign]


def said(lines: Sequence[str]) -> list[tuple[str, int, str]]:
    """Read the log of accepted changes; a line that the kill cut short was accepted all the same, but names nothing."""
    words = [line.split(" ") for line in lines if line.endswith("\n")]
    return [(key, int(version), note.strip()) for key, version, note in words]
