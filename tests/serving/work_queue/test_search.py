"""Finding items in SQL, held against a plain walk over all of them."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from serving.work_queue.assigning import Assignment
from serving.work_queue.records import ItemChange, Place, StoredItem
from serving.work_queue.search import QueueFilter, Search, Sort
from serving.work_queue.statuses import Outcome, Status
from serving.work_queue.store import WorkQueueStore
from tests.serving.work_queue.queues import NOW, TODAY, item

COUNT = 60
_VALUES: dict[Sort, Callable[[StoredItem], Any]] = {
    Sort.RANK: lambda one: one.plan_rank,
    Sort.DEADLINE: lambda one: one.item.deadline or date.max,
    Sort.DENIED_AMOUNT: lambda one: one.item.denied_amount,
    Sort.RECOVERABLE_AMOUNT: lambda one: one.item.recoverable_amount,
    Sort.EXPECTED_RECOVERY: lambda one: one.item.expected_recovery,
    Sort.AGE: lambda one: -one.item.denied_on.toordinal(),
}
_KEPT: dict[str, Callable[[StoredItem, Any], bool]] = {
    "owner": lambda one, value: one.item.owner == value,
    "assigned_to": lambda one, value: one.assigned_to == value,
    "status": lambda one, value: one.item.status == value,
    "payer_id": lambda one, value: one.item.payer_id == value,
    "claim_id": lambda one, value: one.item.claim_id == value,
    "claim_ids": lambda one, value: one.item.claim_id in value,
    "category": lambda one, value: one.item.denial_category == value,
    "kind": lambda one, value: one.item.kind == value,
    "action": lambda one, value: one.item.next_action == value,
    "warning": lambda one, value: one.item.warning == value,
    "least_denied": lambda one, value: one.item.denied_amount >= value,
    "most_denied": lambda one, value: one.item.denied_amount <= value,
    "least_recoverable": lambda one, value: one.item.recoverable_amount >= value,
    "most_recoverable": lambda one, value: one.item.recoverable_amount <= value,
    "deadline_from": lambda one, value: one.item.deadline is not None and one.item.deadline >= value,
    "deadline_until": lambda one, value: one.item.deadline is not None and one.item.deadline <= value,
}
WANTED = (
    {}, {"owner": "kim"}, {"owner": "coding"}, {"assigned_to": "bob"}, {"status": "closed"}, {"status": "waiting"},
    {"payer_id": "P2"}, {"claim_id": "k7"}, {"claim_ids": frozenset({"k1", "k2", "none"})}, {"category": "bundling"},
    {"kind": "rejection"}, {"action": "appeal"}, {"warning": "urgent"},
    {"least_denied": Decimal("100.00"), "most_denied": Decimal("300.00")}, {"least_recoverable": Decimal("150.00")},
    {"most_recoverable": Decimal("150.00"), "payer_id": "P1"},
    {"deadline_from": TODAY + timedelta(days=3), "deadline_until": TODAY + timedelta(days=9)},
    {"deadline_until": TODAY + timedelta(days=5), "kind": "denial"},
)  # fmt: skip


@pytest.fixture
def store(engine: Engine) -> WorkQueueStore:
    """Sixty items that tie in everything, some of them worked on."""
    chance = random.Random(5)  # noqa: S311
    store = WorkQueueStore(engine)
    items = []
    for at in range(COUNT):
        due = chance.choice([None, TODAY + timedelta(days=chance.randrange(12))])
        items.append(
            item(
                f"k{at}", payer_id=chance.choice(["P1", "P2"]), denial_category=chance.choice(["coding", "bundling"]),
                kind=chance.choice(["denial", "rejection"]), warning=chance.choice(["none", "urgent"]),
                denied_amount=float(chance.choice([50, 100, 200, 300])), recoverable_amount=float(chance.choice([50, 150, 200])),
                expected_recovery=float(chance.choice([0, 10.1, 33.3])), deadline=due,
                days_left=None if due is None else (due - TODAY).days, denied_on=TODAY - timedelta(days=chance.randrange(5)),
            )
        )  # fmt: skip
    store.sync(items, {}, now=NOW, as_of=TODAY)
    store.place({f"k{at}": Place(rank=rank, why="") for rank, at in enumerate(chance.sample(range(COUNT), COUNT), start=1)})
    changes = {
        "k1": ItemChange(owner="kim"),
        "k2": ItemChange(status=Status.WAITING),
        "k3": ItemChange(next_action="appeal"),
    }
    for key, change in changes.items():
        store.change(key, change, version=1, by="ann", now=NOW, as_of=TODAY)
    store.assign([Assignment(key="k4"), Assignment(key="k5")], to="bob", by="lee", note=None, now=NOW)
    close(store, "k6", version=1)
    return store


def close(store: WorkQueueStore, key: str, *, version: int) -> None:
    money = Decimal(0)
    store.record_outcome(key, Outcome.UPHELD, recovered_amount=money, version=version, by="ann", note=None, now=NOW, as_of=TODAY)


def slowly(store: WorkQueueStore, search: Search) -> list[str]:
    """Find by looking at every item."""
    everything = [store.get(f"k{at}", as_of=TODAY) for at in range(COUNT)]
    named = {name: value for name in _KEPT if (value := getattr(search.where, name)) is not None}
    if "status" not in named:
        everything = [one for one in everything if one.item.status != "closed"]
    kept = [one for one in everything if all(_KEPT[name](one, value) for name, value in named.items())]
    # An age falls as its day rises, and ties go by key in the direction of the day.
    by_day = search.sort is Sort.AGE
    falls = search.descending != by_day
    value = _VALUES[search.sort]
    kept.sort(key=lambda one: (-value(one) if by_day else value(one), one.item.key), reverse=falls)
    return [one.item.key for one in kept]


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: "+".join(wanted) or "all")
def test_filter_finds_what_a_walk_over_all_items_finds(store: WorkQueueStore, wanted: dict[str, Any]) -> None:
    search = Search(where=QueueFilter(**wanted))
    page = store.find(search, as_of=TODAY)
    assert [one.item.key for one in page.items] == slowly(store, search)
    assert (page.total, page.next_after) == (len(page.items), None)


def test_pages_of_every_sort_join_to_the_sorted_list(store: WorkQueueStore) -> None:
    for sort in Sort:
        for descending in (False, True):
            search = Search(sort=sort, descending=descending, limit=7)
            assert pages(store, search) == slowly(store, search), (sort, descending)


def test_page_goes_on_behind_its_last_item_whatever_happened_meanwhile(store: WorkQueueStore) -> None:
    search = Search(sort=Sort.DENIED_AMOUNT, descending=True, limit=10)
    first = store.find(search, as_of=TODAY)
    rest = slowly(store, search)[10:]
    for one in first.items[:4]:  # closed after they were shown: an offset would now skip four others
        store.record_outcome(
            one.item.key,
            Outcome.UPHELD,
            recovered_amount=Decimal(0),
            version=one.version,
            by="ann",
            note=None,
            now=NOW,
            as_of=TODAY,
        )
    assert pages(store, replace(search, after=first.next_after)) == rest


def test_offset_leaves_out_as_many_as_it_says(store: WorkQueueStore) -> None:
    search = Search(limit=5, offset=3)
    assert [one.item.key for one in store.find(search, as_of=TODAY).items] == slowly(store, search)[3:8]


def pages(store: WorkQueueStore, search: Search) -> list[str]:
    found: list[str] = []
    while True:
        page = store.find(search, as_of=TODAY)
        assert len(page.items) <= (search.limit or COUNT)
        found += [one.item.key for one in page.items]
        if page.next_after is None:
            return found
        search = replace(search, after=page.next_after)
