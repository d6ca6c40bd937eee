"""Owns the calls for prevention actions: what was started, whether it held, and the start of another."""

import asyncio
import tempfile
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator

from claims.history.ingest import ingest_paths
from claims.root_cause import root_causes
from serving.analytics.csv_text import table_csv
from serving.analytics.definitions import nearest
from serving.analytics.fixes import PreventionAction, ProvenAction, prove, read_actions
from serving.api.analytics_models import ClaimBehindOut
from serving.api.analytics_routes import book_of
from serving.api.caller import showed
from serving.api.scoring_routes import state_of
from serving.errors import RefusedInput
from serving.state import ServiceState

router = APIRouter(prefix="/v1", tags=["analytics"])
Words = Annotated[str, Field(min_length=1, max_length=300)]
COLUMNS = ("cause", "payer_id", "started_on", "owner", "description")


class FixIn(BaseModel):
    """A prevention action. Without a payer it is taken at all of them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    cause: Annotated[str, Field(max_length=40, examples=["authorization"])]
    payer_id: Annotated[str, Field(max_length=80)] = ""
    started_on: date
    owner: Annotated[str, Field(max_length=80, description="Of the cause where left out")] = ""
    description: Words

    @field_validator("cause")
    @classmethod
    def know_the_cause(cls, cause: str) -> str:
        """Refuse a cause that is none, with the nearest."""
        if cause not in root_causes():
            raise ValueError(f"a root cause; nearest is {nearest(cause, root_causes())}")
        return cause


class FixOut(BaseModel):
    """A prevention action and what it brought. `ratio` is the rate after over what it would have been; null = cannot be told."""

    id: str
    cause: str
    payer_id: str
    started_on: date
    owner: str
    description: str
    verdict: Literal["held", "did not hold", "too early to tell"]
    ratio: float | None
    low: float | None
    high: float | None
    denied_before: int = Field(description="In the 26 weeks before")
    denied_after: int
    expected_after: float = Field(description="Had the rate moved as the controls' did")
    weeks_after: int
    repeat_count: int = Field(description="Denials of the cause on claims sent since")
    repeats: list[ClaimBehindOut]

    @classmethod
    def of(cls, proven: ProvenAction) -> "FixOut":
        """Copy from the proven action."""
        action, effect = proven.action, proven.effect
        return cls(
            id=action.id,
            cause=action.cause,
            payer_id=action.payer,
            started_on=action.started_on,
            owner=action.owner or root_causes()[action.cause].owner,
            description=action.description,
            verdict=effect.verdict,
            ratio=_rounded(effect.ratio),
            low=_rounded(effect.low),
            high=_rounded(effect.high),
            denied_before=effect.denied_before,
            denied_after=effect.denied_after,
            expected_after=round(effect.expected_after, 2),
            weeks_after=effect.weeks_after,
            repeat_count=proven.repeat_count,
            repeats=[ClaimBehindOut.of(one) for one in proven.repeats],
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


class PreventionsOut(BaseModel):
    """Prevention actions, latest first."""

    fixes: list[FixOut]


@router.get("/fixes")
async def list_fixes(request: Request) -> PreventionsOut:
    """List prevention actions with effect, 90 % interval and verdict, and the denials that came again."""

    fixes = await asyncio.to_thread(fixes_of, request)
    showed(request, (claim.claim_id for one in fixes for claim in one.repeats))
    return PreventionsOut(fixes=fixes)


def fixes_of(request: Request) -> list[FixOut]:
    """Read the prevention actions and judge each; blocks."""
    book = book_of(request)
    actions = read_actions(state_of(request).store, as_of=book.facts.as_of)
    return [FixOut.of(prove(book, action)) for action in actions]


@router.post("/fixes", status_code=HTTPStatus.CREATED)
async def start_fix(request: Request, asked: FixIn) -> FixOut:
    """Write a prevention action to the history, as a row of fixes.csv would. The same row again changes nothing."""

    def start() -> FixOut:
        action = PreventionAction(
            cause=asked.cause,
            payer=asked.payer_id,
            started_on=asked.started_on,
            owner=asked.owner or root_causes()[asked.cause].owner,
            description=asked.description,
        )
        _write(state_of(request), action)
        return FixOut.of(prove(book_of(request), action))

    made = await asyncio.to_thread(start)
    showed(request, (claim.claim_id for claim in made.repeats))
    return made


def _write(state: ServiceState, action: PreventionAction) -> None:
    cells = (action.cause, action.payer, action.started_on.isoformat(), action.owner, action.description)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fixes.csv"
        path.write_text(table_csv(COLUMNS, [cells]), encoding="utf-8")
        (receipt,) = ingest_paths([path], home=state.settings.home, now=datetime.now(UTC))
    if receipt.refused:
        raise RefusedInput(str(receipt.rejections[0]))
