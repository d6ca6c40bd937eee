"""Owns the page of alerts: where denials rose, beside what was usual, with the claims behind."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import BaseModel

from claims.root_cause import RootCause, root_causes
from serving.alerts.handling import Handling
from serving.analytics.trends.detector import DetectorRule
from serving.analytics.trends.warnings import TrendWarning
from serving.api.caller import showed
from serving.api.warning_routes import AlertState, handled_warnings
from serving.dashboard.page_templates import asked_page_router, page_context
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


class AlertsQuery(BaseModel):
    """Which alerts the page shows."""

    state: AlertState = AlertState.OPEN


def router() -> APIRouter:
    """Make the route."""
    return asked_page_router("/alerts", "alerts.html", _context, query=AlertsQuery)


def _context(request: Request, asked: AlertsQuery) -> dict[str, object]:
    every = handled_warnings(request, AlertState.ALL)
    found = [(warning, handling) for warning, handling in every if asked.state.holds(handling)]
    shown = found[:MOST_ALERTS]
    showed(request, (claim_id for warning, _ in shown for claim_id in warning.claim_ids))
    return {
        **page_context(request),
        "alerts": [Alert.of(warning, handling) for warning, handling in shown],
        "total": len(found),
        "counts": {one: sum(one.holds(handling) for _, handling in every) for one in AlertState},
        "state": asked.state,
        "may_change": may_call(request, "PATCH", "/v1/warnings/any"),
        "rule": DetectorRule(),
    }
