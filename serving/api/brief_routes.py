"""Owns the calls for briefs: what each workflow owner can prevent, as JSON, or as a file to read or send."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from serving.analytics.report.briefs import Brief, brief_csv, brief_html, file_stem, owner_brief, owner_briefs
from serving.api.analytics_routes import book_of
from serving.api.caller import showed
from serving.api.problems import problem_answers

router = APIRouter(prefix="/v1", tags=["analytics"])
Format = Literal["json", "html", "csv", "pdf"]
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _write_pdf(brief: Brief) -> bytes:
    from serving.analytics.report.pdf import render_brief_pdf  # brings reportlab, which a start need not wait for

    return render_brief_pdf(brief)


_WRITERS: dict[str, tuple[str, Callable[[Brief], str | bytes]]] = {
    "html": ("text/html; charset=utf-8", brief_html),
    "csv": ("text/csv; charset=utf-8", brief_csv),
    "pdf": ("application/pdf", _write_pdf),
}


@dataclass(frozen=True, kw_only=True)
class BriefsOut:
    """Briefs of owners that had a denial in the last 90 days, in the order of the vocabulary."""

    briefs: list[Brief]


@router.get("/briefs")
async def list_briefs(request: Request) -> BriefsOut:
    """List the brief of every workflow owner: causes of the last 90 days, dollars, sources, examples, what to change."""
    found = await asyncio.to_thread(lambda: owner_briefs(book_of(request)))
    for brief in found.values():
        showed(request, _examples(brief))
    return BriefsOut(briefs=list(found.values()))


@router.get(
    "/briefs/{owner}",
    response_model=Brief,
    responses={
        200: {"content": {kind.partition(";")[0]: {} for kind, _ in _WRITERS.values()}, "description": "In the format asked for"},
        **problem_answers(HTTPStatus.NOT_FOUND),
    },
)
async def get_brief(
    request: Request,
    owner: Annotated[str, Path(max_length=80, description="A workflow", examples=["registration"])],
    format: Annotated[Format, Query()] = "json",
) -> Brief | Response:
    """Give one owner's brief; as HTML it can be sent as an e-mail. It holds claim ids: inside the practice only."""
    brief = await asyncio.to_thread(lambda: owner_brief(book_of(request), owner))
    showed(request, _examples(brief))
    if format == "json":
        return brief
    media_type, write = _WRITERS[format]
    content = await asyncio.to_thread(write, brief)
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{file_stem(brief.owner)}.{format}"'}
    return Response(content, media_type=media_type, headers=headers)


def _examples(brief: Brief) -> list[str]:
    return [claim_id for cause in brief.causes for claim_id in cause.example_claim_ids]
