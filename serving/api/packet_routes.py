"""Owns the calls for the papers of one open denial: the packet as JSON, Word or PDF, and the replacement claim."""

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from serving.api.caller import acting_name, showed
from serving.api.packet_models import PacketOut, ReplacementIn
from serving.api.problems import problem_answers
from serving.api.queue_routes import ItemId
from serving.api.scoring_routes import state_of
from serving.errors import NoPapers, NotReplaceable, RefusedInput, VersionConflict
from serving.packet.case import DenialCase, read_case
from serving.packet.compose import compose
from serving.packet.packet import Packet
from serving.packet.practice_file import read_practice_file
from serving.packet.replacement import make_replacement
from serving.state import ServiceState
from serving.work_queue.records import ItemChange
from serving.work_queue.work_item import Kind

router = APIRouter(prefix="/v1", tags=["work queue"])
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF, X12 = "application/pdf", "application/edi-x12"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Format(StrEnum):
    """How a packet is wanted."""

    JSON = "json"
    DOCX = "docx"
    PDF = "pdf"
    X12 = "837"


_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/queue/{id}/packet",
    response_model=PacketOut,
    responses={
        200: {"content": {DOCX: _BINARY, PDF: _BINARY}, "description": "The packet, in the format asked for"},
        **problem_answers(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
async def get_packet(
    request: Request,
    key: ItemId,
    wanted: Annotated[Format | None, Query(alias="format", description="Else what Accept asks for, else json")] = None,
) -> Response:
    """Give letter, checklist, documents, citations, where, how and by when for one denial. What is not known is a marked gap.

    `format=837` is refused: a replacement needs the original file, see POST /v1/queue/{id}/replacement.
    """
    chosen = wanted or _accepted(request.headers.get("accept", ""))
    if chosen is Format.X12:
        raise NotReplaceable(
            "packet: the history keeps no names, so a replacement needs the original 837: "
            "POST it with the verified changes to /v1/queue/{id}/replacement"
        )
    packet, claim_id = await asyncio.to_thread(_packet, state_of(request), key)
    showed(request, [claim_id])
    if chosen is Format.JSON:
        return JSONResponse(PacketOut.of(packet).model_dump(mode="json"), headers=_HEADERS)
    content = await asyncio.to_thread(_draw, packet, chosen)
    name = f"packet-{key}.{chosen.value}"
    media_type = DOCX if chosen is Format.DOCX else PDF
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"', **_HEADERS})


@router.post(
    "/queue/{id}/replacement",
    response_class=Response,
    responses={
        200: {"content": {X12: {"schema": {"type": "string"}}}, "description": "The replacement 837: frequency 7, REF F8"},
        **problem_answers(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
async def make_replacement_claim(request: Request, key: ItemId, asked: ReplacementIn) -> Response:
    """Make the replacement 837 of a denied claim from its original and changes that a person verified.

    Refused (409) when the denial bears no payer claim control number, when the file is not the claim as it was sent, and when it
    holds segments that would be lost and `leave_out` does not name them. The item's history notes who changed which fields.
    """
    by = acting_name(request, asked.by)
    content, claim_id = await asyncio.to_thread(_replace, state_of(request), key, asked, by)
    showed(request, [claim_id])
    name = f"replacement-{key}.837"
    return Response(content, media_type=X12, headers={"Content-Disposition": f'attachment; filename="{name}"', **_HEADERS})


def _accepted(accept: str) -> Format:
    """Choose by the Accept header: the first type named that we make; else JSON."""
    for part in accept.split(","):
        media_type = part.partition(";")[0].strip()
        if media_type in (DOCX, PDF, X12):
            return {DOCX: Format.DOCX, PDF: Format.PDF, X12: Format.X12}[media_type]
        if media_type in ("application/json", "*/*"):
            break
    return Format.JSON


def _case(state: ServiceState, key: str) -> DenialCase:
    snapshot, today = state.snapshot, state.settings.current_day()
    return read_case(key, adjudication=snapshot.adjudication, claims=snapshot.claims, store=state.store, before=today)


def _packet(state: ServiceState, key: str) -> tuple[Packet, str]:
    today = state.settings.current_day()
    item = state.work_queue.get(key, as_of=today).item
    if item.kind != Kind.DENIAL:
        raise NoPapers(item.kind)
    practice = read_practice_file(state.settings.home.packet_file)
    packet = compose(_case(state, key), item, rules=state.snapshot.rules, practice=practice, today=today)
    return packet, item.claim_id


def _draw(packet: Packet, chosen: Format) -> bytes:
    # The writers take half a second to import: only who asks for a paper pays for them.
    if chosen is Format.DOCX:
        from serving.packet.docx_writer import write_docx

        return write_docx(packet)
    from serving.packet.pdf_writer import write_pdf

    return write_pdf(packet)


def _replace(state: ServiceState, key: str, asked: ReplacementIn, by: str) -> tuple[bytes, str]:
    today, now = state.settings.current_day(), datetime.now(UTC)
    stored = state.work_queue.get(key, as_of=today)
    if stored.version != asked.version:
        raise VersionConflict(expected=stored.version, got=asked.version)
    original = asked.original.encode()
    if len(original) > state.settings.most_body_bytes:
        raise RefusedInput(f"original: expected at most {state.settings.most_body_bytes} bytes, got more")
    claims = state.snapshot.claims
    made = make_replacement(
        _case(state, key),
        original,
        [change.to_change() for change in asked.changes],
        claim_rows=claims.claims,
        line_rows=claims.lines,
        hasher=state.hasher,
        today=today,
        now=now,
        leave_out=frozenset(asked.leave_out),
    )
    note = ItemChange(note=f"Replacement 837 made; changed: {', '.join(made.changed_fields)}")
    state.work_queue.change(key, note, version=asked.version, by=by, now=now, as_of=today)
    return made.content, stored.item.claim_id
