"""Owns the calls that move a champion: promote the challenger by the gate's verdict, and roll back."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from serving.api.caller import caller_of, noted
from serving.api.problems import problem_answers
from serving.api.scoring_routes import state_of
from serving.bundles import APPEAL_SUCCESS, DENIAL_RISK
from serving.champion_alias import Standing, promote_challenger, roll_back

router = APIRouter(prefix="/v1", tags=["models"])
Name = Annotated[Literal["denial_risk", "appeal_success"], Path(alias="name", description=f"{DENIAL_RISK} or {APPEAL_SUCCESS}")]
_PROBLEMS = problem_answers(HTTPStatus.CONFLICT)


class PromotionIn(BaseModel):
    """Whether the gate is overruled, and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    overruled: Annotated[str, Field(max_length=2000, description="Why the gate is overruled; kept with the version")] = ""


class RollbackIn(BaseModel):
    """Nothing is to be said."""

    model_config = ConfigDict(extra="forbid")


class StandingOut(BaseModel):
    """Who stands where in the registry afterwards; the service has taken it up."""

    champion: str | None
    previous: str | None
    challenger: str | None


@router.post("/models/{name}/promote", responses=_PROBLEMS)
async def promote_model(request: Request, name: Name, asked: PromotionIn) -> StandingOut:
    """Make the challenger champion, if the gate let it through when it was trained, or with the reason why it is overruled.

    One that was judged against another champion is refused (409): `denials models promote` judges it anew.
    """
    state, by = state_of(request), caller_of(request).identity.name

    def promote() -> Standing:
        found = promote_challenger(state.settings.home, name, by=by, now=datetime.now(UTC), overruled=asked.overruled)
        state.reload_models(only_new=True)
        return found

    found = await asyncio.to_thread(promote)
    noted(request, f"model {name}, version {found.champion}{', the gate overruled' if asked.overruled else ''}")
    return StandingOut(champion=found.champion, previous=found.previous, challenger=found.challenger)


@router.post("/models/{name}/rollback", responses=_PROBLEMS)
async def roll_model_back(request: Request, name: Name, asked: RollbackIn) -> StandingOut:  # noqa: ARG001  an empty object
    """Give the champion's place back to the one before it, and serve that."""
    state, by = state_of(request), caller_of(request).identity.name

    def back() -> Standing:
        found = roll_back(state.settings.home, name, by=by, now=datetime.now(UTC))
        state.reload_models(only_new=True)
        return found

    found = await asyncio.to_thread(back)
    noted(request, f"model {name}, version {found.champion}")
    return StandingOut(champion=found.champion, previous=found.previous, challenger=found.challenger)
