"""Owns the work that goes on while a fault is tried, and what must hold afterwards: what was answered with yes is there."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.reliability.service import NOT_REACHED, Service
from claims.claim import Claim
from claims.x12 import parse_x12, write_transactions
from claims.x12.transactions import ClaimTransaction


@dataclass(kw_only=True)
class Acknowledged:
    """What the service said yes to. One per scenario, shared by its clients."""

    uploads: dict[str, bytes] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)  # item -> notes left on it
    statuses: dict[int, int] = field(default_factory=dict)  # status -> answers
    taken: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, status: int) -> None:
        """Count one answer."""
        with self.lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def describe(self) -> str:
        """Say how often each status came."""
        names = {NOT_REACHED: "no answer"}
        return ", ".join(f"{count} x {names.get(status, status)}" for status, count in sorted(self.statuses.items()))


class Uploads:
    """Makes 837 files of claims that no history knows, from one of the practice's own."""

    def __init__(self, sample: Path) -> None:
        found = parse_x12(sample.read_bytes(), file=sample.name).transactions
        self._sample = next(each for each in found if isinstance(each, ClaimTransaction))
        self._number = 0
        self._lock = threading.Lock()

    def make(self) -> tuple[str, bytes]:
        """Give the name and bytes of the next file."""
        with self._lock:
            self._number += 1
            number = self._number
        claims = tuple(self._renamed(claim, f"RELIABLE-{number}-{at}") for at, claim in enumerate(self._sample.claims[:3]))
        envelope = replace(self._sample.envelope, interchange_control_number=f"{800_000_000 + number:09d}")
        transaction = replace(self._sample, claims=claims, envelope=envelope, reference=f"RELIABLE{number}")
        return f"r{number}.837", write_transactions([transaction])

    @staticmethod
    def _renamed(claim: Claim, number: str) -> Claim:
        return replace(claim, patient_control_number=number)


@contextmanager
def load(
    service: Service, acknowledged: Acknowledged, uploads: Uploads | None, *, writers: int = 2, pause: float = 0.0
) -> Iterator[None]:
    """Let clients take items, leave notes and upload until the block ends; each rests `pause` seconds between."""
    stop = threading.Event()
    common = (service, acknowledged, stop, pause)
    clients = [threading.Thread(target=_write, args=(*common, f"client {at}")) for at in range(writers)]
    if uploads is not None:
        clients.append(threading.Thread(target=_upload, args=(*common, uploads)))
    for client in clients:
        client.start()
    try:
        yield
    finally:
        stop.set()
        for client in clients:
            client.join()


def _write(service: Service, acknowledged: Acknowledged, stop: threading.Event, pause: float, name: str) -> None:
    chance = random.Random(name)  # noqa: S311  a note's number
    while not stop.is_set():
        taken = service.ask("POST", "/v1/queue/next", {"by": name})
        acknowledged.count(taken.status)
        if taken.status != 200:
            stop.wait(0.2)
            continue
        item, note = taken.body, f"note {chance.random()}"
        with acknowledged.lock:
            acknowledged.taken.append(item["id"])
        changed = service.ask("PATCH", f"/v1/queue/{item['id']}", {"version": item["version"], "by": name, "note": note})
        acknowledged.count(changed.status)
        if changed.is_ok:
            with acknowledged.lock:
                acknowledged.notes.setdefault(item["id"], []).append(note)
        stop.wait(pause)


def _upload(service: Service, acknowledged: Acknowledged, stop: threading.Event, pause: float, uploads: Uploads) -> None:
    while not stop.is_set():
        name, data = uploads.make()
        answer = service.ask("POST", "/v1/files", upload=(name, data))
        acknowledged.count(answer.status)
        if answer.is_ok:
            with acknowledged.lock:
                acknowledged.uploads[name] = data
        stop.wait(0.2 + 10 * pause)


def losses(service: Service, acknowledged: Acknowledged) -> list[str]:
    """List what was acknowledged and is no longer there."""
    lost = []
    for name, data in acknowledged.uploads.items():
        (receipt,) = service.ask("POST", "/v1/files", upload=(name, data)).body
        if receipt["accepted"] or receipt["already_known"] != 3:
            lost.append(f"{name}: {receipt['accepted']} of 3 claims were not in the history")
    for key, notes in acknowledged.notes.items():
        kept = [touch["note"] for touch in service.ask("GET", f"/v1/queue/{key}").body["touches"]]
        lost += [f"a note on item {key[:8]}" for note in notes if kept.count(note) != 1]
    return lost
