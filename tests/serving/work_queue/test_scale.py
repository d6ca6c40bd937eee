"""A hundred thousand items: pages, the next item and a sync stay quick on both databases."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from serving.work_queue.records import Place, Wanted
from serving.work_queue.search import QueueFilter, Search, Sort
from serving.work_queue.store import WorkQueueStore
from tests.serving.work_queue.queues import NOW, TODAY, item

COUNT = 100_000


def seconds(what: Callable[[], object]) -> float:
    """Time a thing, the best of five: other work on the machine is not what is measured."""
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        what()
        best = min(best, time.perf_counter() - began)
    return best


@pytest.mark.slow
def test_a_hundred_thousand_items_page_and_are_taken_in_well_under_a_second(
    engine: Engine, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(1)  # noqa: S311
    store = WorkQueueStore(engine)
    items = []
    for at in range(COUNT):
        due = TODAY + timedelta(days=chance.randrange(200))
        items.append(
            item(
                f"k{at:06}", payer_id=f"P{chance.randrange(12)}", denied_amount=chance.randrange(1, 10**6) / 100, deadline=due,
                days_left=(due - TODAY).days, denied_on=TODAY - timedelta(days=chance.randrange(300)),
                expected_recovery=chance.random() * 500,
            )
        )  # fmt: skip
    times: dict[str, float] = {}

    def timed(name: str, what: Callable[[], object]) -> None:
        began = time.perf_counter()
        what()
        times[name] = time.perf_counter() - began

    timed("first sync", lambda: store.sync(items, {}, now=NOW, as_of=TODAY))
    timed("first plan written", lambda: store.place({one.key: Place(rank=at, why="Worth it") for at, one in enumerate(items, 1)}))
    timed("sync of the same", lambda: store.sync(items, {}, now=NOW, as_of=TODAY))
    changed = [
        replace(one, expected_recovery=one.expected_recovery + 1) if at % 100 == 0 else one for at, one in enumerate(items)
    ]
    timed("sync with 1 % changed", lambda: store.sync(changed, {}, now=NOW, as_of=TODAY))
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE work_items")
    for sort in Sort:
        search = Search(sort=sort, descending=sort is not Sort.RANK, limit=50)
        middle = store.find(replace(search, offset=COUNT // 2), as_of=TODAY).next_after
        for name, one in (("first page", search), ("page in the middle", replace(search, after=middle))):
            times[f"{name} by {sort}"] = seconds(lambda one=one: store.find(one, as_of=TODAY))  # type: ignore[misc]
    narrow = QueueFilter(payer_id="P3", least_denied=Decimal("5000.00"), deadline_until=TODAY + timedelta(days=20))
    times["filtered page"] = seconds(lambda: store.find(Search(where=narrow, sort=Sort.DEADLINE, limit=50), as_of=TODAY))
    times["take next"] = seconds(lambda: store.take_next(Wanted(), by="ann", now=NOW, as_of=TODAY))
    record_property("seconds", times)
    with capsys.disabled():
        for name, took in times.items():
            print(f"{engine.dialect.name:>10}  {name:<40} {took:8.3f} s")  # noqa: T201
    slow = {name: took for name, took in times.items() if ("page" in name or "next" in name) and took > 0.5}
    assert slow == {}
