"""Owns the page of prevention actions: what was started, whether it held, what came again, and the form for another."""

from dataclasses import dataclass
from typing import Self

from fastapi import APIRouter, Request

from claims.root_cause import root_causes, workflow_owners
from serving.analytics.fix_effects import BEFORE_DAYS, LEAST_AFTER_DAYS, LEAST_EXPECTED, LEVEL, WORTH
from serving.api.caller import showed
from serving.api.fix_routes import FixOut, fixes_of
from serving.dashboard.page_templates import page_context, page_router
from serving.dashboard.site_nav import may_call

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
    return page_router("/fixes", "fixes.html", _context)


def _context(request: Request) -> dict[str, object]:
    fixes = fixes_of(request)
    showed(request, (claim.claim_id for fix in fixes for claim in fix.repeats))
    return {
        **page_context(request),
        "fixes": [Drawn.of(fix) for fix in fixes],
        "causes": root_causes(),
        "owners": sorted(workflow_owners()),
        "may_add": may_call(request, "POST", "/v1/fixes"),
        "before_weeks": BEFORE_DAYS // 7,
        "least_weeks": LEAST_AFTER_DAYS // 7,
        "least_expected": LEAST_EXPECTED,
        "level": LEVEL,
        "worth": WORTH,
    }


def _place(ratio: float | None) -> float | None:
    return None if ratio is None else round(min(ratio, AXIS) / AXIS * 100, 1)
