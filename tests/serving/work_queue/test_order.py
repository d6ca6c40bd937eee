from dataclasses import replace
from datetime import date, timedelta

from serving.work_queue.order import QUEUE_COLUMNS, queue_rows, rank_items
from serving.work_queue.work_item import WorkItem

TODAY = date(2026, 3, 2)  # a Monday
ITEM = WorkItem(
    key="r1", claim_id="C1", payer_id="P1", denial_category="coding", carc="4", rarc="", denied_on=TODAY - timedelta(days=20),
    denied_amount=200.0, recoverable_amount=200.0, appeal_success_probability=0.5, expected_recovery=90.0, minutes=15,
    appeal_deadline=TODAY + timedelta(days=30), deadline=TODAY + timedelta(days=30), days_left=30,
    next_action="correct_and_resubmit", reason="", owner="coding", tier="technical", root_cause_1="coding", model_version="m-1",
)  # fmt: skip


def item(key: str, *, recovery: float, minutes: int = 30, days_left: int | None = 30) -> WorkItem:
    return replace(ITEM, key=key, claim_id=key, expected_recovery=recovery, minutes=minutes, days_left=days_left)


def keys(items: list[WorkItem]) -> list[str]:
    return [one.key for one in items]


def test_more_recovery_per_minute_comes_first() -> None:
    assert keys(rank_items([item("slow", recovery=100, minutes=60), item("quick", recovery=80, minutes=15)], as_of=TODAY)) == [
        "quick",
        "slow",
    ]


def test_equal_worth_is_ordered_by_deadline_then_key() -> None:
    items = [item("b", recovery=50, days_left=9), item("a", recovery=50, days_left=9), item("c", recovery=50, days_left=2)]
    assert keys(rank_items(items, as_of=TODAY)) == ["c", "a", "b"]


def test_order_does_not_depend_on_how_items_came() -> None:
    items = [item(f"k{at}", recovery=at % 4, days_left=at) for at in range(12)]
    assert keys(rank_items(items, as_of=TODAY)) == keys(rank_items(items[::-1], as_of=TODAY))


def test_a_deadline_that_a_later_day_would_miss_is_kept() -> None:
    rich = [item(f"rich{at}", recovery=100 - at, days_left=90) for at in range(4)]
    urgent = item("urgent", recovery=60, days_left=0)
    assert keys(rank_items([*rich, urgent], as_of=TODAY)).index("urgent") == 4
    assert keys(rank_items([*rich, urgent], as_of=TODAY, minutes_per_day=60)).index("urgent") < 2


def test_items_that_cannot_be_saved_stand_last() -> None:
    urgent = [item(f"u{at}", recovery=100 - at, days_left=0) for at in range(4)]
    later = item("later", recovery=1, days_left=30)
    ranked = keys(rank_items([*urgent, later], as_of=TODAY, minutes_per_day=60))
    assert ranked == ["u0", "u1", "later", "u2", "u3"]


def test_nothing_is_lost_by_ranking() -> None:
    items = [item(f"k{at}", recovery=at, days_left=at % 5 - 1) for at in range(40)]
    assert sorted(keys(rank_items(items, as_of=TODAY, minutes_per_day=90))) == sorted(keys(items))


def test_rows_have_the_contracted_columns() -> None:
    row = queue_rows([ITEM])[0]
    assert tuple(row) == QUEUE_COLUMNS
    assert row["rank"] == 1
    assert row["appeal_deadline"] == "2026-04-01"


def test_row_of_what_is_no_denial_has_no_carc_and_the_last_day_of_its_action() -> None:
    rejection = replace(
        ITEM, kind="rejection", carc="", appeal_deadline=None, deadline=TODAY + timedelta(days=3), days_left=3,
        next_action="fix_and_resubmit",
    )  # fmt: skip
    row = queue_rows([rejection])[0]
    assert [row[name] for name in ("carc", "appeal_deadline", "days_left", "next_action")] == [
        "",
        "2026-03-05",
        3,
        "fix_and_resubmit",
    ]
