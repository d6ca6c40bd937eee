"""Owns the page of briefs: what each workflow owner can prevent, with the same brief as a file."""

from fastapi import APIRouter, Request

from serving.analytics.report.briefs import RECENT_DAYS, owner_briefs, trend_words
from serving.api.analytics_routes import book_of
from serving.api.caller import showed
from serving.dashboard.page_templates import page_context, page_router


def router() -> APIRouter:
    """Make the route."""
    return page_router("/briefs", "briefs.html", _context)


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
