"""Owns the page of briefs: what each workflow owner can prevent, with the same brief as a file."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from serving.analytics.report.briefs import RECENT_DAYS, owner_briefs, trend_words
from serving.api.analytics_routes import book_of
from serving.api.caller import showed
from serving.dashboard.page_templates import HEADERS, page_context, templates


def router() -> APIRouter:
    """Make the route."""
    made = APIRouter(include_in_schema=False)

    @made.get("/briefs", response_class=HTMLResponse)
    async def briefs_page(request: Request) -> HTMLResponse:
        context = await asyncio.to_thread(_context, request)
        return templates.TemplateResponse(request, "briefs.html", context, headers=HEADERS)

    return made


def _context(request: Request) -> dict[str, object]:
    briefs = list(owner_briefs(book_of(request)).values())
    showed(request, (claim_id for brief in briefs for cause in brief.causes for claim_id in cause.example_claim_ids))
    return {
        **page_context(request),
        "briefs": briefs,
        "days": RECENT_DAYS,
        "most_dollars": max((cause.dollars for brief in briefs for cause in brief.causes), default=0.0) or 1.0,
        "trend_words": trend_words,
    }
