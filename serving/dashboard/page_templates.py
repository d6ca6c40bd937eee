"""Owns how pages are made: templates, their filters, and the headers that every page carries."""

import asyncio
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel

from serving.api.caller import caller_of
from serving.api.scoring_routes import state_of
from serving.dashboard.site_nav import nav_entries
from serving.state import Serving

Asked = TypeVar("Asked", bound=BaseModel)
FOLDER = Path(str(files("serving"))) / "dashboard"
# Everything comes from this server, and nothing inline runs. Under no-referrer a form would be sent with "Origin: null".
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

templates = Jinja2Templates(directory=str(FOLDER / "templates"), context_processors=[nav_entries])
templates.env.filters["dollars"] = lambda amount: f"${amount:,.0f}"
templates.env.filters["cents"] = lambda amount: "–" if amount is None else f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"
templates.env.filters["day"] = lambda day: "–" if day is None else f"{day:%b} {day.day}, {day.year}"
templates.env.filters["percent"] = lambda rate: "–" if rate is None else f"{rate * 100:.1f} %"
templates.env.filters["words"] = lambda name: name.replace("_", " ")


def model_facts(serving: Serving) -> dict[str, object]:
    """Give the numbers that say how far to trust the model, where training left them."""
    bundle = serving.denial_risk.bundle
    facts: dict[str, object] = {"version": serving.scorer.model_version, "registry": serving.denial_risk.registry_version}
    held_out = bundle.metrics.get("test")
    if isinstance(held_out, dict):
        facts |= {name: value for name, value in held_out.items() if name in {"auc", "ece"} and isinstance(value, float)}
    return facts


def page_context(request: Request) -> dict[str, object]:
    """Give what every page inside needs: the caller, the model in service, the day, and payers by name."""
    state = state_of(request)
    claims = state.serving.snapshot.claims
    return {
        "identity": caller_of(request).identity,
        "model": model_facts(state.serving),
        "scripts": ("work.js",),
        "today": state.settings.current_day(),
        "payer_names": dict(sorted(zip(claims.text("payer_id"), claims.text("payer_name"), strict=True))),
    }


def page_router(path: str, template: str, context: Callable[[Request], dict[str, object]]) -> APIRouter:
    """Make the route of a page that takes no parameters; `context` may block."""
    made = APIRouter(include_in_schema=False)

    @made.get(path, response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        values = await asyncio.to_thread(context, request)
        return templates.TemplateResponse(request, template, values, headers=HEADERS)

    return made


def asked_page_router(
    path: str, template: str, context: Callable[[Request, Asked], dict[str, object]], *, query: type[Asked]
) -> APIRouter:
    """Make the route of a page that its address asks by the fields of `query`; `context` may block."""
    made = APIRouter(include_in_schema=False)

    @made.get(path, response_class=HTMLResponse)
    async def page(request: Request, asked: Annotated[query, Query()]) -> HTMLResponse:  # type: ignore[valid-type]
        values = await asyncio.to_thread(context, request, asked)
        return templates.TemplateResponse(request, template, values, headers=HEADERS)

    return made
