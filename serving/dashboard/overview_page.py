"""Owns the front page: the measures of the book, the next work, and the form that scores claims before they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request

from serving.api.analytics_routes import book_of
from serving.api.caller import showed
from serving.api.queue_models import WorkItemOut
from serving.api.scoring_routes import state_of
from serving.dashboard.overview import Month, overview
from serving.dashboard.page_templates import page_context, segment_page_router
from serving.dashboard.segment import PageQuery, filter_form
from serving.work_queue.search import Search

QUEUE_ROWS = 15
CHART_WIDTH, CHART_HEIGHT = 640, 170


@dataclass(frozen=True, kw_only=True)
class Point:
    """One month on the chart, in its coordinates."""

    x: float
    y: float
    month: Month


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The line of monthly denial rates. `path` goes through mature months, `young_path` from the last of them on."""

    points: Sequence[Point]
    path: str
    young_path: str
    top_rate: float


def router() -> APIRouter:
    """Make the route."""
    return segment_page_router("/", "overview.html", _context)


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
        "chart": _chart(shown.months),
        "queue": [WorkItemOut.of(stored) for stored in page.items],
        "queue_total": page.total,
        "has_appeal_model": state.serving.appeal_success is not None,
        "recoverable": page.expected_recovery,
        "scripts": ("page.js", "work.js"),
    }


def _chart(months: Sequence[Month]) -> Chart:
    rated = [month for month in months if month.figure.value is not None]
    top = max((month.figure.value or 0.0 for month in rated), default=0.1)
    top = max(0.05, -(-top // 0.05) * 0.05)
    step = CHART_WIDTH / max(1, len(rated) - 1)
    points = [
        Point(x=round(at * step, 1), y=round(CHART_HEIGHT * (1 - (month.figure.value or 0.0) / top), 1), month=month)
        for at, month in enumerate(rated)
    ]
    mature = [point for point in points if not point.month.figure.is_immature]
    young = [*mature[-1:], *(point for point in points if point.month.figure.is_immature)]
    return Chart(points=points, path=_path(mature), young_path=_path(young), top_rate=top)


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{'L' if at else 'M'}{point.x} {point.y}" for at, point in enumerate(points))
