"""Owns the page that people sign in at, and signing out."""

import asyncio
import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from serving.api.caller import caller_of
from serving.api.gate import SESSION_COOKIE, session_of
from serving.api.local_calls import is_same_origin
from serving.dashboard.page_templates import HEADERS, templates
from serving.security.access import AccessTable
from serving.security.errors import NotAllowed, NotAuthenticated, TooManyRequests
from serving.security.security import Security

LARGEST_FIELD = 4096


def router() -> APIRouter:
    """Make the routes."""
    made = APIRouter(include_in_schema=False)

    @made.get("/login", response_class=HTMLResponse)
    async def login_page(request: Request, next: str = "/") -> Response:
        security = security_of(request)
        if caller_of(request).identity.roles or not security.is_on:
            return RedirectResponse(own_path(next, security.table), status_code=303)
        return _page(request, next)

    @made.post("/login", response_class=HTMLResponse)
    async def sign_in(request: Request) -> Response:
        if not is_same_origin(dict(request.scope["headers"])):
            raise NotAllowed("Origin: expected this service's own page, got another")
        security, form = security_of(request), await _fields(request)
        wanted = form.get("next", "/")
        try:
            name, session = await asyncio.to_thread(_begin, security, request, form)
        except NotAuthenticated:
            _record(security, request, form.get("name", ""), HTTPStatus.UNAUTHORIZED)
            trouble = "No account with this name and password." if form.get("name") else "This key is not valid (any more)."
            return _page(request, wanted, status=HTTPStatus.UNAUTHORIZED, trouble=trouble, name=form.get("name", ""))
        except TooManyRequests as error:
            trouble = f"Too many failed attempts. Try again in {error.retry_after:.0f} seconds."
            page = _page(request, wanted, status=HTTPStatus.TOO_MANY_REQUESTS, trouble=trouble, name=form.get("name", ""))
            page.headers["Retry-After"] = str(round(error.retry_after + 0.5))
            return page
        _record(security, request, name, HTTPStatus.SEE_OTHER)
        answer = RedirectResponse(own_path(wanted, security.table), status_code=303)
        _set_cookie(answer, request, session, seconds=round(security.sessions.limits.longest.total_seconds()))
        return answer

    @made.post("/logout")
    async def sign_out(request: Request) -> Response:
        security, session = security_of(request), session_of(dict(request.scope["headers"]))
        if session:
            shown = (await _fields(request)).get("csrf", "")
            if not hmac.compare_digest(shown.encode(), security.sessions.csrf(session).encode()):
                raise NotAllowed("csrf: expected the token of the page, got another or none")
            await asyncio.to_thread(security.end_session, session)
        answer = RedirectResponse("/login", status_code=303)
        _set_cookie(answer, request, "", seconds=0)
        return answer

    return made


def security_of(request: Request) -> Security:
    """Give what knows the callers."""
    security: Security = request.app.state.security
    return security


def own_path(wanted: str, table: AccessTable) -> str:
    """Keep a path only where it is a page of ours; else the first page. Nobody is sent to another host after signing in."""
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or "\\" in wanted or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    if any(ord(character) < 33 for character in wanted) or parts.path in {"/login", "/logout"}:
        return "/"
    return wanted if table.find("GET", parts.path) is not None else "/"


def _record(security: Security, request: Request, name: str, status: HTTPStatus) -> None:
    peer = request.client.host if request.client else ""
    security.record_sign_in(name, peer=peer, status=status, now=datetime.now(UTC))


def _begin(security: Security, request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    peer = request.client.host if request.client else ""
    before = session_of(dict(request.scope["headers"])) or None
    now = time.time()
    if form.get("name"):
        return security.login.by_password(form["name"], form.get("password", ""), peer=peer, now=now, instead_of=before)
    return security.login.by_key(form.get("key", "").strip(), peer=peer, now=now, instead_of=before)


async def _fields(request: Request) -> dict[str, str]:
    """Read the form's fields; files and fields too long for any key count as absent."""
    async with request.form(max_files=0, max_fields=10) as form:
        return {name: text for name, text in form.items() if isinstance(text, str) and len(text) <= LARGEST_FIELD}


def _page(
    request: Request, wanted: str, *, status: HTTPStatus = HTTPStatus.OK, trouble: str = "", name: str = ""
) -> HTMLResponse:
    context = {"next": wanted[:LARGEST_FIELD], "trouble": trouble, "name": name[:80]}
    return templates.TemplateResponse(request, "login.html", context, headers=HEADERS, status_code=status.value)


def _set_cookie(answer: Response, request: Request, session: str, *, seconds: int) -> None:
    # The prefix __Host- makes browsers refuse the cookie from a sister domain or over plain HTTP; it needs TLS.
    secure = request.url.scheme == "https"
    name = f"__Host-{SESSION_COOKIE}" if secure else SESSION_COOKIE
    answer.set_cookie(name, session, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")
