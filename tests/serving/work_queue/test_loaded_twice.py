"""Files through the real ingestion into a stored queue: what is loaded twice changes nothing."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from claims.x12 import write_transactions
from serving.database.connection import open_database
from serving.state import Snapshot, sync_work_queue
from serving.work_queue.records import StoredItem
from serving.work_queue.statuses import Outcome, Status
from serving.work_queue.store import WorkQueueStore
from tests import factories as make
from tests.serving.work_queue.office import denial

SENT = make.SUBMITTED_ON
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def load(home: Home, name: str, *transactions: object) -> None:
    inbox = home.path.parent / "inbox"
    inbox.mkdir(exist_ok=True)
    (inbox / name).write_bytes(write_transactions(transactions))  # type: ignore[arg-type]
    ingest_paths([inbox / name], home=home, now=NOW)


def sync(home: Home, store: WorkQueueStore, *, on: date) -> dict[str, StoredItem]:
    sync_work_queue(store, Snapshot.read(HistoryStore(home.history_uri)), None, as_of=on, now=NOW)
    return {stored.item.kind: stored for stored in store.unclosed(as_of=on)}


def test_loading_the_same_files_twice_changes_no_item(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    store = WorkQueueStore(open_database(home.database_url))
    claims = make.claim_transaction(make.claim("PCN1"), make.claim("PCN2"))
    answer = make.remittance_transaction(denial("PCN1"), on=SENT + timedelta(days=20), control_number="0002")
    returned = make.acknowledgment_transaction(
        make.acknowledgment("PCN2", category_code="A7"), on=SENT + timedelta(days=2), control_number="0003"
    )
    for name, transaction in (("a.837", claims), ("b.835", answer), ("c.277ca", returned)):
        load(home, name, transaction)
    today = SENT + timedelta(days=25)
    first = sync(home, store, on=today)
    assert {kind: stored.item.next_action for kind, stored in first.items()} == {
        "denial": "appeal",
        "rejection": "fix_and_resubmit",
    }
    for name, transaction in (("a2.837", claims), ("b2.835", answer), ("c2.277ca", returned)):
        load(home, name, transaction)
    assert sync(home, store, on=today) == first

    again = make.claim("PCN2", submitted_on=SENT + timedelta(days=24))
    load(home, "d.837", make.claim_transaction(again, control_number="0009", reference="0009"))
    assert set(sync(home, store, on=today)) == {"denial"}
    closed = store.get(first["rejection"].item.key, as_of=today)
    assert (closed.item.status, closed.outcome) == (Status.CLOSED, Outcome.SENT_AGAIN)
