"""Owns the long run: a service at 70 % of what it can carry, its memory read all the while."""

import os
import re
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.http_load import at_rate, request_bytes, saturate
from benchmarks.reliability.finding import Finding, Setting
from benchmarks.reliability.service import Service, copy_home, running
from benchmarks.reliability.work import Acknowledged, Uploads, load, losses
from benchmarks.service_claims import json_claim, read_claims

SHARE_OF_SATURATION = 0.7
SATURATION_SECONDS, CONNECTIONS = 45.0, 32  # some uploads long
SAMPLE_SECONDS = 5.0
WARM_SHARE = 0.2  # of the run, before which memory may still grow: caches fill
FLAT_PERCENT = 3.0  # of its memory that a service may grow from the warm part's end to the last
MOST_CLAIMS = 2_000
DROPPED = re.compile(r"^denials_score_log_dropped_total(?:\{[^}]*\})? (\S+)$", re.MULTILINE)


@dataclass(kw_only=True)
class Memory:
    """What a process held while it ran: seconds since the start, megabytes."""

    samples: list[tuple[float, float]] = field(default_factory=list)

    @property
    def ends(self) -> tuple[float, float]:
        """Give the median megabytes of the first and of the last tenth after the warm part."""
        settled = [size for at, size in self.samples if at >= WARM_SHARE * self.samples[-1][0]]
        tenth = max(len(settled) // 10, 1)
        return statistics.median(settled[:tenth]), statistics.median(settled[-tenth:])

    @property
    def growth(self) -> float:
        """Give the percentage by which the last tenth lies above the first."""
        first, last = self.ends
        return 100 * (last - first) / first


def soak(setting: Setting) -> Finding:
    """Score at a steady 70 % of what the service carries while somebody works the queue and files arrive."""
    home = copy_home(setting.home, setting.folder, "soak")
    requests = [
        request_bytes("/v1/claims/score", json_claim(claim)) for claim in read_claims(setting.sample.parent)[-MOST_CLAIMS:]
    ]
    acknowledged, uploads = Acknowledged(), Uploads(setting.sample)
    with running(home, today=setting.today) as service:
        with load(service, acknowledged, uploads, writers=1, pause=1.0):
            carried = saturate(service.port, requests, connections=CONNECTIONS, seconds=SATURATION_SECONDS).rate
            rate = SHARE_OF_SATURATION * carried
            with watched(service) as memory:
                run = at_rate(service.port, requests, rate=rate, seconds=setting.soak_seconds)
        dropped = _dropped(service)
        lost = losses(service, acknowledged)
    bad = run.failed + sum(count for status, count in acknowledged.statuses.items() if status >= 500)
    first, last = memory.ends
    return Finding(
        fault="steady load",
        tried=f"{setting.soak_seconds / 60:.0f} minutes at 70 % of saturation ({rate:.0f} of {carried:.0f} scores with causes "
        f"and fixes a second), a client on the queue, one that uploads; the load generator on the same {os.cpu_count()} cores",
        happened=f"{len(run.latencies):,} scores, beside them {acknowledged.describe()}; failed: {bad}; "
        f"median {run.quantile(0.5):.0f} ms, p99 {run.quantile(0.99):.0f} ms; "
        f"memory {first:.0f} MB once warm, {last:.0f} MB at the end ({memory.growth:+.1f} %); "
        f"rows dropped from the score log: {dropped:.0f}; lost: {len(lost)}",
        is_well=not bad and not lost and not dropped and memory.growth <= FLAT_PERCENT,
    )


@contextmanager
def watched(service: Service) -> Iterator[Memory]:
    """Read a service's memory every few seconds until the block ends."""
    memory, done, began = Memory(), threading.Event(), time.perf_counter()

    def watch() -> None:
        while True:
            memory.samples.append((time.perf_counter() - began, service.resident_megabytes))
            if done.wait(SAMPLE_SECONDS):
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield memory
    finally:
        done.set()
        watcher.join()


def _dropped(service: Service) -> float:
    text = service.text("/metrics")
    return sum(float(found) for found in DROPPED.findall(text))
