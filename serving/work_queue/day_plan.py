"""Owns the plan of a day as it is put to work: what the plan needs of the history, the day's draw, and its places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from claims.adjudication import Adjudication
from features.batch import ClaimBatch
from features.history import History
from serving.work_queue.exploration import Draw, draw_for_day, rarely_appealed, settle_draw
from serving.work_queue.people import Person
from serving.work_queue.plan import Plan, plan_items
from serving.work_queue.records import Place
from serving.work_queue.schedule import Jobs
from serving.work_queue.work_item import WorkItem


@dataclass(frozen=True, kw_only=True)
class Exploring:
    """What draws by lot need: the history, the share of the minutes, and the file that keeps the draws."""

    adjudication: Adjudication
    claims: ClaimBatch
    history: History
    share: float
    log: Path


@dataclass(frozen=True, kw_only=True)
class DayPlan:
    """The plan with the draw whose items stand first in it."""

    plan: Plan
    draw: Draw


def team_of(minutes_per_day: float) -> tuple[Person, ...]:
    """Give a team of which only the minutes are known."""
    return (Person(name="team", minutes_per_day=minutes_per_day),)


def plan_day(items: Sequence[WorkItem], team: Sequence[Person], exploring: Exploring, *, as_of: date, arrived: Jobs) -> DayPlan:
    """Plan from a day on. The day's first draw holds all day."""
    minutes = sum(person.minutes_per_day for person in team)
    rare = rarely_appealed(exploring.adjudication, exploring.claims, exploring.history, as_of=as_of)
    draw = draw_for_day(items, rare, day=as_of, minutes_per_day=minutes, share=exploring.share)
    draw = settle_draw(exploring.log, draw)
    return DayPlan(plan=plan_items(items, team, as_of=as_of, arrived=arrived, explored=draw.keys), draw=draw)


def places_of(plan: Plan) -> dict[str, Place]:
    """Give each item its place, from 1, with the reason."""
    return {placed.item.key: Place(rank=rank, why=placed.why) for rank, placed in enumerate(plan.placed, start=1)}
