"""Owns the calls on open denials: their scores, the ranked queue, and the work on it."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from claims.history.entered_outcomes import DECIDING, decide_appeal
from serving.api.caller import acting_name, showed
from serving.api.problems import problem_answers
from serving.api.queue_models import (
    DenialScoresOut,
    DenialsIn,
    ItemChangeIn,
    LeaseIn,
    OutcomeIn,
    QueueOut,
    TakeNextIn,
    TouchOut,
    WorkItemDetailOut,
    WorkItemOut,
)
from serving.api.queue_query import PageIn, SortedIn
from serving.api.scoring_routes import state_of
from serving.state import ServiceState
from serving.work_queue.order import queue_csv
from serving.work_queue.search import QueueFilter, Search
from serving.work_queue.work_item import WorkItem

router = APIRouter(prefix="/v1", tags=["work queue"])
ItemId = Annotated[str, Path(alias="id", max_length=80, description="`id` of an item")]
_CSV: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "queue.csv"}
}


@router.post("/denials/score")
async def score_denials(request: Request, asked: DenialsIn) -> DenialScoresOut:
    """Score open denials by claim id: P(overturn), expected recovery, next action, deadline."""
    state, wanted = state_of(request), frozenset(asked.claim_ids)

    def find() -> list[WorkItemOut]:
        search = Search(where=QueueFilter(claim_ids=wanted))
        return [WorkItemOut.of(stored) for stored in state.work_queue.find(search, as_of=state.settings.current_day()).items]

    found = await asyncio.to_thread(find)
    missing = sorted(wanted - {item.claim_id for item in found})
    showed(request, [item.claim_id for item in found])
    return DenialScoresOut(scored=found, not_open=missing)


@router.get("/queue")
async def get_queue(request: Request, asked: Annotated[PageIn, Query()]) -> QueueOut:
    """List items: filter, sort, page. The next page begins behind the last item shown, whatever changed meanwhile."""
    state = state_of(request)

    def find() -> QueueOut:
        page = state.work_queue.find(asked.to_page(state.cursor_key), as_of=state.settings.current_day())
        cursor = None if page.next_after is None else asked.cursor_of(page.next_after, state.cursor_key)
        return QueueOut(total=page.total, items=[WorkItemOut.of(stored) for stored in page.items], next_cursor=cursor)

    found = await asyncio.to_thread(find)
    showed(request, [item.claim_id for item in found.items])
    return found


@router.get("/queue.csv", response_class=Response, responses=_CSV)
async def get_queue_csv(request: Request, asked: Annotated[SortedIn, Query()]) -> Response:
    """Export all items that fit, in the columns of `denials queue`; `rank` is the place in this list."""
    state = state_of(request)

    def find() -> list[WorkItem]:
        return [stored.item for stored in state.work_queue.find(asked.to_search(), as_of=state.settings.current_day()).items]

    items = await asyncio.to_thread(find)
    showed(request, [item.claim_id for item in items])
    headers = {"Content-Disposition": 'attachment; filename="queue.csv"'}
    return Response(await asyncio.to_thread(queue_csv, items), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/queue/next", response_model=WorkItemOut, responses={204: {"description": "Nothing that fits is open"}})
async def take_next(request: Request, asked: TakeNextIn) -> WorkItemOut | Response:
    """Take the open item that stands first in the day's plan: it is yours under a lease, and nobody else is given it."""
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
    return _shown(request, await asyncio.to_thread(item_detail, state_of(request), key))


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
        return item_detail(state, key)

    return _shown(request, await asyncio.to_thread(change))


@router.post("/queue/{id}/lease", responses=problem_answers(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
async def lease_item(request: Request, key: ItemId, asked: LeaseIn) -> WorkItemDetailOut:
    """Take this very item, or keep it for longer. One that somebody else works is refused (409) until its lease runs out."""
    state, by = state_of(request), acting_name(request, asked.by)

    def lease() -> WorkItemDetailOut:
        state.work_queue.lease(key, by=by, now=datetime.now(UTC), as_of=state.settings.current_day())
        return item_detail(state, key)

    return _shown(request, await asyncio.to_thread(lease))


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
        detail = item_detail(state, key)
        if asked.outcome.value in DECIDING:
            decide_appeal(
                state.store,
                patient_control_number=detail.claim_id,
                payer_id=detail.payer_id,
                outcome=asked.outcome.value,
                recovered_amount=asked.recovered_amount,
                decided_on=state.settings.current_day(),
                now=datetime.now(UTC),
            )
        return detail

    return _shown(request, await asyncio.to_thread(close))


def item_detail(state: ServiceState, key: str) -> WorkItemDetailOut:
    """Read one item with what was done to it. Raises: UnknownItem."""
    store = state.work_queue
    item = WorkItemOut.of(store.get(key, as_of=state.settings.current_day()))
    return WorkItemDetailOut(**dict(item), touches=[TouchOut.of(touch) for touch in store.touches(key)])


def _shown(request: Request, item: WorkItemDetailOut) -> WorkItemDetailOut:
    showed(request, [item.claim_id])
    return item
