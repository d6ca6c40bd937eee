"""Owns the calls for measures: what can be asked, figures by segment, the claims behind a figure."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serving.analytics.book import Book
from serving.analytics.csv_text import Table, claims_table, figures_table, table_csv, table_xlsx
from serving.analytics.definitions import measures
from serving.analytics.desk import AnalyticsDesk
from serving.analytics.figures import ClaimBehind
from serving.api.analytics_models import (
    AnswerOut,
    ClaimBehindOut,
    ClaimsOut,
    ClaimsQuery,
    FigureQuery,
    Format,
    MeasuresOut,
    measures_out,
)
from serving.api.caller import showed
from serving.api.problems import problem_answers
from serving.api.scoring_routes import state_of

router = APIRouter(prefix="/v1", tags=["analytics"])
CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA_TYPES = {"csv": CSV, "xlsx": XLSX}
Metric = Annotated[str, Path(max_length=80, description="A measure", examples=["initial_denial_rate"])]
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {
        "content": {CSV: {"schema": {"type": "string"}}, XLSX: {"schema": {"type": "string", "format": "binary"}}},
        "description": "In the format asked for",
    }
}


@router.get("/analytics")
async def list_measures(request: Request) -> MeasuresOut:
    """List measures and dimensions with their definitions, and what they rest on."""
    book = await asyncio.to_thread(book_of, request)
    return measures_out(book, measures())


@router.get("/analytics/{metric}", response_model=AnswerOut, responses={**_ANSWERS, **problem_answers(HTTPStatus.NOT_FOUND)})
async def get_figures(request: Request, metric: Metric, asked: Annotated[FigureQuery, Query()]) -> AnswerOut | Response:
    """Give one measure of all claims asked about, and cut by up to two dimensions. Every dimension is a filter too."""
    by = tuple(name for name in (asked.by, asked.by2) if name is not None)
    question = asked.question(metric, by)
    answer = await asyncio.to_thread(lambda: book_of(request).ask(question, limit=asked.limit))
    if kind := _file_kind(request, asked.format):
        return await asyncio.to_thread(_file, kind, figures_table(answer), name=metric)
    return AnswerOut.of(answer)


@router.get(
    "/analytics/{metric}/claims", response_model=ClaimsOut, responses={**_ANSWERS, **problem_answers(HTTPStatus.NOT_FOUND)}
)
async def get_claims_behind(request: Request, metric: Metric, asked: Annotated[ClaimsQuery, Query()]) -> ClaimsOut | Response:
    """List the claims behind a figure, latest first: the same filters as the figure's, its keys among them."""
    question = asked.question(metric)

    def read() -> tuple[int, list[ClaimBehind]]:
        book = book_of(request)
        claims = book.claims(question, part=asked.part, offset=asked.offset, limit=asked.limit)
        return book.claim_count(question, part=asked.part), claims

    total, claims = await asyncio.to_thread(read)
    showed(request, [one.claim_id for one in claims])
    if kind := _file_kind(request, asked.format):
        return await asyncio.to_thread(_file, kind, claims_table(claims), name=f"{metric}-claims")
    return ClaimsOut(total=total, claims=[ClaimBehindOut.of(one) for one in claims])


def book_of(request: Request) -> Book:
    """Give the book of the history in service; builds its fact table where it is not there yet."""
    desk: AnalyticsDesk = request.app.state.analytics
    return desk.book(state_of(request).snapshot)


def _file_kind(request: Request, asked: Format | None) -> str | None:
    """Tell which file is wanted; `None` = JSON."""
    if asked is None:
        return next((kind for kind, media_type in _MEDIA_TYPES.items() if media_type in request.headers.get("accept", "")), None)
    return None if asked == "json" else asked


def _file(kind: str, table: Table, *, name: str) -> Response:
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "xlsx":
        return Response(table_xlsx(*table), media_type=XLSX, headers=headers)
    return Response(table_csv(*table), media_type=f"{CSV}; charset=utf-8", headers=headers)
