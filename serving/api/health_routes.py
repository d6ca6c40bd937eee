"""Owns the calls of whoever runs the service: alive, ready, metrics."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from serving.api.problems import problem
from serving.api.scoring_routes import state_of
from serving.observability.gauges import StateCollector
from serving.observability.metrics import CONTENT_TYPE
from serving.observability.readiness import Health, look, worst

router = APIRouter(tags=["health"])
_METRICS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Prometheus' text format", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


class AliveOut(BaseModel):
    """The process answers."""

    status: str = "ok"


class CheckOut(BaseModel):
    """What was found of one part."""

    part: str
    health: Health
    detail: str


class ReadyOut(BaseModel):
    """Requests are welcome. `degraded`: answered, but somebody should look; `checks` says at what."""

    status: Health
    model_version: str
    history_version: str
    history_read_at: datetime
    checks: list[CheckOut]


@router.get("/healthz")
async def healthz() -> AliveOut:
    """Tell that the process answers. Looks at nothing else, so that no outage elsewhere gets it restarted."""
    return AliveOut()


@router.get("/readyz", response_model=ReadyOut)
async def readyz(request: Request) -> ReadyOut | JSONResponse:
    """Look at models, history, database and score log; 503 names the part without which no request is answered."""
    state = state_of(request)
    checks = await asyncio.to_thread(look, state, now=datetime.now(UTC))
    failed = [f"{check.part}: {check.detail}" for check in checks if check.health is Health.FAILED]
    if failed:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail="; ".join(failed))
    serving = state.serving
    return ReadyOut(
        status=worst(checks),
        model_version=serving.scorer.model_version,
        history_version=serving.snapshot.history.version,
        history_read_at=serving.snapshot.read_at,
        checks=[CheckOut(part=check.part, health=check.health, detail=check.detail) for check in checks],
    )


@router.get("/metrics", response_class=Response, responses=_METRICS)
async def metrics(request: Request) -> Response:
    """Give all metrics in Prometheus' text format. No label holds a claim, a payer or a person."""
    state = state_of(request)
    text = await asyncio.to_thread(state.metrics.expose, StateCollector(state))
    return Response(text, headers={"content-type": CONTENT_TYPE})
