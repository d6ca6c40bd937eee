"""Owns the page of alerts: where denials rose, beside what was usual, with the claims behind."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from fastapi import APIRouter, Request

from claims.root_cause import RootCause, root_causes
from serving.analytics.desk import AnalyticsDesk
from serving.analytics.trends.detector import DetectorRule
from serving.analytics.trends.warnings import TrendWarning
from serving.api.caller import showed
from serving.api.scoring_routes import state_of
from serving.dashboard.page_templates import page_context, page_router

MOST_ALERTS = 50


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A warning as it is drawn. Shares are of the higher rate, for the widths of the bars; queries open what stands behind."""

    warning: TrendWarning
    cause: RootCause
    rate: float  # of the window that raised it
    usual_share: float
    rate_share: float
    claims_query: str
    work_query: str

    @classmethod
    def of(cls, warning: TrendWarning) -> Self:
        """Set the rate of the window beside the usual one."""
        rate = warning.count / warning.answered
        higher = max(rate, warning.usual_rate)
        place = {"payer": warning.payer} if warning.payer else {"location": warning.location}
        work = {"category": warning.cause, **({"payer_id": warning.payer} if warning.payer else {})}
        return cls(
            warning=warning,
            cause=root_causes()[warning.cause],
            rate=rate,
            usual_share=warning.usual_rate / higher,
            rate_share=rate / higher,
            claims_query=urlencode({**place, "reason": warning.cause, "from": warning.first_on.isoformat()}),
            work_query=urlencode(work),
        )


def router() -> APIRouter:
    """Make the route."""
    return page_router("/alerts", "alerts.html", _context)


def _context(request: Request) -> dict[str, object]:
    desk: AnalyticsDesk = request.app.state.analytics
    found = desk.warnings(state_of(request).snapshot)
    shown = found[: -MOST_ALERTS - 1 : -1]
    showed(request, (claim_id for warning in shown for claim_id in warning.claim_ids))
    return {
        **page_context(request),
        "alerts": [Alert.of(warning) for warning in shown],
        "total": len(found),
        "rule": DetectorRule(),
    }
