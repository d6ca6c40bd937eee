"""How the databases go about taking the next item: by an index, in order, on each of them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Select, text

from serving.work_queue.records import Place
from serving.work_queue.search import Search, page_query
from serving.work_queue.store import WorkQueueStore
from serving.work_queue.taking import expired_query, next_query
from tests.serving.work_queue.queues import NOW, TODAY, item


def plan_of(connection: Connection, query: Select[Any]) -> str:
    """Ask the database how it would answer."""
    dialect = connection.dialect
    words = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}).string
    if dialect.name == "sqlite":
        return " ".join(str(row[-1]) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {words}")))
    return json.dumps(connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {words}").scalar_one())


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Enough items that an index pays, with the statistics that say so."""
    store = WorkQueueStore(engine)
    keys = [f"k{at}" for at in range(2_000)]
    store.sync([item(key) for key in keys], {}, now=NOW, as_of=TODAY)
    store.place({key: Place(rank=rank, why="") for rank, key in enumerate(keys, start=1)})
    with engine.begin() as connection:
        connection.execute(text("ANALYZE work_items"))
    return engine


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (lambda: next_query(by="ann"), "work_items_next"),
        (lambda: expired_query(now=datetime(2026, 3, 1, tzinfo=UTC)), "work_items_leases"),
    ],
)
def test_taking_reads_an_index(filled: Engine, query: Callable[[], Select[Any]], index: str) -> None:
    with filled.connect() as connection:
        plan = plan_of(connection, query())
    assert index in plan
    assert "Seq Scan" not in plan


def test_next_item_is_read_in_order_without_sorting(filled: Engine) -> None:
    with filled.connect() as connection:
        plan = plan_of(connection, next_query(by="ann"))
    assert "TEMP B-TREE" not in plan
    assert '"Sort"' not in plan


def test_postgresql_skips_locked_rows(filled: Engine) -> None:
    words = str(next_query(by="ann").compile(dialect=filled.dialect))
    assert ("FOR UPDATE SKIP LOCKED" in words) == (filled.dialect.name == "postgresql")


def test_a_page_of_the_planned_list_is_a_query_that_both_databases_take(filled: Engine) -> None:
    with filled.connect() as connection:
        assert len(connection.execute(page_query(Search(limit=5))).all()) == 6
