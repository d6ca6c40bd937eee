"""Owns the page of the claims behind a figure: the query of `GET /v1/analytics/{metric}/claims`, page by page."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import Field

from claims.root_cause import root_causes
from serving.analytics.definitions import measure_named, measures
from serving.api.analytics_models import ClaimsQuery
from serving.api.analytics_routes import book_of
from serving.api.caller import showed
from serving.dashboard.page_templates import asked_page_router, page_context
from serving.dashboard.segment import segment_words

PAGING = {"offset", "limit", "format"}


class ClaimsPageQuery(ClaimsQuery):
    """The API's query, with the measure in the address too."""

    measure: Annotated[str, Field(max_length=80)] = "denied_claims"


def router() -> APIRouter:
    """Make the route."""
    return asked_page_router("/claims", "claims.html", _context, query=ClaimsPageQuery)


def _context(request: Request, asked: ClaimsPageQuery) -> dict[str, object]:
    question, book = asked.question(asked.measure), book_of(request)
    is_there = book.is_available(question.definition)
    total = book.claim_count(question, part=asked.part) if is_there else 0
    claims = book.claims(question, part=asked.part, offset=asked.offset, limit=asked.limit) if is_there else []
    showed(request, [one.claim_id for one in claims])
    given = [(name, value) for name, value in request.query_params.multi_items() if name not in PAGING]
    page = {"limit": asked.limit}
    after, before = asked.offset + asked.limit, max(0, asked.offset - asked.limit)
    export = [(name, value) for name, value in given if name != "measure"]
    return {
        **page_context(request),
        "measure": measure_named(asked.measure),
        "measures": [one for one in measures().values() if book.is_available(one)],
        "kept": [pair for pair in given if pair[0] not in {"measure", "part"}],
        "asked": asked,
        "segment": segment_words(book, question),
        "is_there": is_there,
        "claims": claims,
        "total": total,
        "causes": root_causes(),
        "next_page": urlencode([*given, *{**page, "offset": after}.items()]) if after < total else None,
        "previous_page": urlencode([*given, *{**page, "offset": before}.items()]) if asked.offset else None,
        "export": urlencode([*export, ("limit", 1000)]),
        "all_of_measure": urlencode({"measure": asked.measure}),
    }
