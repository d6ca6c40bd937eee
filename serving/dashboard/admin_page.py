"""Owns the page of who runs the service: accounts and keys, the audit trail, readiness, sizes and what has grown old."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from serving.api.account_routes import accounts_of
from serving.api.caller import showed
from serving.api.scoring_routes import state_of
from serving.dashboard.page_templates import asked_page_router, page_context
from serving.dashboard.site_nav import may_call
from serving.observability.readiness import look, worst
from serving.observability.sizes import sizes_in
from serving.security.errors import SecurityError
from serving.security.retention import find_outdated
from serving.security.roles import Role
from serving.security.security import Security

EVENTS = 50
OLD_DAYS = 365


class AdminQuery(BaseModel):
    """Which events of the trail, and whether to check its seals. A form sends its empty fields too."""

    model_config = ConfigDict(extra="forbid")

    claim_id: Annotated[str, Field(max_length=80)] = ""
    actor: Annotated[str, Field(max_length=80)] = ""
    verify: bool = False


def router() -> APIRouter:
    """Make the route."""
    return asked_page_router("/admin", "admin.html", _context, query=AdminQuery)


def _context(request: Request, asked: AdminQuery) -> dict[str, object]:
    state, now = state_of(request), datetime.now(UTC)
    security: Security = request.app.state.security
    security.audit.flush()
    events = security.audit_store.events(claim_id=asked.claim_id or None, actor=asked.actor or None, limit=EVENTS)
    showed(request, [asked.claim_id] if asked.claim_id else [])
    checks = look(state, now=now)
    return {
        **page_context(request),
        "asked": asked,
        "accounts": accounts_of(request),
        "is_on": security.is_on,
        "may_change": may_call(request, "POST", "/v1/users"),
        "roles": list(Role),
        "events": events[::-1],
        "verdict": _verdict(security) if asked.verify else None,
        "checks": checks,
        "health": worst(checks),
        "sizes": sizes_in(state.settings.home),
        "snapshot": state.snapshot,
        "claim_count": len(state.snapshot.claims),
        "outdated": find_outdated(state.settings.home, state.database, now=now, days=OLD_DAYS),
        "old_days": OLD_DAYS,
    }


def _verdict(security: Security) -> tuple[bool, str]:
    """Check every seal; give whether the trail is whole, and its end or what is at fault."""
    try:
        return True, str(security.audit_store.verify())
    except SecurityError as error:
        return False, str(error)
