"""Owns the calls on open denials: their scores and the ranked queue."""

import asyncio
from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from serving.api.scoring_routes import state_of
from serving.state import ServiceState
from serving.work_queue.items import WorkItem, open_items
from serving.work_queue.order import rank_items

router = APIRouter(prefix="/v1", tags=["work queue"])
Sort = Literal["rank", "deadline", "denied_amount", "expected_recovery"]


class WorkItemOut(BaseModel):
    """One open denial."""

    rank: int
    claim_id: str
    payer_id: str
    denial_category: str
    carc: str
    rarc: str
    denied_on: date
    denied_amount: float
    appeal_success_probability: float
    expected_recovery: float
    minutes: int
    appeal_deadline: date | None
    days_left: int | None
    next_action: str
    reason: str
    owner: str
    tier: str
    root_cause_1: str
    model_version: str


class QueueOut(BaseModel):
    """One page of the queue; `total` counts all that fit the filters."""

    total: int
    items: list[WorkItemOut]


class DenialsIn(BaseModel):
    """Open denials to score, by claim id."""

    claim_ids: Annotated[list[str], Field(min_length=1, max_length=10_000, examples=[["EXAMPLE-1"]])]


class DenialScoresOut(BaseModel):
    """Scores of the open denials of the claims asked for; `not_open` lists those without one."""

    scored: list[WorkItemOut]
    not_open: list[str]


@router.post("/denials/score")
async def score_denials(request: Request, asked: DenialsIn) -> DenialScoresOut:
    """Score open denials by claim id: P(overturn), expected recovery, next action, deadline."""
    ranked = await asyncio.to_thread(ranked_items, state_of(request), None)
    wanted = set(asked.claim_ids)
    found = [item for item in ranked if item.claim_id in wanted]
    missing = sorted(wanted - {item.claim_id for item in found})
    return DenialScoresOut(scored=found, not_open=missing)


@router.get("/queue")
async def get_queue(
    request: Request,
    owner: str | None = None,
    payer_id: str | None = None,
    category: str | None = None,
    action: str | None = None,
    sort: Sort = "rank",
    minutes_per_day: Annotated[float | None, Query(gt=0)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> QueueOut:
    """List open denials: filter by owner, payer, category or next action; sort; page by offset and limit."""
    ranked = await asyncio.to_thread(ranked_items, state_of(request), minutes_per_day)
    wanted = {"owner": owner, "payer_id": payer_id, "denial_category": category, "next_action": action}
    kept = [item for item in ranked if all(value is None or getattr(item, name) == value for name, value in wanted.items())]
    kept.sort(key=_sort_key(sort))
    return QueueOut(total=len(kept), items=kept[offset : offset + limit])


def _sort_key(sort: Sort):  # type: ignore[no-untyped-def]
    keys = {
        "rank": lambda item: item.rank,
        "deadline": lambda item: (item.appeal_deadline is None, item.appeal_deadline or date.max, item.rank),
        "denied_amount": lambda item: (-item.denied_amount, item.rank),
        "expected_recovery": lambda item: (-item.expected_recovery, item.rank),
    }
    return keys[sort]


def ranked_items(state: ServiceState, minutes_per_day: float | None) -> list[WorkItemOut]:
    """Rank all open denials as of today."""
    serving = state.serving
    snapshot = serving.snapshot
    appeal = serving.appeal_success.bundle if serving.appeal_success else None
    today = state.settings.current_day()
    items = open_items(snapshot.adjudication, snapshot.claims, snapshot.history, appeal, as_of=today)
    return [_out(rank, item) for rank, item in enumerate(rank_items(items, minutes_per_day=minutes_per_day), start=1)]


def _out(rank: int, item: WorkItem) -> WorkItemOut:
    return WorkItemOut(rank=rank, **{name: value for name, value in asdict(item).items() if name != "key"})
