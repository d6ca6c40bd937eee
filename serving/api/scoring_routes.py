"""Owns the scoring calls."""

import asyncio
import json
import tempfile
from collections.abc import AsyncGenerator
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from claims.claim import Claim
from claims.errors import Rejection
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction
from serving.api.answers import RejectedOut, ScoredClaimOut, ScoresOut
from serving.api.caller import showed
from serving.api.claim_models import ClaimIn
from serving.errors import RefusedInput
from serving.state import ServiceState

router = APIRouter(prefix="/v1", tags=["scoring"])


class Detail(StrEnum):
    """How much of the explanation an answer carries."""

    CAUSES = "causes"
    FULL = "full"


DetailQuery = Annotated[Detail, Query(description="full: also what lowers the risk, and the waterfall with its picture")]
X12_EXAMPLE = files("serving").joinpath("dashboard/static/example.837").read_text(encoding="utf-8")
EXAMPLE: dict[str, Any] = json.loads(files("serving").joinpath("api/example_claim.json").read_text(encoding="utf-8"))


def state_of(request: Request) -> ServiceState:
    """Give the service's state."""
    state: ServiceState = request.app.state.service
    return state


@router.post("/claims/score")
async def score_claims(
    request: Request,
    claims: Annotated[
        ClaimIn | list[ClaimIn],
        Body(openapi_examples={"one": {"summary": "One claim", "value": EXAMPLE}, "many": {"value": [EXAMPLE]}}),
    ],
    detail: DetailQuery = Detail.CAUSES,
) -> ScoresOut:
    """Score one claim or many, before submission: probability, dollars at risk, three root causes, advice."""
    today = state_of(request).settings.current_day()
    given = claims if isinstance(claims, list) else [claims]
    showed(request, [claim.claim_id for claim in given])
    return await _score(state_of(request), [claim.to_claim(today=today) for claim in given], [], detail)


@router.post(
    "/claims/score/x12",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/edi-x12": {"schema": {"type": "string"}, "example": X12_EXAMPLE},
                "multipart/form-data": {
                    "schema": {"type": "object", "properties": {"files": {"type": "array", "items": {"type": "string"}}}}
                },
            },
        }
    },
)
async def score_x12(request: Request, detail: DetailQuery = Detail.CAUSES) -> ScoresOut:
    """Score the claims of an 837: the body itself, or files of a form; plain, gzip or zip.

    Claims that cannot be read are listed, the others scored.
    """
    state = state_of(request)
    body = await _body(request, limit=state.settings.most_body_bytes)
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    files_given = await _form_files(request, body) if is_form else [body]
    claims: list[Claim] = []
    rejected: list[Rejection] = []
    for one in files_given:
        found, refused = await asyncio.to_thread(_read_claims, one)
        claims += found
        rejected += refused
    showed(request, [claim.patient_control_number for claim in claims])
    return await _score(state, claims, rejected, detail)


async def _body(request: Request, *, limit: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise RefusedInput(f"body: expected at most {limit} bytes, got more")
        parts.append(part)
    return b"".join(parts)


async def _form_files(request: Request, body: bytes) -> list[bytes]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, stream()).parse()
    except (MultiPartException, KeyError):
        raise RefusedInput("body: expected a form as its content type says, got another") from None
    found = [await part.read() for _, part in form.multi_items() if isinstance(part, UploadFile)]
    await form.close()
    if not found:
        raise RefusedInput("form: expected an 837 file, got none")
    return found


def _read_claims(body: bytes) -> tuple[list[Claim], list[Rejection]]:
    with tempfile.NamedTemporaryFile(prefix="upload-", suffix=".837") as handle:
        handle.write(body)
        handle.flush()
        batch = read_file(Path(handle.name))
    claims = [claim for found in batch.transactions if isinstance(found, ClaimTransaction) for claim in found.claims]
    if not claims and not batch.rejected:
        raise RefusedInput("body: expected an 837 with claims, got none")
    return claims, list(batch.rejected)


async def _score(state: ServiceState, claims: list[Claim], rejected: list[Rejection], detail: Detail) -> ScoresOut:
    most = state.settings.most_claims_per_request
    if len(claims) > most:
        raise RefusedInput(f"request: expected at most {most} claims, got {len(claims)}")
    scorer, began = state.scorer, perf_counter()
    scored = await asyncio.to_thread(scorer.score, claims, hasher=state.hasher)
    state.recorder.record(scored, claims, scorer=scorer, began=began)
    state.metrics.observe_scores(scored)
    return ScoresOut(
        model_version=scorer.model_version,
        scored=[ScoredClaimOut.of(one, in_full=detail is Detail.FULL) for one in scored],
        rejected=[RejectedOut.of(one) for one in rejected],
    )
