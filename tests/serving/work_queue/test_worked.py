from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from serving.work_queue.records import Closing, ItemChange
from serving.work_queue.statuses import Outcome
from serving.work_queue.store import WorkQueueStore
from serving.work_queue.work_item import Kind
from serving.work_queue.worked import read_worked, worked_mark
from tests.serving.work_queue.queues import NOW, TODAY, item


def close(store: WorkQueueStore, key: str, outcome: Outcome, *, version: int = 1) -> None:
    amount = Decimal(0)
    store.record_outcome(
        key, outcome, recovered_amount=amount, version=version, by="ann", note=None, now=NOW, as_of=TODAY
    )  # fmt: skip


def rows(engine: Engine) -> dict[str, dict[str, Any]]:
    return {row["claim_id"]: row for row in read_worked(engine).to_pylist()}


def test_touches_and_closings_are_those_of_people(engine: Engine) -> None:
    store = WorkQueueStore(engine)
    store.sync([item("a", avoidable=True), item("b"), item("c")], {}, now=NOW, as_of=TODAY)
    store.change("a", ItemChange(note="called"), version=1, by="ann", now=NOW, as_of=TODAY)
    close(store, "a", Outcome.WRITTEN_OFF, version=2)
    paid = Closing(outcome=Outcome.ANSWERED_BY_PAYER, recovered_amount=Decimal(5))
    store.sync([item("c")], {"b": paid}, now=NOW, as_of=TODAY)
    found = rows(engine)
    assert (found["a"]["touch_count"], found["a"]["closed_on"], found["a"]["work_outcome"]) == (2, TODAY, "written_off")
    assert found["a"]["work_avoidable"] is True
    assert [(found[key]["touch_count"], found[key]["closed_on"]) for key in ("b", "c")] == [(0, None), (0, None)]


def test_items_of_one_claim_are_one_row(engine: Engine) -> None:
    store = WorkQueueStore(engine)
    second = replace(item("b"), claim_id="a")
    store.sync([item("a"), second], {}, now=NOW, as_of=TODAY)
    close(store, "b", Outcome.UPHELD)
    (row,) = rows(engine).values()
    assert (row["touch_count"], row["work_outcome"]) == (1, "upheld")


def test_mark_changes_with_a_touch(engine: Engine) -> None:
    store = WorkQueueStore(engine)
    store.sync([item("a")], {}, now=NOW, as_of=TODAY)
    before = worked_mark(engine)
    assert worked_mark(engine) == before
    close(store, "a", Outcome.UPHELD)
    assert worked_mark(engine) != before


def test_open_underpayments_of_a_claim_add_up(engine: Engine) -> None:
    store = WorkQueueStore(engine)
    paid_short = {"kind": Kind.UNDERPAYMENT, "recoverable_amount": 20.0}
    second = replace(item("underpayment:b", **paid_short), claim_id="a")
    store.sync([item("a", recoverable_amount=99.0), replace(second, key="underpayment:a"), second], {}, now=NOW, as_of=TODAY)
    (row,) = read_worked(engine).to_pylist()
    assert row["underpaid_amount"] == 40.0
