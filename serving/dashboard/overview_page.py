"""Owns the front page: the measures of the book, the next work, and the form that scores claims before they are sent."""

from fastapi import APIRouter, Request

from serving.api.analytics_routes import book_of
from serving.api.caller import showed
from serving.api.queue_models import WorkItemOut
from serving.api.scoring_routes import state_of
from serving.dashboard.overview import overview
from serving.dashboard.page_templates import asked_page_router, page_context
from serving.dashboard.rate_chart import rate_chart
from serving.dashboard.segment import PageQuery, filter_form
from serving.work_queue.search import Search

QUEUE_ROWS = 15


def router() -> APIRouter:
    """Make the route."""
    return asked_page_router("/", "overview.html", _context, query=PageQuery)


def _context(request: Request, asked: PageQuery) -> dict[str, object]:
    shared, state, book = page_context(request), state_of(request), book_of(request)
    shown = overview(book, asked)
    page = state.work_queue.find(Search(limit=QUEUE_ROWS), as_of=state.settings.current_day())
    showed(request, [stored.item.claim_id for stored in page.items])
    return {
        **shared,
        "overview": shown,
        "form": filter_form(book, asked),
        "facts": book.facts,
        "chart": rate_chart(book, asked),
        "queue": [WorkItemOut.of(stored) for stored in page.items],
        "queue_total": page.total,
        "has_appeal_model": state.serving.appeal_success is not None,
        "recoverable": page.expected_recovery,
        "scripts": ("page.js", "work.js"),
    }
