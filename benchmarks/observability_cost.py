"""Measure what watching costs a request: an app that does nothing, bare and with ids, metrics and log lines around it.

Run: `python -m benchmarks.observability_cost`. Figures go to benchmarks/results/observability_cost.json. Processor time of the
best of several rounds, so that a busy machine does not count.
"""

import asyncio
import io
import json
import logging
import sys
import time
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.observability.logs import JsonFormatter
from serving.observability.metrics import Metrics
from serving.observability.middleware import ObservedRequests, log

RESULTS = Path(__file__).parent / "results" / "observability_cost.json"
REQUESTS = 5_000
ROUNDS = 7


class _Route:
    path = "/v1/claims/score"


async def _nothing(scope: Scope, _receive: Receive, send: Send) -> None:
    scope["route"] = _Route
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: Message) -> None:
    pass


def microseconds(app: ASGIApp) -> float:
    """Give the processor time of one request, best of several rounds."""

    async def ask() -> float:
        begun = time.process_time()
        for _ in range(REQUESTS):
            await app({"type": "http", "method": "POST", "headers": [(b"host", b"x"), (b"accept", b"*/*")]}, _receive, _send)
        return (time.process_time() - begun) / REQUESTS * 1e6

    return min(asyncio.run(ask()) for _ in range(ROUNDS))


def main() -> int:
    """Measure and keep."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonFormatter())
    log.addHandler(handler)
    log.propagate = False
    bare = microseconds(_nothing)
    watched = ObservedRequests(_nothing, metrics=Metrics())
    log.setLevel(logging.WARNING)
    silent = microseconds(watched) - bare
    log.setLevel(logging.INFO)
    spoken = microseconds(watched) - bare
    figures = {"ids_and_metrics_us": round(silent, 1), "with_log_line_us": round(spoken, 1), "bare_app_us": round(bare, 1)}
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
