"""Owns which book of measures and which warnings answer now: those of the history in service and the work queue as it stands."""

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from threading import Lock

import pyarrow as pa

from claims.history.store import HistoryStore
from serving.analytics.book import Book
from serving.analytics.facts import Facts, facts_for
from serving.analytics.prevented import PreventedLog
from serving.analytics.trends.warnings import TrendWarning, find_warnings
from serving.analytics.trends.watched import read_watched
from serving.work_queue.worked import WorkedLog

FOLDER = "analytics"


class AnalyticsDesk:
    """Hands out books. The first question after a new history or day waits until its fact table is built."""

    def __init__(
        self,
        store: HistoryStore,
        folder: Path,
        work: WorkedLog,
        *,
        prevented: PreventedLog,
        today: Callable[[], date],
    ) -> None:
        """`folder`: where fact tables are kept. Raises nothing; the first call of `book` reads."""
        self._store = store
        self._folder = folder
        self._work = work
        self._prevented = prevented
        self._today = today
        self._lock = Lock()
        self._facts: tuple[object, date, Facts] | None = None
        self._book: tuple[Facts, object, Book] | None = None
        self._read_prevented: tuple[Facts, Callable[[], pa.Table]] | None = None
        self._warnings: tuple[object, date, list[TrendWarning]] | None = None

    def book(self, snapshot: object) -> Book:
        """Give the book of a snapshot of the history; the same object again means that nothing was ingested since."""
        with self._lock:
            facts = self._facts_of(snapshot)
            mark = self._work.mark()
            if self._book is None or self._book[:2] != (facts, mark):
                # An older book may still be answering in another thread: it goes when nobody holds it.
                self._book = (facts, mark, Book(facts, work=self._work.read(), prevented=self._prevented_of(facts)))
            return self._book[2]

    def warnings(self, snapshot: object) -> list[TrendWarning]:
        """Give every warning that the history had reason for, oldest first."""
        today = self._today()
        with self._lock:
            if self._warnings is None or self._warnings[0] is not snapshot or self._warnings[1] != today:
                watched = read_watched(self._store.pinned(), as_of=today)
                self._warnings = (snapshot, today, find_warnings(watched))
            return self._warnings[2]

    def _prevented_of(self, facts: Facts) -> Callable[[], pa.Table]:
        """Read the score log once per fact table, when somebody asks: later scores are of claims that it does not hold."""
        if self._read_prevented is None or self._read_prevented[0] is not facts:
            store = self._store.pinned()
            self._read_prevented = (facts, cache(lambda: self._prevented.read(store, as_of=facts.as_of)))
        return self._read_prevented[1]

    def _facts_of(self, snapshot: object) -> Facts:
        today = self._today()
        if self._facts is None or self._facts[0] is not snapshot or self._facts[1] != today:
            self._facts = (snapshot, today, facts_for(self._store, self._folder, as_of=today))
        return self._facts[2]
