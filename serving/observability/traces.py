"""Owns OpenTelemetry traces: one span for each request, sent where OTEL_EXPORTER_OTLP_ENDPOINT says. Not imported without it.

Needs the extra `traces`. A span holds method, route template, status and request id: no path, no query, no body.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span as OpenSpan
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.types import Scope

SERVICE_NAME = "denials"


@dataclass(frozen=True, kw_only=True)
class RequestSpan:
    """The span of one request."""

    span: OpenSpan
    method: str

    def finish(self, *, route: str, status: int) -> None:
        """Name what the request was."""
        self.span.update_name(f"{self.method} {route}")
        self.span.set_attributes({"http.route": route, "http.response.status_code": status})
        if status >= 500:
            self.span.set_status(Status(StatusCode.ERROR))


class RequestTracer:
    """Opens a span around each request and goes on with the caller's trace where the headers name one."""

    def __init__(self) -> None:
        resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", SERVICE_NAME)})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("denials")

    @contextmanager
    def start(self, scope: Scope, *, request_id: str) -> Iterator[RequestSpan]:
        """Begin a span; an error that leaves the app marks it, without its words."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        attributes = {"http.request.method": scope["method"], "denials.request_id": request_id}
        with self._tracer.start_as_current_span(
            scope["method"],
            context=extract(headers),
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield RequestSpan(span=span, method=scope["method"])

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()
