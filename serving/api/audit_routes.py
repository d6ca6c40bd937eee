"""Owns the call by which an auditor asks the trail: who saw or changed a claim, what somebody did. Asking is an event, too."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, BaseModel, Field

from serving.api.caller import showed
from serving.security.audit import SealedEvent
from serving.security.security import Security

router = APIRouter(prefix="/v1", tags=["audit"])


class AuditEventOut(BaseModel):
    """One event. Claims are counted, not named: the trail knows them by hashes."""

    number: int
    at: datetime
    actor: str
    means: str = Field(description="key, token, session or local")
    credential: str
    call: str
    touching: str = Field(description="seen, changed or none")
    status: int = Field(description="Of the answer; 0 for a command of the machine")
    peer: str
    claim_count: int
    detail: str

    @classmethod
    def of(cls, event: SealedEvent) -> "AuditEventOut":
        """Copy from the trail."""
        facts = {name: getattr(event, name) for name in cls.model_fields if name != "claim_count"}
        return cls(**facts, claim_count=len(event.claims.split()))


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment of the years 1 to 9999 in UTC was expected") from None


Moment = Annotated[datetime, AfterValidator(_in_utc)]


@router.get("/audit")
async def list_audit_events(
    request: Request,
    claim_id: Annotated[str | None, Query(max_length=80, description="Who saw or changed this claim")] = None,
    actor: Annotated[str | None, Query(max_length=80, description="What this account did")] = None,
    since: Annotated[Moment | None, Query(description="From this moment on; UTC where it names no zone")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> list[AuditEventOut]:
    """List the latest events, oldest first. `denials audit verify` proves that the trail is whole."""
    security: Security = request.app.state.security

    def read() -> list[SealedEvent]:
        security.audit.flush()
        return security.audit_store.events(claim_id=claim_id, actor=actor, since=since, limit=limit)

    found = await asyncio.to_thread(read)
    showed(request, [] if claim_id is None else [claim_id])
    return [AuditEventOut.of(event) for event in found]
