"""Owns the page of alerts: where denials rose, beside what was usual, with the claims behind."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from claims.root_cause import RootCause, root_causes
from serving.alerts.handling import Handling
from serving.analytics.trends.detector import DetectorRule
from serving.analytics.trends.warnings import TrendWarning
from serving.api.caller import showed
from serving.api.warning_routes import AlertState, handled_warnings
from serving.dashboard.page_templates import HEADERS, page_context, templates
from serving.dashboard.site_nav import may_call

MOST_ALERTS = 50


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A warning as it is drawn. Shares are of the higher rate, for the widths of the bars; queries open what stands behind."""

    warning: TrendWarning
    handling: Handling
    cause: RootCause
    rate: float  # of the window that raised it
    usual_share: float
    rate_share: float
    claims_query: str
    work_query: str

    @classmethod
    def of(cls, warning: TrendWarning, handling: Handling) -> Self:
        """Set the rate of the window beside the usual one."""
        rate = warning.count / warning.answered
        higher = max(rate, warning.usual_rate)
        place = {"payer": warning.payer} if warning.payer else {"location": warning.location}
        work = {"category": warning.cause, **({"payer_id": warning.payer} if warning.payer else {})}
        return cls(
            warning=warning,
            handling=handling,
            cause=root_causes()[warning.cause],
            rate=rate,
            usual_share=warning.usual_rate / higher,
            rate_share=rate / higher,
            claims_query=urlencode({**place, "reason": warning.cause, "from": warning.first_on.isoformat()}),
            work_query=urlencode(work),
        )


def router() -> APIRouter:
    """Make the route."""
    made = APIRouter(include_in_schema=False)

    @made.get("/alerts", response_class=HTMLResponse)
    async def alert_page(request: Request, state: Annotated[AlertState, Query()] = AlertState.OPEN) -> HTMLResponse:
        context = await asyncio.to_thread(_context, request, state)
        return templates.TemplateResponse(request, "alerts.html", context, headers=HEADERS)

    return made


def _context(request: Request, state: AlertState) -> dict[str, object]:
    every = handled_warnings(request, AlertState.ALL)
    found = [(warning, handling) for warning, handling in every if state.holds(handling)]
    shown = found[:MOST_ALERTS]
    showed(request, (claim_id for warning, _ in shown for claim_id in warning.claim_ids))
    return {
        **page_context(request),
        "alerts": [Alert.of(warning, handling) for warning, handling in shown],
        "total": len(found),
        "counts": {one: sum(one.holds(handling) for _, handling in every) for one in AlertState},
        "state": state,
        "may_change": may_call(request, "PATCH", "/v1/warnings/any"),
        "rule": DetectorRule(),
    }
