from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from serving.database.connection import open_database
from serving.errors import HeldByAnother, IllegalMove, MisplacedPromise, UnknownItem, VersionConflict
from serving.work_queue.assigning import Assignment
from serving.work_queue.records import Closing, ItemChange, Place, StoredItem, Wanted
from serving.work_queue.statuses import Outcome, Status
from serving.work_queue.store import LEASE, WorkQueueStore
from tests.serving.work_queue.queues import NOW, TODAY, item

LATER = NOW + timedelta(hours=1)
PAID = Closing(outcome=Outcome.ANSWERED_BY_PAYER, recovered_amount=Decimal("80.79"))


@pytest.fixture
def store(engine: Engine) -> WorkQueueStore:
    return WorkQueueStore(engine)


def sync(store: WorkQueueStore, *items: object, closings: dict[str, Closing] | None = None) -> None:
    store.sync(items, closings or {}, now=NOW, as_of=TODAY)  # type: ignore[arg-type]


def get(store: WorkQueueStore, key: str) -> StoredItem:
    return store.get(key, as_of=TODAY)


def change(store: WorkQueueStore, key: str, *, version: int = 1, **fields: object) -> StoredItem:
    return store.change(key, ItemChange(**fields), version=version, by="ann", now=LATER, as_of=TODAY)  # type: ignore[arg-type]


def take(store: WorkQueueStore, by: str = "ann", *, now: datetime = LATER, **wanted: object) -> str | None:
    taken = store.take_next(Wanted(**wanted), by=by, now=now, as_of=TODAY)  # type: ignore[arg-type]
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
    store.sync([item("b"), item("a")], {}, now=LATER, as_of=TODAY)
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


def test_next_items_come_in_the_order_of_the_plan(store: WorkQueueStore) -> None:
    keys = [f"k{at}" for at in range(9)]
    sync(store, *(item(key, expected_recovery=float(at)) for at, key in enumerate(keys)))
    planned = keys[4:] + keys[:4]
    store.place({key: Place(rank=rank, why="") for rank, key in enumerate(planned, start=1)})
    sync(store, *(item(key, expected_recovery=float(at)) for at, key in enumerate([*keys, "late"])))
    assert [take(store) for _ in range(11)] == [*planned, "late", None]


def test_place_and_its_reason_come_back_with_the_item(store: WorkQueueStore) -> None:
    sync(store, item("a"), item("b"))
    store.place({"a": Place(rank=7, why="Because")})
    assert (get(store, "a").plan_rank, get(store, "a").why) == (7, "Because")
    store.place({"b": Place(rank=1, why="")})
    assert (get(store, "a").plan_rank, get(store, "a").version) == (None, 1)


def test_next_item_fits_owner_payers_kinds_and_actions(store: WorkQueueStore) -> None:
    sync(
        store, item("a", owner="coding"), item("b", owner="billing"), item("c", owner="billing", payer_id="P2", kind="rejection")
    )
    change(store, "a", owner="kim")
    assert take(store, owner="coding") is None
    assert take(store, payer_ids=frozenset({"P1"}), kinds=frozenset({"rejection"})) is None
    assert take(store, kinds=frozenset({"rejection"}), payer_ids=frozenset({"P2", "P3"})) == "c"
    change(store, "b", next_action="appeal")
    assert take(store, actions=frozenset({"appeal", "send_records"})) == "b"
    assert take(store, owner="kim") == "a"


def test_nothing_to_do_is_handed_to_nobody(store: WorkQueueStore) -> None:
    sync(store, item("a", next_action="nothing_to_do"))
    assert take(store) is None


def test_taken_item_is_leased_and_a_lease_that_ran_out_gives_it_back(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    assert take(store, "ann") == "a"
    assert get(store, "a").leased_until == LATER + LEASE
    assert take(store, "bob", now=LATER + LEASE - timedelta(seconds=1)) is None
    assert take(store, "bob", now=LATER + LEASE) == "a"
    assert [touch.what for touch in store.touches("a")] == ["take", "lease_expired", "take"]
    assert (get(store, "a").assigned_to, get(store, "a").version) == ("bob", 4)


def test_work_on_an_item_renews_its_lease_and_a_note_of_somebody_else_does_not(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    take(store, "ann")
    noon = LATER + timedelta(minutes=50)
    store.change("a", ItemChange(note="look here"), version=2, by="bob", now=noon, as_of=TODAY)
    assert get(store, "a").leased_until == LATER + LEASE
    store.change("a", ItemChange(note="called"), version=3, by="ann", now=noon, as_of=TODAY)
    assert get(store, "a").leased_until == noon + LEASE


def test_lease_is_taken_and_renewed_by_one_and_refused_to_others(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    assert store.lease("a", by="ann", now=LATER, as_of=TODAY).leased_until == LATER + LEASE
    with pytest.raises(HeldByAnother):
        store.lease("a", by="bob", now=LATER, as_of=TODAY)
    store.lease("a", by="ann", now=LATER + timedelta(minutes=1), as_of=TODAY)
    assert store.lease("a", by="bob", now=LATER + timedelta(hours=2), as_of=TODAY).assigned_to == "bob"
    assert [touch.what for touch in store.touches("a")] == ["take", "renew", "take"]


@pytest.mark.parametrize("status", [Status.OPEN, Status.WAITING])
def test_lease_ends_when_the_status_moves(store: WorkQueueStore, status: Status) -> None:
    sync(store, item("a"))
    take(store)
    assert change(store, "a", version=2, status=status).leased_until is None


def test_lease_ends_with_the_outcome(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    take(store)
    assert close(store, "a", Outcome.UPHELD, version=2).leased_until is None


def test_item_whose_promise_passed_comes_back_for_follow_up(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    waiting = change(store, "a", status=Status.WAITING, promised_on=TODAY + timedelta(days=3), note="they call back")
    assert waiting.promised_on == TODAY + timedelta(days=3)
    assert store.touches("a")[-1].promised_on == TODAY + timedelta(days=3)
    for days, status in ((3, "waiting"), (4, "open"), (5, "open")):
        store.sync([item("a")], {}, now=LATER, as_of=TODAY + timedelta(days=days))
        assert get(store, "a").item.status == status
    stored = get(store, "a")
    assert (stored.item.next_action, stored.promised_on, stored.version) == ("follow_up", None, 3)
    assert [(touch.what, touch.touched_by) for touch in store.touches("a")][-1] == ("promise_passed", "promise")


def test_promise_of_an_item_that_does_not_wait_is_refused(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    with pytest.raises(MisplacedPromise):
        change(store, "a", promised_on=TODAY)


def test_promise_ends_when_the_item_is_taken_up_again(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    change(store, "a", status=Status.WAITING, promised_on=TODAY)
    assert change(store, "a", version=2, status=Status.IN_PROGRESS).promised_on is None


@pytest.mark.parametrize("verb", ["UPDATE touches SET note = 'else'", "DELETE FROM touches"])
def test_touches_can_be_neither_changed_nor_removed(store: WorkQueueStore, engine: Engine, verb: str) -> None:
    sync(store, item("a"))
    change(store, "a", note="called")
    with pytest.raises(DBAPIError, match="touches is append-only"), engine.begin() as connection:
        connection.execute(text(verb))
    assert store.touches("a")[0].note == "called"


def test_assigned_item_is_handed_to_its_person_alone(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    assign(store, "a", to="bob")
    assert (take(store, "ann"), take(store, "bob")) == (None, "a")


def test_bulk_assignment_answers_for_each_item_in_order(store: WorkQueueStore) -> None:
    sync(store, item("a"), item("b"), item("c"), item("d"))
    close(store, "c", Outcome.UPHELD)
    change(store, "b", note="called")
    assign(store, "d", to="bob")
    wanted = [Assignment(key=key, version=1) for key in ("d", "c", "nothing", "b", "a")] + [Assignment(key="e")]
    wanted[0] = Assignment(key="d")
    answers = store.assign(wanted, to="bob", by="lee", note="holiday", now=LATER)
    assert [(one.key, one.result.value, one.version) for one in answers] == [
        ("d", "unchanged", 2), ("c", "changed_since", 2), ("nothing", "unknown", None), ("b", "changed_since", 2),
        ("a", "assigned", 2), ("e", "unknown", None),
    ]  # fmt: skip
    assert (get(store, "a").assigned_to, store.touches("a")[-1].note) == ("bob", "holiday")


def test_forced_assignment_moves_the_lease_and_taking_away_opens_the_item(store: WorkQueueStore) -> None:
    sync(store, item("a"))
    take(store, "ann")
    assign(store, "a", to="bob")
    assert (get(store, "a").assigned_to, get(store, "a").item.status) == ("bob", "in_progress")
    assign(store, "a", to=None)
    stored = get(store, "a")
    assert (stored.assigned_to, stored.item.status, stored.leased_until) == (None, "open", None)


def assign(store: WorkQueueStore, key: str, *, to: str | None) -> None:
    store.assign([Assignment(key=key)], to=to, by="lee", note=None, now=LATER)


def test_no_update_is_lost_when_many_change_one_item_at_once(store: WorkQueueStore) -> None:
    sync(store, item("a"))

    def add_note(at: int) -> int:
        tries = 0
        while True:
            tries += 1
            try:
                change(store, "a", version=get(store, "a").version, note=f"note {at}")
            except VersionConflict:
                continue
            return tries

    with ThreadPoolExecutor(8) as people:
        tries = list(people.map(add_note, range(24)))
    assert sorted(str(touch.note) for touch in store.touches("a")) == sorted(f"note {at}" for at in range(24))
    assert get(store, "a").version == 25
    assert sum(tries) >= 24


def test_sixteen_workers_beside_a_sync_take_every_item_once(database_url: str) -> None:
    engines = [open_database(database_url) for _ in range(4)]  # four services, each with connections of its own
    stores = [WorkQueueStore(engine) for engine in engines]
    items = [item(f"k{at}") for at in range(48)]
    sync(stores[0], *items)

    def work(at: int) -> list[str]:
        if at == 0:
            for price in range(4):
                sync(stores[0], *(replace(one, expected_recovery=float(price)) for one in items))
            return []
        return list(iter(lambda: take(stores[at % 4], by=f"worker{at}"), None))  # type: ignore[arg-type]

    with ThreadPoolExecutor(17) as workers:
        taken = [key for keys in workers.map(work, range(17)) for key in keys]
    told = {key: [touch.what for touch in stores[0].touches(key)] for key in taken}
    for engine in engines:
        engine.dispose()
    assert sorted(taken) == sorted(one.key for one in items)
    assert all(what == ["take"] for what in told.values())
