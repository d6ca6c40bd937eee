from datetime import timedelta

import pytest

from serving.work_queue.people import Person
from serving.work_queue.plan import NO_WORK, Plan, arrived_work, plan_items
from serving.work_queue.schedule import Jobs
from serving.work_queue.statuses import Status
from serving.work_queue.work_item import WorkItem
from tests.serving.work_queue.queues import TODAY, item

MONDAY = TODAY + timedelta(days=1)
TEAM = (Person(name="team", minutes_per_day=60.0),)


def due(key: str, days_left: int | None, **fields: object) -> WorkItem:
    deadline = None if days_left is None else MONDAY + timedelta(days=days_left)
    return item(key, days_left=days_left, deadline=deadline, **{"minutes": 30} | fields)


def keys(plan: Plan) -> list[str]:
    return [placed.item.key for placed in plan.placed]


def plan(*items: WorkItem, arrived: Jobs = NO_WORK, team: tuple[Person, ...] = TEAM, **more: list[str]) -> Plan:
    return plan_items(items, team, as_of=MONDAY, arrived=arrived, **more)


def test_item_of_less_worth_stands_ahead_for_its_deadline_and_says_so() -> None:
    made = plan(
        *(due(f"rich{at}", 90, expected_recovery=100.0 - at) for at in range(3)), due("urgent", 1, expected_recovery=30.0)
    )
    assert keys(made) == ["rich0", "rich1", "rich2", "urgent"]
    made = plan(
        *(due(f"rich{at}", 90, expected_recovery=100.0 - at) for at in range(3)), due("urgent", 0, expected_recovery=30.0)
    )
    assert keys(made) == ["rich0", "urgent", "rich1", "rich2"]
    assert made.placed[1].why == "Worth 1.00 dollars a minute; must be sent by Monday 2026-03-02, before 2 items of more a minute"
    assert made.placed[0].why == "Worth 3.33 dollars a minute"


def test_weekends_are_no_days_of_work() -> None:
    friday = MONDAY + timedelta(days=4)
    made = plan_items([due(f"k{at}", 60) for at in range(3)], TEAM, as_of=friday)
    assert [placed.work_on for placed in made.placed] == [friday, friday, friday + timedelta(days=3)]


def test_where_minutes_are_scarce_a_deadline_does_not_push_aside_better_work_to_come() -> None:
    rich, urgent = due("rich", 90, expected_recovery=300.0), due("urgent", 0, minutes=60, expected_recovery=60.0)
    coming = arrived_work([due(f"past{at}", 90, expected_recovery=90.0) for at in range(200)])
    assert keys(plan(rich, urgent)) == ["urgent", "rich"]
    made = plan(rich, urgent, arrived=coming)
    assert keys(made) == ["rich", "urgent"]
    assert made.minute_price == pytest.approx(3.0)
    assert made.placed[1].why.startswith("Worth 1.00 dollars a minute; new work worth 3.00 or more")
    assert made.placed[1].work_on is None


def test_nothing_is_planned_past_its_deadline_nor_beyond_the_minutes() -> None:
    made = plan(*(due(f"k{at}", at % 9, expected_recovery=20.0 + at, minutes=(8, 25, 75)[at % 3]) for at in range(60)))
    spent: dict[object, int] = {}
    for placed in made.placed:
        if placed.work_on is not None:
            assert placed.item.deadline is not None
            assert placed.work_on <= placed.item.deadline
            spent[placed.work_on] = spent.get(placed.work_on, 0) + placed.item.minutes
    assert sum(spent.values()) <= 60 * 7  # seven working days until the last deadline
    assert made.value <= made.bound


def test_waiting_and_worthless_items_stand_last_with_their_reason() -> None:
    made = plan(
        due("sent", 30, status=Status.WAITING.value, expected_recovery=900.0),
        due("late", -1, expected_recovery=0.0),
        due("dear", 30, expected_recovery=0.0),
        due("work", 30, expected_recovery=10.0),
    )
    assert keys(made)[0] == "work"
    assert keys(made)[-1] == "sent"
    why = {placed.item.key: placed.why for placed in made.placed}
    assert why["late"] == "The limit passed on 2026-03-01"
    assert why["dear"].startswith("Working it costs more")
    assert why["sent"] == "Sent: it is the payer's turn"


def test_people_get_only_work_that_they_can_do() -> None:
    team = (Person(name="anna", minutes_per_day=60.0), Person(name="ben", minutes_per_day=60.0, actions=frozenset({"appeal"})))
    items = [due(f"a{at}", 30, next_action="appeal") for at in range(4)] + [
        due(f"f{at}", 30, next_action="follow_up") for at in range(4)
    ]
    made = plan(*items, team=team)
    assert {placed.person for placed in made.placed if placed.item.next_action == "follow_up"} == {"anna"}
    assert "ben" in {placed.person for placed in made.placed if placed.item.next_action == "appeal"}
    assert all(placed.work_on is not None for placed in made.placed)


def test_what_is_drawn_to_learn_from_comes_first_and_takes_its_minutes() -> None:
    items = [due("rich", 90, expected_recovery=300.0, minutes=60), due("odd", 90, expected_recovery=0.0)]
    made = plan(*items, explored=["odd"])
    assert keys(made) == ["odd", "rich"]
    assert made.placed[0].why.startswith("Drawn by lot")
    assert made.placed[1].work_on == MONDAY + timedelta(days=1)


def test_item_that_waits_for_its_payer_says_until_when() -> None:
    waits = due("a", None, next_action="nothing_to_do", expected_recovery=0.0, waits_until=TODAY, reason="sent again")
    assert plan(waits).placed[0].why == f"The payer's turn until {TODAY}: sent again"
