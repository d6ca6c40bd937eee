"""Owns the call that gives many items to a person at once, by their ids or by a filter."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from serving.api.caller import acting_name, showed
from serving.api.queue_models import By, Who, Words
from serving.api.queue_query import FilterIn
from serving.api.scoring_routes import state_of
from serving.errors import RefusedInput
from serving.state import ServiceState
from serving.work_queue.assigning import Assigned, Assignment, AssignResult
from serving.work_queue.search import Search

MOST_ITEMS = 10_000

# Before the routes of `queue_routes`: "assign" is no id of an item.
router = APIRouter(prefix="/v1", tags=["work queue"])


class ToAssignIn(BaseModel):
    """One item to assign. With `version` only if nobody changed it since; without, in any case."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=80)]
    version: Annotated[int, Field(ge=1)] | None = None


class AssignIn(BaseModel):
    """Who gets which items: `items` or `filter`, one of both. `assigned_to` null takes them from whoever has them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    by: By = None
    assigned_to: Who | None
    items: Annotated[list[ToAssignIn], Field(min_length=1, max_length=MOST_ITEMS)] | None = None
    filter: FilterIn | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.items is None) == (self.filter is None):
            raise ValueError("items or filter, one of both")
        if self.items is not None and len({one.id for one in self.items}) < len(self.items):
            raise ValueError("each id once")
        return self


class AssignedOut(BaseModel):
    """What came of one item, and the version that it has now."""

    id: str
    result: AssignResult
    version: int | None

    @classmethod
    def of(cls, assigned: Assigned) -> "AssignedOut":
        """Copy from the store's answer."""
        return cls(id=assigned.key, result=assigned.result, version=assigned.version)


class AssignOut(BaseModel):
    """How many items changed hands, and what came of each, in the order asked."""

    assigned: int
    items: list[AssignedOut]


@router.post("/queue/assign")
async def assign(request: Request, asked: AssignIn) -> AssignOut:
    """Assign many items. Each succeeds or fails on its own; the answer says which."""
    answers = await asyncio.to_thread(_assign, state_of(request), asked, acting_name(request, asked.by))
    showed(request, [one.claim_id for one in answers if one.claim_id is not None])
    return AssignOut(
        assigned=sum(one.result is AssignResult.ASSIGNED for one in answers), items=[AssignedOut.of(one) for one in answers]
    )


def _assign(state: ServiceState, asked: AssignIn, by: str) -> list[Assigned]:
    store = state.work_queue
    if asked.items is not None:
        wanted = [Assignment(key=one.id, version=one.version) for one in asked.items]
    else:
        assert asked.filter is not None  # noqa: S101  the model has seen to it
        page = store.find(Search(where=asked.filter.to_filter(), limit=MOST_ITEMS), as_of=state.settings.current_day())
        if page.total > MOST_ITEMS:
            raise RefusedInput(f"filter: expected at most {MOST_ITEMS} items, got {page.total}")
        wanted = [Assignment(key=one.item.key) for one in page.items]
    return store.assign(wanted, to=asked.assigned_to, by=by, note=asked.note, now=datetime.now(UTC))
