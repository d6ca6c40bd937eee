"""Owns how errors leave the service: problem+json (RFC 9457) that names the place and what was expected, never the value."""

import errno
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from deltalake.exceptions import DeltaError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from claims.errors import ClaimsError, UnreadableFile
from models.errors import BundleError
from serving.api.faults import PlaceAtFault, expected_at, place_parts
from serving.errors import (
    ForeignCursor,
    HeldByAnother,
    IllegalMove,
    KeptOut,
    MisplacedPromise,
    NoHistory,
    NoModel,
    NoPapers,
    NotReplaceable,
    PeopleError,
    RefusedInput,
    RegistryUnreachable,
    ServingError,
    TemplateError,
    UnknownAlert,
    UnknownClaim,
    UnknownDimension,
    UnknownItem,
    UnknownMeasure,
    UnknownOwner,
    UnknownWebhook,
    VersionConflict,
)
from serving.security.errors import AccountExists, NotAllowed, UnknownAccount

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
log = logging.getLogger("denials.api")
MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (NoModel, HTTPStatus.SERVICE_UNAVAILABLE),
    (RegistryUnreachable, HTTPStatus.SERVICE_UNAVAILABLE),
    (NoHistory, HTTPStatus.SERVICE_UNAVAILABLE),
    (BundleError, HTTPStatus.CONFLICT),
    (KeptOut, HTTPStatus.CONFLICT),
    (UnreadableFile, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RefusedInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (UnknownItem, HTTPStatus.NOT_FOUND),
    (UnknownAccount, HTTPStatus.NOT_FOUND),
    (AccountExists, HTTPStatus.CONFLICT),
    (UnknownAlert, HTTPStatus.NOT_FOUND),
    (UnknownClaim, HTTPStatus.NOT_FOUND),
    (UnknownMeasure, HTTPStatus.NOT_FOUND),
    (UnknownWebhook, HTTPStatus.NOT_FOUND),
    (UnknownOwner, HTTPStatus.NOT_FOUND),
    (UnknownDimension, HTTPStatus.UNPROCESSABLE_ENTITY),
    (VersionConflict, HTTPStatus.CONFLICT),
    (IllegalMove, HTTPStatus.CONFLICT),
    (HeldByAnother, HTTPStatus.CONFLICT),
    (MisplacedPromise, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ForeignCursor, HTTPStatus.UNPROCESSABLE_ENTITY),
    (PeopleError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotReplaceable, HTTPStatus.CONFLICT),
    (NoPapers, HTTPStatus.CONFLICT),
    (TemplateError, HTTPStatus.SERVICE_UNAVAILABLE),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (ServingError, HTTPStatus.BAD_REQUEST),
    (ClaimsError, HTTPStatus.UNPROCESSABLE_ENTITY),
)


class Problem(BaseModel):
    """An error (RFC 9457). `detail` names the place and what was expected, never the value that was sent."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[PlaceAtFault] = []


def problem_answers(*statuses: HTTPStatus) -> dict[int | str, dict[str, object]]:
    """Describe, for the OpenAPI document, the problems that a call may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status.value: {"description": status.phrase, "content": content} for status in statuses}


def describe_problems(document: dict[str, Any]) -> dict[str, Any]:
    """Put the schemas of problems into an OpenAPI document, in the place of FastAPI's own error schemas, which are never sent."""
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for model in (PlaceAtFault, Problem):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    return document


def problem(
    status: HTTPStatus, *, detail: str, errors: Sequence[Mapping[str, object]] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Make a problem+json answer; `errors` lists the places at fault."""
    body: dict[str, object] = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status_code=status.value, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def _is_out_of_room(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    return any(f"(os error {number})" in str(error) for number in _NO_ROOM)  # all that the Delta library says of it


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of the app a problem+json."""

    async def domain(_: Request, error: Exception) -> JSONResponse:
        status = next(status for kind, status in _STATUS if isinstance(error, kind))
        return problem(status, detail=str(error))

    for kind, _status in _STATUS:
        app.add_exception_handler(kind, domain)

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101  the type it is registered for
        # `msg` tells what was expected; `input` would echo health information and stays here.
        places = [
            {"place": ".".join(place_parts(fault)), "expected": expected_at(fault, known=fault.get("known", ()))}
            for fault in error.errors()
        ]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail=f"{len(places)} places of the request do not fit", errors=places)

    app.add_exception_handler(RequestValidationError, invalid)

    async def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101  the type it is registered for
        return problem(HTTPStatus(error.status_code), detail=str(error.detail), headers=error.headers)

    app.add_exception_handler(HTTPException, http)

    async def database_away(_: Request, error: Exception) -> JSONResponse:
        log.error("the database does not answer", exc_info=error)
        detail = "the database does not answer; nothing of this request was kept, try again later"
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail=detail, headers={"Retry-After": "5"})

    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(away, database_away)

    async def storage(request: Request, error: Exception) -> JSONResponse:
        if _is_out_of_room(error):
            log.error("no room left to write", exc_info=error)
            detail = "no room is left to write; send it again when there is: what was kept is not taken twice"
            return problem(HTTPStatus.INSUFFICIENT_STORAGE, detail=detail)
        if isinstance(error, DeltaError):
            log.error("the history does not answer", exc_info=error)
            detail = "the history does not answer; send it again later: what was kept is not taken twice"
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail=detail, headers={"Retry-After": "5"})
        return await unforeseen(request, error)

    for lost in (OSError, DeltaError):
        app.add_exception_handler(lost, storage)

    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        route = getattr(request.scope.get("route"), "path", "(none)")
        log.error("unforeseen error at %s %s", request.method, route, exc_info=error)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail="an unforeseen error; the log has it")

    app.add_exception_handler(Exception, unforeseen)
