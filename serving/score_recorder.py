"""Owns the way of scores from a request to the score log: buffered, written in batches by one thread, off the event loop.

A request pays for taking a few values; hashing and writing wait for the writer. Memory is bounded: beyond `MOST_WAITING` scores
the newest are dropped and counted, which happens only where the log cannot be written as fast as the service scores. What a
`close` finds is written. A kill loses what waited: at most `wait_seconds` of scores and the batch that was being written.
"""

import logging
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, date, datetime
from threading import Condition, Thread
from uuid import uuid4

from deltalake.exceptions import DeltaError

from claims.claim import Claim
from claims.privacy import PersonHasher
from claims.score_log.log import ScoreLog
from serving.score_rows import ScoreEntry, entries, score_row, score_table
from serving.scoring import ScoredClaim, Scorer

MOST_WAITING = 20_000
BATCH = 2_000
FLUSHES_BEFORE_COMPACTION = 100
HASHED_AT_ONCE = 4  # claims, before the writer lets waiting requests run
LONGEST_PAUSE = 0.02
ATTEMPTS = 3

logger = logging.getLogger(__name__)


class ScoreRecorder:
    """Takes scores in and writes them behind the requests. Safe to call from any thread."""

    def __init__(self, log: ScoreLog, *, hasher: PersonHasher, wait_seconds: float, is_on: bool = True) -> None:
        self._log = log
        self._hasher = hasher
        self._wait_seconds = wait_seconds
        self._is_on = is_on
        self._waiting: deque[ScoreEntry] = deque()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._is_closing = False
        self._flushes = 0
        self.dropped_count = 0

    def record(
        self,
        scored: Sequence[ScoredClaim],
        claims: Sequence[Claim],
        *,
        scorer: Scorer,
        began: float,
        request_id: str | None = None,
        as_of: date | None = None,
        key: str | None = None,
    ) -> str:
        """Take the scores of one request, begun at `began` (`time.perf_counter`); gives the id that they are logged under.

        `key` begins the ids of the scores and must be new: a caller may send the same request id twice.
        """
        key = key or uuid4().hex
        request_id = request_id or key
        if not self._is_on or not scored:
            return request_id
        found = entries(
            scored,
            claims,
            request_id=request_id,
            key=key,
            source="api",
            feature_fingerprint=scorer.feature_fingerprint,
            scored_at=datetime.now(UTC),
            as_of=as_of,
            latency_ms=1000 * (time.perf_counter() - began),
        )
        with self._changed:
            room = max(0, MOST_WAITING - len(self._waiting))
            self._waiting.extend(found[:room])
            self.dropped_count += max(0, len(found) - room)
            self._start()
            if len(self._waiting) >= BATCH:
                self._changed.notify()
        return request_id

    def close(self) -> None:
        """Write what waits and stop."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        if self._thread is None and not self._is_closing:
            self._thread = Thread(target=self._run, name="score-log", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing or len(self._waiting) >= BATCH, timeout=self._wait_seconds / 2)
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                is_done = self._is_closing and not self._waiting
            if batch:
                self._write(batch)
            if is_done:
                return

    def _write(self, batch: Sequence[ScoreEntry]) -> None:
        table = score_table(self._rows(batch))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._log.append(table)
                break
            except (DeltaError, OSError) as error:
                if attempt == ATTEMPTS:
                    self.dropped_count += len(batch)
                    logger.error("score log: %d scores not written: %s", len(batch), type(error).__name__)
                    return
                time.sleep(0.2 * attempt)
        self._flushes += 1
        if self._flushes % FLUSHES_BEFORE_COMPACTION == 0:
            self._log.compact()

    def _rows(self, batch: Sequence[ScoreEntry]) -> list[dict[str, object]]:
        """Hash the fields of a batch, spread over the other half of the wait: in one go it slows every answer meanwhile."""
        pause = self._wait_seconds / 2 * HASHED_AT_ONCE / len(batch)
        rows = []
        for position, entry in enumerate(batch, start=1):
            rows.append(score_row(entry, hasher=self._hasher))
            if position % HASHED_AT_ONCE == 0 and not self._is_closing:
                time.sleep(min(pause, LONGEST_PAUSE))
        return rows
