"""Owns putting the observing layer around an app, and the tracer if the environment asks for one."""

import importlib.util
import os

from starlette.applications import Starlette

from serving.errors import TracesUnavailable
from serving.observability.metrics import Metrics
from serving.observability.middleware import ObservedRequests, Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def observe(app: Starlette, metrics: Metrics) -> None:
    """Wrap an app; call it after every other layer was added, so that it sees what they answer. Raises: TracesUnavailable."""
    app.add_middleware(ObservedRequests, metrics=metrics, tracer=_tracer())


def _tracer() -> Tracer | None:
    if not any(os.environ.get(name) for name in ENDPOINTS) or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    if importlib.util.find_spec("opentelemetry.exporter") is None:
        raise TracesUnavailable(next(name for name in ENDPOINTS if os.environ.get(name)))
    from serving.observability.traces import RequestTracer

    return RequestTracer()
