"""Owns the pages at / and /docs: server-rendered, styles and script served from here, nothing from outside."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from serving.api.caller import caller_of, showed
from serving.api.queue_models import WorkItemOut
from serving.api.scoring_routes import state_of
from serving.dashboard.overview import Month, Overview, overview
from serving.dashboard.page_templates import FOLDER, HEADERS, model_facts, templates
from serving.dashboard.reference import operations
from serving.work_queue.search import Search

_STATIC = {
    "page.css": ("page.css", "text/css"),
    "page.js": ("page.js", "text/javascript"),
    "work.js": ("work.js", "text/javascript"),
    "example.837": ("example.837", "text/plain"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
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

    points: tuple[Point, ...]
    path: str
    young_path: str
    top_rate: float


def router() -> APIRouter:
    """Make the routes of the page."""
    made = APIRouter(include_in_schema=False)

    @made.get("/", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        context = await asyncio.to_thread(_context, request)
        return templates.TemplateResponse(request, "overview.html", context, headers=HEADERS)

    @made.get("/docs", response_class=HTMLResponse)
    async def reference(request: Request) -> HTMLResponse:
        document = request.app.openapi()
        context = {"document": document, "groups": operations(document)}
        return templates.TemplateResponse(request, "reference.html", context, headers=HEADERS)

    @made.get("/static/{name}")
    async def static(name: str) -> FileResponse:
        if name not in _STATIC:
            raise HTTPException(404)
        file, media_type = _STATIC[name]
        return FileResponse(FOLDER / "static" / file, media_type=media_type, headers={"Cache-Control": "no-cache"})

    return made


def _context(request: Request) -> dict[str, object]:
    state = state_of(request)
    serving = state.serving
    today = state.settings.current_day()
    shown: Overview = overview(serving.snapshot.adjudication, serving.snapshot.claims, today=today)
    page = state.work_queue.find(Search(limit=QUEUE_ROWS), as_of=today)
    showed(request, [stored.item.claim_id for stored in page.items])
    return {
        "identity": caller_of(request).identity,
        "overview": shown,
        "chart": _chart(shown.months),
        "queue": [WorkItemOut.of(stored) for stored in page.items],
        "queue_total": page.total,
        "has_appeal_model": serving.appeal_success is not None,
        "recoverable": page.expected_recovery,
        "model": model_facts(serving),
        "scripts": ("page.js", "work.js"),
        "payer_names": shown.payer_names,
        "today": today,
    }


def _chart(months: tuple[Month, ...]) -> Chart:
    rated = [month for month in months if month.rate is not None]
    top = max((month.rate or 0.0 for month in rated), default=0.1)
    top = max(0.05, -(-top // 0.05) * 0.05)
    step = CHART_WIDTH / max(1, len(rated) - 1)
    points = tuple(
        Point(x=round(at * step, 1), y=round(CHART_HEIGHT * (1 - (month.rate or 0.0) / top), 1), month=month)
        for at, month in enumerate(rated)
    )
    mature = [point for point in points if point.month.is_mature]
    young = [*mature[-1:], *(point for point in points if not point.month.is_mature)]
    return Chart(points=points, path=_path(mature), young_path=_path(young), top_rate=top)


def _path(points: list[Point]) -> str:
    return " ".join(f"{'L' if at else 'M'}{point.x} {point.y}" for at, point in enumerate(points))
