"""Owns the call that plans the coming days: what fits, in which order, by whom, and why."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from serving.api.caller import showed
from serving.api.queue_models import WorkItemOut
from serving.api.scoring_routes import state_of
from serving.errors import PeopleError
from serving.state import ServiceState, exploring_in
from serving.work_queue.day_plan import plan_day, team_of
from serving.work_queue.people import Person
from serving.work_queue.people_file import MOST_PEOPLE, parse_people
from serving.work_queue.plan import first_days

# Before the routes of `queue_routes`: "plan" is no id of an item.
router = APIRouter(prefix="/v1", tags=["work queue"])


class PlannedOut(BaseModel):
    """One item at its place in this plan, which may be another one than the stored `item.rank` where minutes or people differ."""

    place: int
    work_on: date
    person: str | None = Field(description="Who does it; null: whoever is free (drawn by lot), `team` where no people are named")
    why: str
    item: WorkItemOut


class PlanOut(BaseModel):
    """What fits the coming days. `expected_recovery` and `bound` are dollars and count all that is planned, later days too."""

    items: list[PlannedOut]
    expected_recovery: float
    bound: float = Field(description="No order of the same work could bring more")
    minute_price: float = Field(description="Work of fewer dollars a minute gives way to work that is still to come")
    drawn: list[str] = Field(description="Items drawn by lot, to learn how appeals like them end")
    draw_probability: float = Field(description="What each item that could be drawn had")


@router.get("/queue/plan")
async def get_plan(
    request: Request,
    minutes_per_day: Annotated[
        float | None,
        Query(gt=0, le=100_000, description="Minutes of work a day, Monday to Friday [DENIALS_MINUTES_PER_DAY]"),
    ] = None,
    days: Annotated[int, Query(ge=1, le=60, description="Working days to show")] = 5,
    person: Annotated[
        list[Annotated[str, Field(max_length=300)]] | None,
        Query(
            max_length=MOST_PEOPLE,
            description="Instead of minutes_per_day, once for each person: name:minutes or name:minutes:action;action",
            examples=[["ann:240:appeal;send_records", "bob:300"]],
        ),
    ] = None,
) -> PlanOut:
    """Plan the coming working days: most expected recovery, every planned item by its deadline, the best per minute first."""
    state = state_of(request)
    if person and minutes_per_day is not None:
        raise PeopleError("person", expected="people or minutes_per_day, one of both", got="both")
    team = parse_people(person) if person else team_of(minutes_per_day or state.settings.minutes_per_day)
    plan = await asyncio.to_thread(_plan, state, team, days)
    showed(request, [planned.item.claim_id for planned in plan.items])
    return plan


def _plan(state: ServiceState, team: Sequence[Person], days: int) -> PlanOut:
    today, queue = state.settings.current_day(), state.work_queue
    stored = {one.item.key: one for one in queue.unclosed(as_of=today)}
    exploring = exploring_in(state.snapshot, state.settings)
    planned = plan_day([one.item for one in stored.values()], team, exploring, as_of=today, arrived=state.arrived)
    plan = planned.plan
    return PlanOut(
        items=[
            PlannedOut(
                place=place, work_on=work_on, person=placed.person, why=placed.why, item=WorkItemOut.of(stored[placed.item.key])
            )
            for place, (work_on, placed) in enumerate(first_days(plan, days), start=1)
        ],
        expected_recovery=round(plan.value, 2),
        bound=round(plan.bound, 2),
        minute_price=round(plan.minute_price, 4),
        drawn=list(planned.draw.keys),
        draw_probability=planned.draw.probability,
    )
