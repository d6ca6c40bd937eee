from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from serving.database.connection import open_database
from serving.errors import IllegalMove, UnknownItem, VersionConflict
from serving.work_queue.order import rank_items
from serving.work_queue.records import Closing, ItemChange, StoredItem
from serving.work_queue.statuses import Outcome, Status
from serving.work_queue.store import WorkQueueStore
from tests.serving.work_queue.queues import NOW, TODAY, item

LATER = NOW + timedelta(hours=1)
PAID = Closing(outcome=Outcome.ANSWERED_BY_PAYER, recovered_amount=Decimal("80.79"))


@pytest.fixture
def store(engine: Engine) -> WorkQueueStore:
    return WorkQueueStore(engine)


def sync(store: WorkQueueStore, *items: object, closings: dict[str, Closing] | None = None) -> None:
    store.sync(items, closings or {}, now=NOW)  # type: ignore[arg-type]


def get(store: WorkQueueStore, key: str) -> StoredItem:
    return store.get(key, as_of=TODAY)


def change(store: WorkQueueStore, key: str, *, version: int = 1, **fields: object) -> StoredItem:
    return store.change(key, ItemChange(**fields), version=version, by="ann", now=LATER, as_of=TODAY)  # type: ignore[arg-type]


def take(store: WorkQueueStore, by: str = "ann", **kind: str | None) -> str | None:
    taken = store.take_next(**{"owner": None, "payer_id": None} | kind, by=by, now=LATER, as_of=TODAY)  # type: ignore[arg-type]
    return None if taken is None else taken.item.key


def test_stored_item_is_the_item_that_was_synced(store: WorkQueueStore) -> None:
    synced = item("a", denied_amount=123.45)
    sync(store, synced)
    assert get(store, "a").item == synced


def test_item_without_a_deadline_comes_back_without_one(store: WorkQueueStore) -> None:
    synced = item("a", deadline=None, days_left=None)
    sync(store, synced)
    assert get(store, "a").item == synced


def test_days_left_count_from_the_day_asked_for(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    assert store.get("a", as_of=TODAY + timedelta(days=31)).item.days_left == -1


def test_same_sync_twice_changes_nothing(store: WorkQueueStore) -> None:
    sync(store, item("a"), item("b"))
    before = store.unclosed(as_of=TODAY)
    store.sync([item("b"), item("a")], {}, now=LATER)
    assert store.unclosed(as_of=TODAY) == before


def test_sync_renews_scores_and_keeps_what_people_set(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    change(store, "a", owner="kim", next_action="appeal", status=Status.WAITING)
    sync(store, item("a", expected_recovery=10.0, owner="coding", next_action="write_off"))
    stored = get(store, "a")
    assert (stored.item.expected_recovery, stored.item.owner, stored.item.next_action) == (10.0, "kim", "appeal")
    assert (stored.item.status, stored.version) == ("waiting", 2)


def test_payer_s_answer_closes_the_item_with_its_dollars(store: WorkQueueStore) -> None:
    sync(store, item("a"), item("b"))
    sync(store, item("b"), closings={"a": PAID})
    stored = get(store, "a")
    assert (stored.item.status, stored.outcome, stored.recovered_amount) == ("closed", PAID.outcome, Decimal("80.79"))
    assert [one.item.key for one in store.unclosed(as_of=TODAY)] == ["b"]
    assert [touch.touched_by for touch in store.touches("a")] == ["remittance"]


def test_closing_twice_touches_once(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    for _ in range(2):
        sync(store, closings={"a": PAID})
    assert len(store.touches("a")) == 1


def test_item_comes_back_when_the_payer_takes_its_money_back(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    sync(store, closings={"a": PAID})
    sync(store, item("a"))
    stored = get(store, "a")
    assert (stored.item.status, stored.outcome, stored.recovered_amount) == ("open", None, None)


def test_item_that_a_person_closed_stays_closed(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    close(store, "a", Outcome.WRITTEN_OFF)
    sync(store, item("a"))
    assert get(store, "a").item.status == "closed"


def close(store: WorkQueueStore, key: str, outcome: Outcome, *, version: int = 1) -> StoredItem:
    return store.record_outcome(
        key, outcome, recovered_amount=Decimal("12.30"), version=version, by="ann", note="by phone", now=LATER, as_of=TODAY
    )


def test_outcome_closes_and_is_told_in_the_history(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    stored = close(store, "a", Outcome.OVERTURNED)
    assert (stored.item.status, stored.outcome, stored.recovered_amount) == ("closed", Outcome.OVERTURNED, Decimal("12.30"))
    touch = store.touches("a")[-1]
    assert (touch.what, touch.touched_by, touch.touched_at, touch.note) == ("outcome", "ann", LATER, "by phone")
    assert touch.changes["status"] == ("open", "closed")


def test_outcome_of_a_closed_item_is_refused(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    close(store, "a", Outcome.UPHELD)
    with pytest.raises(IllegalMove):
        close(store, "a", Outcome.OVERTURNED, version=2)


def test_change_of_an_old_version_is_refused_and_changes_nothing(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    change(store, "a", owner="kim")
    with pytest.raises(VersionConflict):
        change(store, "a", owner="lee")
    assert get(store, "a").item.owner == "kim"


def test_unknown_item_is_refused(store: WorkQueueStore) -> None:
    with pytest.raises(UnknownItem):
        get(store, "nothing")


def test_reopened_item_loses_its_outcome(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    close(store, "a", Outcome.UPHELD)
    assert change(store, "a", version=2, status=Status.OPEN).outcome is None


def test_closed_item_cannot_go_on_without_being_reopened(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    close(store, "a", Outcome.UPHELD)
    with pytest.raises(IllegalMove):
        change(store, "a", version=2, status=Status.WAITING)


def test_note_alone_is_a_touch(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    change(store, "a", note="called")
    assert [(touch.note, touch.changes) for touch in store.touches("a")] == [("called", {})]


def test_next_items_come_in_rank_order(store: WorkQueueStore) -> None:
    items = [item(f"k{at}", expected_recovery=float(at % 4), deadline=TODAY + timedelta(days=at)) for at in range(9)]
    items += [item("never", expected_recovery=2.0, deadline=None, days_left=None)]
    sync(store, *items)
    ranked = [one.key for one in rank_items([one.item for one in store.unclosed(as_of=TODAY)], as_of=TODAY)]
    assert [take(store) for _ in ranked] == ranked
    assert take(store) is None


def test_next_item_fits_owner_and_payer(store: WorkQueueStore) -> None:
    sync(store, item("a", owner="coding"), item("b", owner="billing"), item("c", owner="billing", payer_id="P2"))
    change(store, "a", owner="kim")
    assert (take(store, owner="billing", payer_id="P2"), take(store, owner="kim"), take(store, owner="coding")) == (
        "c",
        "a",
        None,
    )


def test_nothing_to_do_is_handed_to_nobody(store: WorkQueueStore) -> None:
    sync(store, item("a", next_action="nothing_to_do"))
    assert take(store) is None


def test_sixteen_workers_never_get_one_item_twice(database_url: str) -> None:
    engines = [open_database(database_url) for _ in range(2)]
    stores = [WorkQueueStore(engine) for engine in engines]
    sync(stores[0], *(item(f"k{at}", expected_recovery=float(at)) for at in range(64)))
    with ThreadPoolExecutor(16) as workers:
        taken = list(workers.map(lambda at: take(stores[at % 2], by=f"worker{at % 16}"), range(64)))
    for engine in engines:
        engine.dispose()
    assert sorted(map(str, taken)) == sorted(f"k{at}" for at in range(64))
