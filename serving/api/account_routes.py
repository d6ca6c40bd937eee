"""Owns the calls for accounts and keys, as `denials users` does it. A key is told once, in the answer that made it."""

import asyncio
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from serving.api.caller import caller_of, noted
from serving.api.problems import problem_answers
from serving.security.accounts import USUAL_DAYS, Account, KeyRecord, check_account_name
from serving.security.errors import NotAllowed
from serving.security.roles import Role
from serving.security.security import Security

router = APIRouter(prefix="/v1", tags=["accounts"])
AccountName = Annotated[str, Path(max_length=80, description="Name of an account")]
Days = Annotated[int, Field(ge=1, le=3650, description="Until the key expires")]
_PROBLEMS = problem_answers(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


class KeyOut(BaseModel):
    """A key without the key. `state`: valid, expired or revoked."""

    id: str
    roles: list[Role]
    created_at: datetime
    expires_at: datetime | None
    state: str

    @classmethod
    def of(cls, key: KeyRecord, *, now: datetime) -> "KeyOut":
        """Copy from the record."""
        state = "valid" if key.is_valid(now) else "revoked" if key.revoked_at else "expired"
        return cls(id=key.id, roles=sorted(key.roles), created_at=key.created_at, expires_at=key.expires_at, state=state)


class AccountOut(BaseModel):
    """A person or a system, with its keys, oldest first."""

    name: str
    roles: list[Role]
    is_in_use: bool
    has_password: bool
    keys: list[KeyOut]

    @classmethod
    def of(cls, account: Account, *, now: datetime) -> "AccountOut":
        """Copy from the account."""
        return cls(
            name=account.name,
            roles=sorted(account.roles),
            is_in_use=account.disabled_at is None,
            has_password=account.has_password,
            keys=[KeyOut.of(key, now=now) for key in account.keys],
        )


class AccountIn(BaseModel):
    """A new account."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "ann", "roles": ["biller"], "days": 365}]})

    name: Annotated[str, Field(max_length=80)]
    roles: Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
    days: Days = USUAL_DAYS


class RotationIn(BaseModel):
    """A new key for an account."""

    model_config = ConfigDict(extra="forbid")

    grace_hours: Annotated[float, Field(ge=0, le=8760, description="How long older keys still hold")] = 24.0
    days: Days = USUAL_DAYS


class RevocationIn(BaseModel):
    """What to end: one key, or the account with all its keys and sessions."""

    model_config = ConfigDict(extra="forbid")

    key_id: Annotated[str | None, Field(max_length=12)] = None


class NewKeyOut(BaseModel):
    """The key, told this once."""

    account: str
    key_id: str
    key: str


class RevokedOut(BaseModel):
    """What ended. A service refuses it within seconds."""

    account: str
    ended_keys: int


@router.get("/users")
async def list_accounts(request: Request) -> list[AccountOut]:
    """List accounts with their keys; the keys themselves are kept nowhere."""
    return await asyncio.to_thread(accounts_of, request)


@router.post("/users", status_code=HTTPStatus.CREATED, responses=_PROBLEMS)
async def add_account(request: Request, asked: AccountIn) -> NewKeyOut:
    """Add an account and tell its first key."""
    check_account_name(asked.name)
    accounts, now = _security(request).accounts, datetime.now(UTC)
    lifetime = timedelta(days=asked.days)
    key = await asyncio.to_thread(accounts.add, asked.name, frozenset(asked.roles), now=now, lifetime=lifetime)
    noted(request, f"account {asked.name}, key {key.id}, roles {' '.join(sorted(asked.roles))}")
    return NewKeyOut(account=asked.name, key_id=key.id, key=key.text)


@router.post("/users/{name}/rotate", responses=_PROBLEMS)
async def rotate_key(request: Request, name: AccountName, asked: RotationIn) -> NewKeyOut:
    """Tell a new key; the account's older ones end after the grace."""
    accounts, now = _security(request).accounts, datetime.now(UTC)
    grace, lifetime = timedelta(hours=asked.grace_hours), timedelta(days=asked.days)
    key = await asyncio.to_thread(accounts.rotate, name, now=now, grace=grace, lifetime=lifetime)
    noted(request, f"account {name}, key {key.id}")
    return NewKeyOut(account=name, key_id=key.id, key=key.text)


@router.post("/users/{name}/revoke", responses=_PROBLEMS)
async def revoke_account(request: Request, name: AccountName, asked: RevocationIn) -> RevokedOut:
    """End a key, or an account with all its keys and sessions. Nobody ends the account that they call with."""
    if asked.key_id is None and name == caller_of(request).identity.name:
        raise NotAllowed("account: expected another one than the caller's own, got that")
    accounts, now = _security(request).accounts, datetime.now(UTC)
    ended = await asyncio.to_thread(accounts.revoke, name, now=now, key_id=asked.key_id)
    noted(request, f"account {name}, {'all keys' if asked.key_id is None else f'key {asked.key_id}'}")
    return RevokedOut(account=name, ended_keys=ended)


def accounts_of(request: Request) -> list[AccountOut]:
    """Read all accounts; blocks."""
    now = datetime.now(UTC)
    return [AccountOut.of(account, now=now) for account in _security(request).accounts.list()]


def _security(request: Request) -> Security:
    security: Security = request.app.state.security
    return security
