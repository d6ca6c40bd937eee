"""Owns the call for warnings: where denials rose, since when, with the claims behind."""

import asyncio
from datetime import UTC, date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from claims.root_cause import root_causes
from serving.alerts.handling import UNTOUCHED, AlertChange, AlertStore, AlertTouch, Handling
from serving.analytics.desk import AnalyticsDesk
from serving.analytics.trends.warnings import TrendWarning
from serving.api.caller import acting_name, showed
from serving.api.problems import problem_answers
from serving.api.scoring_routes import state_of
from serving.errors import RefusedInput, UnknownAlert

router = APIRouter(prefix="/v1", tags=["analytics"])


class AlertState(StrEnum):
    """Which warnings: those that nobody has seen to, those that somebody has, or all."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ALL = "all"

    def holds(self, handling: Handling) -> bool:
        """Tell whether a warning that was handled so is in this state."""
        return self is AlertState.ALL or handling.is_acknowledged == (self is AlertState.ACKNOWLEDGED)


class AlertTouchOut(BaseModel):
    """One thing done about a warning, with how it stood after."""

    touched_at: datetime
    touched_by: str
    is_acknowledged: bool
    assigned_to: str | None
    note: str | None

    @classmethod
    def of(cls, touch: AlertTouch) -> "AlertTouchOut":
        """Copy from the touch."""
        return cls(**vars(touch))


class WarningChangeIn(BaseModel):
    """What somebody does about a warning; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [{"version": 0, "is_acknowledged": True, "assigned_to": "dana", "note": "asked the payer"}]
        },
    )

    version: Annotated[int, Field(ge=0, le=1_000_000, description="That the warning had when it was read")]
    is_acknowledged: bool | None = None
    assigned_to: Annotated[str | None, Field(max_length=80, description="Whose it is; empty = nobody's")] = None
    note: Annotated[str | None, Field(max_length=2000)] = None
    by: Annotated[str | None, Field(min_length=1, max_length=80, description="The caller's own name, or left out")] = None


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
                    "claim_ids": ["EXAMPLE-1"], "is_acknowledged": False, "assigned_to": None, "version": 0, "touches": [],
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
    is_acknowledged: bool = Field(description="Whether somebody has seen to it")
    assigned_to: str | None = Field(description="Whose it is; null: nobody's")
    version: int = Field(description="To be named by a change")
    touches: list[AlertTouchOut] = Field(description="What was done about it, oldest first")

    @classmethod
    def of(cls, warning: TrendWarning, handling: Handling) -> "WarningOut":
        """Copy from the warning and what was done about it."""
        cause = root_causes()[warning.cause]
        names = ("id", "raised_on", "first_on", "payer", "location", "cause", "count", "answered", "denied_amount")
        return cls(
            **{name: getattr(warning, name) for name in names},
            usual_rate=round(warning.usual_rate, 6),
            title=cause.title,
            owner=cause.owner,
            families=list(warning.families),
            claim_ids=list(warning.claim_ids),
            is_acknowledged=handling.is_acknowledged,
            assigned_to=handling.assigned_to,
            version=handling.version,
            touches=[AlertTouchOut.of(touch) for touch in handling.touches],
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
    state: Annotated[AlertState, Query(description="Whether somebody has seen to it")] = AlertState.ALL,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> WarningsOut:
    """List where denials rose beyond chance: a payer's new rule, an office's new habit. At most about one false alarm a month."""
    found = await asyncio.to_thread(handled_warnings, request, state)
    kept = [
        (one, handling)
        for one, handling in found
        if (since is None or one.raised_on >= since) and payer in (None, one.payer) and cause in (None, one.cause)
    ]
    shown = kept[:limit]
    showed(request, (claim_id for one, _ in shown for claim_id in one.claim_ids))
    return WarningsOut(warnings=[WarningOut.of(one, handling) for one, handling in shown])


@router.patch("/warnings/{id}", responses=problem_answers(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
async def change_warning(
    request: Request, alert_id: Annotated[str, Path(alias="id", max_length=80)], asked: WarningChangeIn
) -> WarningOut:
    """Acknowledge a warning, say whose it is, or leave a note. A version that is not the warning's is refused (409)."""
    by = acting_name(request, asked.by)
    if asked.is_acknowledged is None and asked.assigned_to is None and not asked.note:
        raise RefusedInput("warning: expected is_acknowledged, assigned_to or note, got none of them")
    change = AlertChange(is_acknowledged=asked.is_acknowledged, assigned_to=asked.assigned_to, note=asked.note)

    def make() -> WarningOut:
        known = {warning.id: warning for warning in _warnings(request)}
        if alert_id not in known:
            raise UnknownAlert(alert_id)
        handling = alerts_of(request).change(alert_id, change, version=asked.version, by=by, now=datetime.now(UTC))
        return WarningOut.of(known[alert_id], handling)

    changed = await asyncio.to_thread(make)
    showed(request, changed.claim_ids)
    return changed


def handled_warnings(request: Request, state: AlertState) -> list[tuple[TrendWarning, Handling]]:
    """List the warnings in a state with what was done about each, newest first; blocks."""
    found = _warnings(request)
    handled = alerts_of(request).read(warning.id for warning in found)
    paired = ((warning, handled.get(warning.id, UNTOUCHED)) for warning in reversed(found))
    return [(warning, handling) for warning, handling in paired if state.holds(handling)]


def alerts_of(request: Request) -> AlertStore:
    """Give the store of what people did about warnings."""
    store: AlertStore = request.app.state.alerts
    return store


def _warnings(request: Request) -> list[TrendWarning]:
    desk: AnalyticsDesk = request.app.state.analytics
    return desk.warnings(state_of(request).snapshot)
