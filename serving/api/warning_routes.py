"""Owns the call for warnings: where denials rose, since when, with the claims behind."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from claims.root_cause import root_causes
from serving.analytics.desk import AnalyticsDesk
from serving.analytics.trends.warnings import TrendWarning
from serving.api.caller import showed
from serving.api.scoring_routes import state_of

router = APIRouter(prefix="/v1", tags=["analytics"])


class WarningOut(BaseModel):
    """A rise of denials. `payer` is empty where a location is warned of, `families` where it is all services."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "5be1c0ffee000000", "raised_on": "2025-03-14", "first_on": "2025-03-03", "payer": "18521",
                    "location": "",
                    "cause": "authorization", "title": "Authorization missing or not valid", "owner": "authorization desk",
                    "families": ["704"], "count": 5, "answered": 9, "usual_rate": 0.02, "denied_amount": 4120.0,
                    "claim_ids": ["EXAMPLE-1"],
                }
            ]
        }
    )  # fmt: skip

    id: str
    raised_on: date = Field(description="The day on which the answers known gave reason for it")
    first_on: date = Field(description="The first denial behind it")
    payer: str
    location: str
    cause: str
    title: str
    owner: str
    families: list[str] = Field(description="First three characters of the procedures")
    count: int = Field(description="Denials of the 30 days before it was raised")
    answered: int = Field(description="Answers of those days")
    usual_rate: float
    denied_amount: float = Field(description="Dollars denied from the first denial to the last answer known")
    claim_ids: list[str]

    @classmethod
    def of(cls, warning: TrendWarning) -> "WarningOut":
        """Copy from the warning."""
        cause = root_causes()[warning.cause]
        names = ("id", "raised_on", "first_on", "payer", "location", "cause", "count", "answered", "denied_amount")
        return cls(
            **{name: getattr(warning, name) for name in names},
            usual_rate=round(warning.usual_rate, 6),
            title=cause.title,
            owner=cause.owner,
            families=list(warning.families),
            claim_ids=list(warning.claim_ids),
        )


class WarningsOut(BaseModel):
    """Warnings, newest first."""

    warnings: list[WarningOut]


@router.get("/warnings")
async def list_warnings(
    request: Request,
    since: Annotated[date | None, Query(description="Raised on this day or later")] = None,
    payer: Annotated[str | None, Query(max_length=80)] = None,
    cause: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> WarningsOut:
    """List where denials rose beyond chance: a payer's new rule, an office's new habit. At most about one false alarm a month."""
    desk: AnalyticsDesk = request.app.state.analytics
    found = await asyncio.to_thread(desk.warnings, state_of(request).snapshot)
    kept = [
        one
        for one in reversed(found)
        if (since is None or one.raised_on >= since) and payer in (None, one.payer) and cause in (None, one.cause)
    ]
    shown = kept[:limit]
    showed(request, (claim_id for one in shown for claim_id in one.claim_ids))
    return WarningsOut(warnings=[WarningOut.of(one) for one in shown])
