"""Owns the pages of the work queue: the list, with its filters in the address, and one item. What people do goes to the API."""

import asyncio
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from claims.root_cause import root_causes, workflow_owners
from serving.api.caller import showed
from serving.api.queue_models import ACTIONS, WorkItemOut
from serving.api.queue_query import PageIn
from serving.api.queue_routes import ItemId, item_detail
from serving.api.scoring_routes import state_of
from serving.dashboard.page_templates import HEADERS, page_context, templates
from serving.work_queue.search import Page, Sort
from serving.work_queue.statuses import BY_ITSELF, Outcome, Status
from serving.work_queue.work_item import Kind, Urgency

_ORDER = frozenset({"sort", "order", "cursor", "limit", "offset"})


def router() -> APIRouter:
    """Make the routes."""
    made = APIRouter(include_in_schema=False)

    @made.get("/work", response_class=HTMLResponse)
    async def work_page(request: Request) -> HTMLResponse:
        given = {name: value for name, value in request.query_params.items() if value}  # a form sends its empty fields too
        try:
            asked = PageIn.model_validate(given)
        except ValidationError as error:
            raise RequestValidationError([{**one, "loc": ("query", *one["loc"])} for one in error.errors()]) from None
        context = await asyncio.to_thread(_list_context, request, asked, given)
        return templates.TemplateResponse(request, "work.html", context, headers=HEADERS)

    @made.get("/work/{id}", response_class=HTMLResponse)
    async def item_page(request: Request, key: ItemId) -> HTMLResponse:
        context = await asyncio.to_thread(_item_context, request, key)
        return templates.TemplateResponse(request, "item.html", context, headers=HEADERS)

    return made


def _list_context(request: Request, asked: PageIn, given: dict[str, str]) -> dict[str, object]:
    state = state_of(request)
    page: Page = state.work_queue.find(asked.to_page(state.cursor_key), as_of=state.settings.current_day())
    showed(request, [stored.item.claim_id for stored in page.items])
    filters = {name: value for name, value in given.items() if name not in {"cursor", "limit", "offset"}}
    cursor = None if page.next_after is None else asked.cursor_of(page.next_after, state.cursor_key)
    return {
        **page_context(request),
        "asked": given,
        "narrowed": any(name not in _ORDER for name in given),
        "filters": urlencode(filters),
        "page": page,
        "items": [WorkItemOut.of(stored) for stored in page.items],
        "next_page": cursor and urlencode({**filters, "cursor": cursor}),
        "choices": {
            "owner": sorted(workflow_owners()),
            "kind": list(Kind),
            "action": ACTIONS,
            "category": list(root_causes()),
            "warning": list(Urgency),
            "status": list(Status),
            "sort": list(Sort),
        },
    }


def _item_context(request: Request, key: str) -> dict[str, object]:
    state = state_of(request)
    item = item_detail(state, key)
    showed(request, [item.claim_id])
    shared = page_context(request)
    names = shared["payer_names"]
    assert isinstance(names, dict)  # noqa: S101  made below
    return {
        **shared,
        "item": item,
        "payer": names.get(item.payer_id) or item.payer_id,
        "cause": root_causes()[item.root_cause_1],
        "outcomes": [outcome.value for outcome in Outcome if outcome not in BY_ITSELF],
    }
