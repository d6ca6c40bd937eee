"""Owns the Prometheus metrics that requests move: how many, how long, and how the scores fall. No label can grow without bound.

Routes are templates (`/v1/queue/{id}`), never paths, and no label holds a claim, a payer or a person. With several workers every
process writes to files below PROMETHEUS_MULTIPROC_DIR, and whoever is asked adds them up.
"""

import os
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from serving.scoring import ScoredClaim

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
PROBABILITIES = tuple(round(0.05 * step, 2) for step in range(1, 21))
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
UNROUTED = "(none)"
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"})
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The metrics of one app."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._requests = Counter("denials_http_requests", "Requests answered", ("method", "route", "status"), registry=self._own)
        self._seconds = Histogram(
            "denials_http_request_seconds",
            "Seconds until the last byte",
            ("method", "route"),
            registry=self._own,
            buckets=SECONDS,
        )
        self._probability = Histogram(
            "denials_score_probability", "Denial probabilities of scored claims", registry=self._own, buckets=PROBABILITIES
        )
        self._advice = Counter("denials_scored_claims", "Claims scored, by advice", ("advice",), registry=self._own)
        self._shadow = Counter(
            "denials_shadow_claims", "Claims for the challenger, by what became of them", ("outcome",), registry=self._own
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        if MULTIPROCESS not in os.environ:
            ProcessCollector(registry=self._own)
            PlatformCollector(registry=self._own)

    def observe_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (method, route, status)
        children = self._children.get(key)
        if children is None:
            named = method if method in _METHODS else "OTHER"
            children = self._children[key] = (
                self._requests.labels(named, route, str(status)),
                self._seconds.labels(named, route),
            )
        children[0].inc()
        children[1].observe(seconds)

    def observe_scores(self, scored: Iterable[ScoredClaim]) -> None:
        """Count the claims of one request."""
        for one in scored:
            self._probability.observe(one.denial_probability)
            self._advice.labels(one.advice).inc()

    def count_shadow(self, outcome: str, count: int) -> None:
        """Count claims that a challenger scored, or that were dropped, or that it failed on."""
        self._shadow.labels(outcome).inc(count)

    def expose(self, state: Collector) -> bytes:
        """Write all metrics, and those that `state` looks up now, in Prometheus' text format."""
        registry = self._own
        if MULTIPROCESS in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        looked_up = CollectorRegistry()
        looked_up.register(state)
        return generate_latest(registry) + generate_latest(looked_up)
