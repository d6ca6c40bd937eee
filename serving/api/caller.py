"""Owns what a route may ask about its caller, and how it says which claims it showed or changed."""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from serving.security.errors import NotAllowed
from serving.security.roles import LOCAL, Identity, Means

_PLACE = "denials.caller"


@dataclass(slots=True)
class Caller:
    """One call's caller, and the claims that it got to see; filled while the call is answered."""

    identity: Identity
    claims: list[str] = field(default_factory=list)
    status: int = 0  # of the answer, once it began
    detail: str = ""  # what else the trail should say, such as whose account it was


def put_caller(scope: MutableMapping[str, Any], caller: Caller) -> None:
    """Leave the caller where the routes find it."""
    scope[_PLACE] = caller


def caller_of(request: Request) -> Caller:
    """Give who calls. Only a route that nobody needs a key for may be without one."""
    found: Caller = request.scope.get(_PLACE) or Caller(LOCAL)
    return found


def showed(request: Request, claim_ids: Iterable[str]) -> None:
    """Note the claims that this call shows or changes, for the audit trail."""
    caller_of(request).claims.extend(claim_ids)


def noted(request: Request, detail: str) -> None:
    """Say for the audit trail what the call's name leaves open. Names no claim, no patient and no secret."""
    caller_of(request).detail = detail


def acting_name(request: Request, given: str | None) -> str:
    """Name who does something: the caller, whoever the body names. Raises: NotAllowed where it names somebody else.

    Where nobody is asked who calls, the body's name is taken.
    """
    identity = caller_of(request).identity
    if identity.means is Means.LOCAL:
        return given or identity.name
    if given is not None and given != identity.name:
        raise NotAllowed("by: expected the caller's own name, or none, got another")
    return identity.name
