"""Owns the way of events from requests to the trail: a queue in memory, written in batches by one thread.

A request never waits for it. What a killed process loses is what it had not written yet: at most the events of `EVERY_SECONDS`
and of one write. While the database is away events wait; when `MOST_WAITING` wait, calls that must be audited are refused
instead of going unseen.
"""

import logging
from collections import deque
from threading import Condition, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from serving.security.audit import AuditEvent
from serving.security.audit_store import AuditStore

EVERY_SECONDS = 0.5
BATCH = 1_000
MOST_WAITING = 500_000  # events and claims in them
PAUSE_AFTER_FAILURE = 2.0
log = logging.getLogger("denials.audit")


class AuditWriter:
    """Takes events in and appends them. Safe to share between threads; the thread starts with the first event."""

    def __init__(self, store: AuditStore) -> None:
        self._store = store
        self._waiting: deque[AuditEvent] = deque()
        self._weight = 0
        self._changed = Condition()
        self._writing = Lock()
        self._is_closing = False
        self._thread: Thread | None = None

    @property
    def has_room(self) -> bool:
        """Tell whether one more call can be audited."""
        return self._weight < MOST_WAITING

    def record(self, event: AuditEvent) -> None:
        """Take an event in."""
        with self._changed:
            self._waiting.append(event)
            self._weight += 1 + len(event.claim_ids)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()
            if len(self._waiting) >= BATCH:
                self._changed.notify()

    def flush(self) -> None:
        """Write what waits, now. Raises what the database raises; the events wait on."""
        with self._writing:
            while self._write_batch():
                pass

    def close(self) -> None:
        """Write what waits and stop."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._is_closing:
                    return
                self._changed.wait(EVERY_SECONDS)
            try:
                self.flush()
            except (SQLAlchemyError, OSError) as error:
                log.error("audit events wait: %d, the trail cannot be written: %s", len(self._waiting), type(error).__name__)
                with self._changed:
                    if not self._is_closing:
                        self._changed.wait(PAUSE_AFTER_FAILURE)

    def _write_batch(self) -> bool:
        """Write the oldest events; they leave the queue once they stand in the trail."""
        with self._changed:
            batch = [self._waiting[at] for at in range(min(BATCH, len(self._waiting)))]
        if not batch:
            return False
        self._store.append(batch)
        with self._changed:
            for event in batch:
                self._waiting.popleft()
                self._weight -= 1 + len(event.claim_ids)
        return True
