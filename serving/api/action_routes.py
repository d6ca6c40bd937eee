"""Owns the call by which people report what they did about a scored claim that no field of the claim shows."""

import asyncio
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from claims.fix import fixes
from claims.score_log.action import ActionKind, ClaimAction
from serving.api.caller import acting_name, showed
from serving.api.scoring_routes import state_of
from serving.errors import RefusedInput

router = APIRouter(prefix="/v1", tags=["scoring"])
EXAMPLE: dict[str, JsonValue] = {
    "payer_id": "18521",
    "by": "dana",
    "action": "documents_sent",
    "fix": "documentation",
    "acted_on": "2025-07-01",
}
Text = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")]


class ActionIn(BaseModel):
    """What was done. No free text: a note would sooner or later hold a name."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    payer_id: Text
    by: Text | None = Field(default=None, description="The caller's own name, or left out; another is refused (403)")
    action: ActionKind
    fix: str | None = Field(default=None, description="The fix that it stands for, an id of the vocabulary (docs/fixes.md)")
    acted_on: date | None = Field(default=None, description="When; today where absent, never later")


class ActionOut(ActionIn):
    """The report as it is kept."""

    claim_id: str
    by: Text
    acted_on: date
    reported_at: datetime


@router.post("/claims/{claim_id}/actions", status_code=HTTPStatus.CREATED)
async def report_action(request: Request, claim_id: Annotated[str, Path(max_length=80)], given: ActionIn) -> ActionOut:
    """Report what was done about a scored claim and shows in none of its fields: verified by phone, documents sent apart."""
    state = state_of(request)
    today = state.settings.current_day()
    acted_on = given.acted_on or today
    if acted_on > today:
        raise RefusedInput(f"acted_on: expected a day until {today.isoformat()}, got a later one")
    if given.fix is not None and given.fix not in fixes():
        raise RefusedInput(f"fix: expected one of {', '.join(fixes())}, got another")
    action = ClaimAction(
        patient_control_number=claim_id,
        payer_id=given.payer_id,
        by=acting_name(request, given.by),
        action=given.action,
        fix=given.fix,
        acted_on=acted_on,
        reported_at=datetime.now(UTC),
    )
    await asyncio.to_thread(state.score_log.report, [action])
    showed(request, [claim_id])
    kept = given.model_dump() | {"by": action.by, "acted_on": acted_on}
    return ActionOut(**kept, claim_id=claim_id, reported_at=action.reported_at)
