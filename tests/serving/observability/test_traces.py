"""Traces over the real protocol: a service in a process of its own sends its spans to a collector of ours."""

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ROOT = Path(__file__).resolve().parents[3]
APP = """
import sys
from fastapi import FastAPI
from fastapi.testclient import TestClient
from serving.observability.install import observe
from serving.observability.metrics import Metrics

app = FastAPI()

@app.get("/v1/queue/{id}")
async def item(id: str) -> str:
    return "found"

observe(app, Metrics())
with TestClient(app) as client:
    parent = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    client.get("/v1/queue/CANARY?owner=CANARY", headers={"traceparent": parent, "x-request-id": "r1"})
print(any(name.startswith("opentelemetry.exporter") for name in sys.modules))
"""


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Take spans as an OTLP collector does."""
    taken: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            taken.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_app(**environment: str) -> str:
    cleared = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-c", APP], cwd=ROOT, env=cleared | environment, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip()


def test_a_span_holds_template_status_and_request_id_and_continues_the_callers_trace() -> None:
    with collector() as (endpoint, taken):
        assert run_app(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_SERVICE_NAME="test") == "True"
    (span,) = [
        span for request in taken for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans
    ]
    attributes = {pair.key: pair.value.string_value or pair.value.int_value for pair in span.attributes}
    assert span.name == "GET /v1/queue/{id}"
    assert span.trace_id.hex() == "a" * 32
    assert attributes == {
        "http.request.method": "GET",
        "denials.request_id": "r1",
        "http.route": "/v1/queue/{id}",
        "http.response.status_code": 200,
    }
    assert not any(b"CANARY" in request.SerializeToString() for request in taken)


DISABLED = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}


@pytest.mark.parametrize("environment", [{}, DISABLED])
def test_without_an_endpoint_nothing_that_sends_spans_is_imported(environment: dict[str, str]) -> None:
    assert run_app(**environment) == "False"
