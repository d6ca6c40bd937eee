"""Owns the page of prevention actions: what was started, whether it held, what came again, and the form for another."""

import asyncio
from dataclasses import dataclass
from typing import Self

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from claims.root_cause import root_causes
from serving.analytics.fix_effects import BEFORE_DAYS, LEAST_AFTER_DAYS, LEAST_EXPECTED, LEVEL, WORTH
from serving.api.caller import caller_of, showed
from serving.api.fix_routes import FixOut, fixes_of
from serving.dashboard.login_routes import security_of
from serving.dashboard.page_templates import HEADERS, page_context, templates

AXIS = 2.0  # ratios are drawn from 0 to this; what lies above ends at the edge


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """An action with its ratio and interval as places on the axis, from 0 to 100; `None` where the effect cannot be told."""

    fix: FixOut
    ratio: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, fix: FixOut) -> Self:
        """Place the effect on the axis."""
        return cls(fix=fix, ratio=_place(fix.ratio), low=_place(fix.low), high=_place(fix.high))


def router() -> APIRouter:
    """Make the route."""
    made = APIRouter(include_in_schema=False)

    @made.get("/fixes", response_class=HTMLResponse)
    async def fixes_page(request: Request) -> HTMLResponse:
        context = await asyncio.to_thread(_context, request)
        return templates.TemplateResponse(request, "fixes.html", context, headers=HEADERS)

    return made


def _context(request: Request) -> dict[str, object]:
    fixes = fixes_of(request)
    showed(request, (claim.claim_id for fix in fixes for claim in fix.repeats))
    causes = root_causes()
    return {
        **page_context(request),
        "fixes": [Drawn.of(fix) for fix in fixes],
        "causes": causes,
        "owners": sorted({cause.owner for cause in causes.values()}),
        "may_add": _may_add(request),
        "before_weeks": BEFORE_DAYS // 7,
        "least_weeks": LEAST_AFTER_DAYS // 7,
        "least_expected": LEAST_EXPECTED,
        "level": LEVEL,
        "worth": WORTH,
    }


def _may_add(request: Request) -> bool:
    rule = security_of(request).table.find("POST", "/v1/fixes")
    return rule is not None and rule.allows(caller_of(request).identity)


def _place(ratio: float | None) -> float | None:
    return None if ratio is None else round(min(ratio, AXIS) / AXIS * 100, 1)
