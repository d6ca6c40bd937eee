"""Owns the layer around the app that sees every request: its id, its line in the log, its place in the metrics, its span."""

import logging
import time
from contextlib import AbstractContextManager
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.observability import request_ids
from serving.observability.logs import FACTS
from serving.observability.metrics import UNROUTED, Metrics

log = logging.getLogger("denials.requests")
NOT_ANSWERED = 499  # as nginx counts a request whose caller went away, or whose app broke off
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds by machines: logged when debugging


class Span(Protocol):
    """What a tracer gives for one request."""

    def finish(self, *, route: str, status: int) -> None:
        """Name what the request was, once that is known."""
        ...


class Tracer(Protocol):
    """Opens a span around a request."""

    def start(self, scope: Scope, *, request_id: str) -> AbstractContextManager[Span]:
        """Begin at a request's headers."""
        ...


class ObservedRequests:
    """Pure ASGI, so that nothing is buffered and a request pays for microseconds alone."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, tracer: Tracer | None = None) -> None:
        self._app = app
        self._metrics = metrics
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, watched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_ids.request_id_of(scope["headers"])
        token = request_ids.current.set(request_id)
        try:
            if self._tracer is None:
                await self._watch(scope, receive, send, request_id)
            else:
                with self._tracer.start(scope, request_id=request_id) as span:
                    status = await self._watch(scope, receive, send, request_id)
                    span.finish(route=_route(scope), status=status)
        finally:
            request_ids.current.reset(token)

    async def _watch(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> int:
        status = NOT_ANSWERED
        header = (request_ids.HEADER, request_id.encode())

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - began
            route, method = _route(scope), scope["method"]
            self._metrics.observe_request(method=method, route=route, status=status, seconds=seconds)
            level = logging.DEBUG if route in _QUIET else logging.INFO
            if log.isEnabledFor(level):
                facts = {"method": method, "route": route, "status": status, "milliseconds": round(1000 * seconds, 2)}
                log.log(level, "request", extra={FACTS: facts})
        return status


def _route(scope: Scope) -> str:
    """Name the template of the route that answered; never the path, which may hold a key of a claim."""
    return getattr(scope.get("route"), "path", None) or UNROUTED
