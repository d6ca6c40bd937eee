"""Owns the call that plans the coming days: what fits, in which order, and why."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from serving.api.caller import showed
from serving.api.queue_models import WorkItemOut
from serving.api.scoring_routes import state_of
from serving.state import ServiceState
from serving.work_queue.exploration import draw_for_day, rarely_appealed, settle_draw
from serving.work_queue.people import Person
from serving.work_queue.plan import plan_items

# Before the routes of `queue_routes`: "plan" is no id of an item.
router = APIRouter(prefix="/v1", tags=["work queue"])


class PlannedOut(BaseModel):
    """One item at its place in the plan."""

    work_on: date
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
    minutes_per_day: Annotated[float, Query(gt=0, le=100_000, description="Minutes of work a day, Monday to Friday")],
    days: Annotated[int, Query(ge=1, le=60, description="Working days to show")] = 5,
) -> PlanOut:
    """Plan the coming working days: most expected recovery, every planned item by its deadline, the best per minute first."""
    plan = await asyncio.to_thread(_plan, state_of(request), minutes_per_day, days)
    showed(request, [planned.item.claim_id for planned in plan.items])
    return plan


def _plan(state: ServiceState, minutes_per_day: float, days: int) -> PlanOut:
    today, queue = state.settings.current_day(), state.work_queue
    stored = {one.item.key: one for one in queue.unclosed(as_of=today)}
    items = [one.item for one in stored.values()]
    known = state.snapshot
    rare = rarely_appealed(known.adjudication, known.claims, known.history, as_of=today)
    draw = draw_for_day(items, rare, day=today, minutes_per_day=minutes_per_day, share=state.settings.explored_share)
    draw = settle_draw(state.settings.home.logs / "exploration.jsonl", draw)
    team = (Person(name="team", minutes_per_day=minutes_per_day),)
    plan = plan_items(items, team, as_of=today, arrived=state.arrived, explored=draw.keys)
    planned = [(placed, placed.work_on) for placed in plan.placed if placed.work_on is not None]
    shown = sorted({work_on for _, work_on in planned})[:days]
    return PlanOut(
        items=[
            PlannedOut(work_on=work_on, why=placed.why, item=WorkItemOut.of(stored[placed.item.key], rank=rank))
            for rank, (placed, work_on) in enumerate(planned, start=1)
            if work_on in shown
        ],
        expected_recovery=round(plan.value, 2),
        bound=round(plan.bound, 2),
        minute_price=round(plan.minute_price, 4),
        drawn=list(draw.keys),
        draw_probability=draw.probability,
    )
