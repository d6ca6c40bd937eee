"""Owns the calls on open denials: their scores, the ranked queue, and the work on it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from serving.api.caller import acting_name, showed
from serving.api.problems import problem_answers
from serving.api.queue_models import (
    DenialScoresOut,
    DenialsIn,
    ItemChangeIn,
    OutcomeIn,
    QueueOut,
    TakeNextIn,
    TouchOut,
    WorkItemDetailOut,
    WorkItemOut,
)
from serving.api.scoring_routes import state_of
from serving.state import ServiceState
from serving.work_queue.order import rank_items

router = APIRouter(prefix="/v1", tags=["work queue"])
Sort = Literal["rank", "deadline", "denied_amount", "expected_recovery"]
ItemId = Annotated[str, Path(alias="id", max_length=80, description="`id` of an item")]
_SORTS: dict[Sort, Callable[[WorkItemOut], float]] = {
    "rank": lambda _: 0.0,
    "deadline": lambda item: (item.deadline or date.max).toordinal(),
    "denied_amount": lambda item: -item.denied_amount,
    "expected_recovery": lambda item: -item.expected_recovery,
}


@router.post("/denials/score")
async def score_denials(request: Request, asked: DenialsIn) -> DenialScoresOut:
    """Score open denials by claim id: P(overturn), expected recovery, next action, deadline."""
    ranked = await asyncio.to_thread(ranked_items, state_of(request), None)
    wanted = set(asked.claim_ids)
    found = [item for item in ranked if item.claim_id in wanted]
    missing = sorted(wanted - {item.claim_id for item in found})
    showed(request, [item.claim_id for item in found])
    return DenialScoresOut(scored=found, not_open=missing)


@router.get("/queue")
async def get_queue(
    request: Request,
    owner: str | None = None,
    assigned_to: str | None = None,
    status: Literal["open", "in_progress", "waiting"] | None = None,
    payer_id: str | None = None,
    category: str | None = None,
    action: str | None = None,
    sort: Sort = "rank",
    minutes_per_day: Annotated[float | None, Query(gt=0, le=100_000)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> QueueOut:
    """List what is work: filter by owner, person, status, payer, category or next action; sort; page by offset and limit."""
    ranked = await asyncio.to_thread(ranked_items, state_of(request), minutes_per_day)
    wanted = {
        "owner": owner,
        "assigned_to": assigned_to,
        "status": status,
        "payer_id": payer_id,
        "denial_category": category,
        "next_action": action,
    }
    kept = [item for item in ranked if all(value is None or getattr(item, name) == value for name, value in wanted.items())]
    kept.sort(key=_SORTS[sort])  # stable: equals stay in rank order
    page = kept[offset : offset + limit]
    showed(request, [item.claim_id for item in page])
    return QueueOut(total=len(kept), items=page)


@router.post("/queue/next", response_model=WorkItemOut, responses={204: {"description": "Nothing that fits is open"}})
async def take_next(request: Request, asked: TakeNextIn) -> WorkItemOut | Response:
    """Take the open item of most worth: it is in progress, with you, and nobody else is given it."""
    state, by = state_of(request), acting_name(request, asked.by)

    def take() -> WorkItemOut | None:
        taken = state.work_queue.take_next(asked.to_wanted(), by=by, now=datetime.now(UTC), as_of=state.settings.current_day())
        return None if taken is None else WorkItemOut.of(taken)

    taken = await asyncio.to_thread(take)
    if taken is None:
        return Response(status_code=204)
    showed(request, [taken.claim_id])
    return taken


@router.get("/queue/{id}", responses=problem_answers(HTTPStatus.NOT_FOUND))
async def get_item(request: Request, key: ItemId) -> WorkItemDetailOut:
    """Show one item with what was done to it."""
    return _shown(request, await asyncio.to_thread(_detail, state_of(request), key))


@router.patch("/queue/{id}", responses=problem_answers(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
async def change_item(request: Request, key: ItemId, asked: ItemChangeIn) -> WorkItemDetailOut:
    """Change owner, person, status or next action, or leave a note. A version that is not the item's is refused (409)."""
    state, by = state_of(request), acting_name(request, asked.by)

    def change() -> WorkItemDetailOut:
        state.work_queue.change(
            key,
            asked.to_change(),
            version=asked.version,
            by=by,
            now=datetime.now(UTC),
            as_of=state.settings.current_day(),
        )
        return _detail(state, key)

    return _shown(request, await asyncio.to_thread(change))


@router.post("/queue/{id}/outcome", responses=problem_answers(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
async def record_outcome(request: Request, key: ItemId, asked: OutcomeIn) -> WorkItemDetailOut:
    """Close an item with what became of it and the dollars that came back."""
    state, by = state_of(request), acting_name(request, asked.by)

    def close() -> WorkItemDetailOut:
        state.work_queue.record_outcome(
            key,
            asked.outcome,
            recovered_amount=asked.recovered_amount,
            version=asked.version,
            by=by,
            note=asked.note,
            now=datetime.now(UTC),
            as_of=state.settings.current_day(),
        )
        return _detail(state, key)

    return _shown(request, await asyncio.to_thread(close))


def ranked_items(state: ServiceState, minutes_per_day: float | None) -> list[WorkItemOut]:
    """Rank all that is work as of today."""
    today = state.settings.current_day()
    stored = {one.item.key: one for one in state.work_queue.unclosed(as_of=today)}
    ranked = rank_items(
        [one.item for one in stored.values()], as_of=today, minutes_per_day=minutes_per_day, arrived=state.arrived
    )
    return [WorkItemOut.of(stored[item.key], rank=rank) for rank, item in enumerate(ranked, start=1)]


def _shown(request: Request, item: WorkItemDetailOut) -> WorkItemDetailOut:
    showed(request, [item.claim_id])
    return item


def _detail(state: ServiceState, key: str) -> WorkItemDetailOut:
    store = state.work_queue
    item = WorkItemOut.of(store.get(key, as_of=state.settings.current_day()))
    return WorkItemDetailOut(**dict(item), touches=[TouchOut.of(touch) for touch in store.touches(key)])
