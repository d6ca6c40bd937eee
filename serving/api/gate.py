"""Owns the door: every request passes here before anything of it is read. Who calls, may they, not too fast, not too much.

Plain ASGI, no framework around it: on the way of every score it may cost microseconds only. It knows the calls by the access
table alone, so a path that is not in the table does not exist.
"""

import asyncio
import hmac
import time
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.body_limit import TOO_LARGE, limited, too_large
from serving.api.caller import Caller, put_caller
from serving.api.local_calls import refuse_strangers
from serving.api.problems import problem
from serving.security.access import Rule, Touching
from serving.security.audit import AuditEvent
from serving.security.errors import NotAllowed, NotAuthenticated, TokenTrouble, TooManyRequests
from serving.security.rates import RateLimits
from serving.security.roles import LOCAL, Identity, Means
from serving.security.security import Security

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_COOKIE = "denials_session"
CSRF_HEADER = b"x-csrf-token"
# A credential that failed may be tried once a second: whoever repeats it costs no look-up each time.
FAILURES_PER_SECOND = 1.0
_REALM = 'Bearer realm="denials"'
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
_HSTS = (b"strict-transport-security", b"max-age=31536000")


class Gate:
    """The outermost part of the app."""

    def __init__(self, app: ASGIApp, *, security: Security, clock: Callable[[], float] = time.time) -> None:
        self._app = app
        self._security = security
        self._settings = security.settings
        self._clock = clock
        self._rates = RateLimits()
        self._failures = RateLimits(seconds=10.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # this app speaks HTTP alone
            await send({"type": "websocket.close", "code": 1008})
            return
        send = _with_headers(send, is_tls=scope["scheme"] == "https")
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        rule = self._security.table.find(scope["method"], path)
        if rule is None:
            await _no_such_call(self._security.table.methods(path))(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if rule.touching is not None and not self._security.audit.has_room:
            detail = "audit trail: expected its database to take events, got none taken for a while"
            await problem(HTTPStatus.SERVICE_UNAVAILABLE, detail=detail)(scope, receive, send)
            return
        try:
            identity = await self._admit(rule, scope, headers)
        except (NotAuthenticated, NotAllowed, TooManyRequests, TokenTrouble) as error:
            await _refusal(error, scope, headers, path)(scope, receive, send)
            return
        caller = Caller(identity)
        try:
            await self._answer(caller, scope, headers, receive, send)
        finally:
            if rule.touching is not None:
                self._record(rule, caller, scope, caller.status or HTTPStatus.INTERNAL_SERVER_ERROR)

    def _record(self, rule: Rule, caller: Caller, scope: Scope, status: int) -> None:
        identity, client = caller.identity, scope.get("client")
        self._security.audit.record(
            AuditEvent(
                at=datetime.fromtimestamp(self._clock(), UTC),
                actor=identity.name,
                means=identity.means.value,
                credential=identity.credential,
                call=rule.call,
                touching=rule.touching.value if rule.touching else Touching.NONE.value,
                status=status,
                peer=str(client[0]) if client else "",
                claim_ids=caller.claims,
                detail=caller.detail,
            )
        )

    async def _admit(self, rule: Rule, scope: Scope, headers: dict[bytes, bytes]) -> Identity:
        """Tell who calls and that they may. Raises: NotAuthenticated, NotAllowed, TooManyRequests, TokenTrouble."""
        if not self._security.is_on:
            refuse_strangers(scope, headers)
            return LOCAL
        now = self._clock()
        identity = await self._identify(rule, scope, headers, now)
        if not rule.allows(identity):
            held = ", ".join(sorted(identity.roles)) or "none"
            self._record(rule, Caller(identity), scope, HTTPStatus.FORBIDDEN)
            raise NotAllowed(f"{rule.call}: expected a role that may make this call, got {held}")
        if identity.means is Means.SESSION and rule.roles is not None and scope["method"] not in SAFE_METHODS:
            _check_csrf(identity, headers)
        self._rates.take(identity.name, per_second=identity.requests_per_second, now=now)
        return identity

    async def _identify(self, rule: Rule, scope: Scope, headers: dict[bytes, bytes], now: float) -> Identity:
        shown = headers.get(b"authorization")
        if shown is not None and rule.roles is not None:
            scheme, _, credential = shown.partition(b" ")
            credential = credential.strip()
            if scheme.lower() != b"bearer" or not credential:
                raise NotAuthenticated("`Bearer KEY`", shown=True)
            remembered = self._security.authenticator.remembered(credential, now=now)
            return remembered or await self._look_up(credential, scope, now, self._security.authenticator.identify)
        session = session_of(headers)
        if session:
            remembered = self._security.authenticator.remembered(session.encode(), now=now)
            if remembered:
                return remembered
            try:
                return await self._look_up(session.encode(), scope, now, self._security.authenticator.identify_session)
            except NotAuthenticated:
                if rule.roles is not None:
                    raise
        if rule.roles is not None:
            raise NotAuthenticated
        return LOCAL_STRANGER

    async def _look_up(self, credential: bytes, scope: Scope, now: float, ask: Callable[..., Identity]) -> Identity:
        """Ask the stores, off the event loop; a credential that keeps failing is not asked about again at once."""
        name = f"{(scope.get('client') or ('',))[0]} {credential[:64]!r}"
        self._failures.check(name, per_second=FAILURES_PER_SECOND, now=now)
        try:
            text = credential.decode("ascii")
        except UnicodeDecodeError:
            raise NotAuthenticated(shown=True) from None
        try:
            return await asyncio.to_thread(ask, text, now=now)
        except NotAuthenticated:
            self._failures.take(name, per_second=FAILURES_PER_SECOND, now=now)
            raise

    async def _answer(self, caller: Caller, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        """Let the app answer, within the limits; leaves the status with the caller."""
        put_caller(scope, caller)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                caller.status = message["status"]
            await send(message)

        most = self._settings.most_body_bytes
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > most:
            await problem(TOO_LARGE, detail=too_large(most))(scope, receive, noting)
            return
        try:
            async with asyncio.timeout(self._settings.most_request_seconds):
                await self._app(scope, limited(receive, most=most, silence=self._settings.most_silent_seconds), noting)
        except TimeoutError:
            if caller.status:
                raise
            detail = f"request: expected an answer within {self._settings.most_request_seconds:g} s, got none"
            await problem(HTTPStatus.SERVICE_UNAVAILABLE, detail=detail)(scope, receive, noting)


# Who asks for what anyone may see.
LOCAL_STRANGER = Identity(name="", roles=frozenset(), means=Means.LOCAL)


def session_of(headers: MutableMapping[bytes, bytes]) -> str:
    """Read the session's id out of the cookies; empty when there is none."""
    for part in headers.get(b"cookie", b"").split(b";"):
        name, _, value = part.strip().partition(b"=")
        if name in {b"__Host-" + SESSION_COOKIE.encode(), SESSION_COOKIE.encode()}:
            return value.decode("ascii", errors="replace")
    return ""


def _check_csrf(identity: Identity, headers: dict[bytes, bytes]) -> None:
    if not hmac.compare_digest(headers.get(CSRF_HEADER, b""), identity.csrf.encode()):
        raise NotAllowed("X-CSRF-Token: expected the page's token with a change made from a session, got another or none")


def _with_headers(send: Send, *, is_tls: bool) -> Send:
    """Add the headers that every answer carries, where the route has not set its own."""

    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: list[tuple[bytes, bytes]] = message.setdefault("headers", [])
            set_already = {name for name, _ in headers}
            message["headers"] = [*headers, *(pair for pair in _HEADERS if pair[0] not in set_already)]
            if is_tls:
                message["headers"].append(_HSTS)
        await send(message)

    return adding


def _no_such_call(methods: list[str]) -> Response:
    if methods:
        allow = {"Allow": ", ".join(methods)}
        detail = f"method: expected {' or '.join(methods)}, got another"
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, detail=detail, headers=allow)
    return problem(HTTPStatus.NOT_FOUND, detail="path: expected one of /openapi.json, got another")


def _refusal(error: Exception, scope: Scope, headers: dict[bytes, bytes], path: str) -> Response:
    if isinstance(error, TooManyRequests):
        wait = {"Retry-After": str(max(1, round(error.retry_after + 0.5)))}
        return problem(HTTPStatus.TOO_MANY_REQUESTS, detail=str(error), headers=wait)
    if isinstance(error, NotAllowed):
        return problem(
            HTTPStatus.FORBIDDEN, detail=str(error), headers={"WWW-Authenticate": f'{_REALM}, error="insufficient_scope"'}
        )
    if isinstance(error, TokenTrouble):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail=str(error))
    is_page = scope["method"] == "GET" and b"text/html" in headers.get(b"accept", b"")
    if is_page and b"authorization" not in headers:
        query = scope.get("query_string", b"").decode("ascii", errors="ignore")
        return RedirectResponse(f"/login?next={quote(path + ('?' + query if query else ''), safe='')}", status_code=303)
    shown = isinstance(error, NotAuthenticated) and error.shown
    return problem(
        HTTPStatus.UNAUTHORIZED,
        detail=str(error),
        headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"' if shown else _REALM},
    )
