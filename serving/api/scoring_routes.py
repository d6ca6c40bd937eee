"""Owns the scoring calls."""

import asyncio
import json
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import date
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from claims.claim import Claim
from claims.errors import Rejection
from claims.x12 import parse_x12, read_file
from claims.x12.transactions import ClaimTransaction, ParsedBatch
from serving.api.answers import RejectedOut, ScoresOut, scores_json
from serving.api.caller import showed
from serving.api.claim_body import body_schema, parse_claims
from serving.api.faults import json_pointer
from serving.batching import MOST_TOGETHER
from serving.errors import RefusedInput
from serving.observability.request_ids import current
from serving.scoring import Depth, ScoredClaim, Scorer
from serving.state import ServiceState

SHORT_BODY = 128 * 1024  # bytes that are read on the event loop

router = APIRouter(prefix="/v1", tags=["scoring"])


class Detail(StrEnum):
    """How much of the explanation an answer carries."""

    SCORE = "score"
    CAUSES = "causes"
    FULL = "full"


DetailQuery = Annotated[
    Detail,
    Query(description="score: no root causes, no fixes; full: also what lowers the risk, and the waterfall with its picture"),
]
FixesQuery = Annotated[bool, Query(description="false: look for no fixes, which is most of the work for a risky claim")]
X12_EXAMPLE = files("serving").joinpath("dashboard/static/example.837").read_text(encoding="utf-8")
EXAMPLE: dict[str, Any] = json.loads(files("serving").joinpath("api/example_claim.json").read_text(encoding="utf-8"))


def state_of(request: Request) -> ServiceState:
    """Give the service's state."""
    state: ServiceState = request.app.state.service
    return state


@router.post(
    "/claims/score",
    response_model=ScoresOut,
    openapi_extra=body_schema({"one": {"summary": "One claim", "value": EXAMPLE}, "many": {"value": [EXAMPLE]}}),
)
async def score_claims(request: Request, detail: DetailQuery = Detail.CAUSES, fixes: FixesQuery = True) -> Response:
    """Score one claim or many, before submission: probability, dollars at risk, three root causes, advice.

    Claims of a list that do not fit are listed under `rejected`, the others scored; 422 where none fits.
    """
    state = state_of(request)
    body = await body_of(request, limit=state.settings.most_body_bytes)
    found = _to_claims(body, today=state.settings.current_day) if len(body) <= SHORT_BODY else None
    if found is None:
        found = await asyncio.to_thread(_to_claims, body, today=state.settings.current_day)
    claims, rejected, positions = found
    showed(request, [claim.patient_control_number for claim in claims])
    return await _score(state, claims, rejected, detail, fixes=fixes, positions=positions)


def _to_claims(body: bytes, *, today: Callable[[], date]) -> tuple[list[Claim], list[RejectedOut], Sequence[int]]:
    day, found = today(), parse_claims(body)
    return [claim.to_claim(today=day) for claim in found.claims], list(found.rejected), found.positions


@router.post(
    "/claims/score/x12",
    response_model=ScoresOut,
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
async def score_x12(request: Request, detail: DetailQuery = Detail.CAUSES, fixes: FixesQuery = True) -> Response:
    """Score the claims of an 837: the body itself, or files of a form; plain, gzip or zip.

    Claims that cannot be read are listed, the others scored.
    """
    state = state_of(request)
    body = await body_of(request, limit=state.settings.most_body_bytes)
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    files_given = await _form_files(request, body) if is_form else [body]
    claims: list[Claim] = []
    rejected: list[Rejection] = []
    for one in files_given:
        found, refused = await asyncio.to_thread(_read_claims, one)
        claims += found
        rejected += refused
    showed(request, [claim.patient_control_number for claim in claims])
    return await _score(state, claims, [RejectedOut.of(one) for one in rejected], detail, fixes=fixes)


async def body_of(request: Request, *, limit: int) -> bytes:
    """Read a body of at most `limit` bytes. Raises: RefusedInput, where it is longer."""
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
    batch = parse_x12(body, file="body") if body.startswith(b"ISA") else _read_packed(body)
    claims = [claim for found in batch.transactions if isinstance(found, ClaimTransaction) for claim in found.claims]
    if not claims and not batch.rejected:
        raise RefusedInput("body: expected an 837 with claims, got none")
    return claims, list(batch.rejected)


def _read_packed(body: bytes) -> ParsedBatch:
    """Read what is no plain 837: gzip, zip, or an 837 after blanks; by its content, as files are."""
    with tempfile.NamedTemporaryFile(prefix="upload-", suffix=".837") as handle:
        handle.write(body)
        handle.flush()
        return read_file(Path(handle.name))


async def _score(
    state: ServiceState,
    claims: list[Claim],
    rejected: list[RejectedOut],
    detail: Detail,
    *,
    fixes: bool,
    positions: Sequence[int] | None = None,
) -> Response:
    """Score; `positions` are the claims' places in the JSON list that they came in."""
    claims, too_long = within_limits(state, claims, positions=positions)
    rejected += too_long
    scorer, scored = await score_records(state, claims, detail, fixes=fixes)

    def write() -> bytes:
        return scores_json(scorer.model_version, scored, rejected, in_full=detail is Detail.FULL)

    body = write() if len(scored) <= MOST_TOGETHER else await asyncio.to_thread(write)
    return Response(body, media_type="application/json")


def within_limits(
    state: ServiceState, claims: list[Claim], *, positions: Sequence[int] | None = None
) -> tuple[list[Claim], list[RejectedOut]]:
    """Set apart the claims with too many lines. Raises: RefusedInput, where there are too many claims, or no other is left."""
    most = state.settings.most_claims_per_request
    if len(claims) > most:
        raise RefusedInput(f"request: expected at most {most} claims, got {len(claims)}")
    return _within_lines(claims, most=state.settings.most_lines_per_claim, positions=positions)


async def score_records(
    state: ServiceState, claims: Sequence[Claim], detail: Detail, *, fixes: bool
) -> tuple[Scorer, list[ScoredClaim]]:
    """Score claim records, log the scores and offer the claims to the challenger: the one way of every scoring call."""
    serving, began, key = state.serving, perf_counter(), uuid4().hex
    scorer = serving.scorer
    depth = Depth.SCORE if detail is Detail.SCORE else Depth.FIXES if fixes else Depth.CAUSES
    scored = await state.batcher.score(scorer, claims, hasher=state.hasher, depth=depth)
    state.recorder.record(scored, claims, scorer=scorer, began=began, request_id=current.get(), key=key)
    state.shadow.offer(claims, key=key, beside=serving.snapshot)
    state.dispatcher.offer(scored)
    state.metrics.observe_scores(scored)
    return scorer, scored


def _within_lines(claims: list[Claim], *, most: int, positions: Sequence[int] | None) -> tuple[list[Claim], list[RejectedOut]]:
    """Set apart the claims with too many lines. Raises: RefusedInput, where no other is left."""
    kept, refused = [], []
    for at, claim in zip(positions or range(1, len(claims) + 1), claims, strict=True):
        if len(claim.lines) <= most:
            kept.append(claim)
            continue
        place = json_pointer([str(at - 1), "lines"]) if positions else f"claim {at} of those read, lines"
        expected, got = f"at most {most} lines", f"{len(claim.lines)}"
        refused.append(RejectedOut(claim_id=claim.patient_control_number, position=at, place=place, expected=expected, got=got))
    if refused and not kept:
        raise RefusedInput(f"claim {refused[0].position}: expected {refused[0].expected}, got {refused[0].got}")
    return kept, refused
