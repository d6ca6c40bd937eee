"""Owns `denials report`: the measures of a day as files."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from claims.history.store import HistoryStore
from claims.privacy import PersonHasher, load_or_create_key
from claims.score_log.log import ScoreLog
from cli import output
from serving.analytics.book import Book
from serving.analytics.desk import FOLDER
from serving.analytics.facts import facts_for
from serving.analytics.prevented import PreventedLog
from serving.analytics.report.brief_files import write_dated_briefs
from serving.analytics.report.files import write_report
from serving.database.connection import open_database
from serving.errors import NoHistory
from serving.settings import Settings
from serving.work_queue.worked import read_worked


def write_files(out: Path, *, settings: Settings, as_of: date | None) -> dict[str, object]:
    """Write the report of a day; `None` = today. Raises: NoHistory.

    Outcomes of the work queue are those of now: it keeps no earlier state.
    """
    with _book(settings, as_of=as_of) as book:
        count = write_report(book, out)
        return _told(book, out, count)


def write_briefs(out: Path, *, settings: Settings, as_of: date | None, keep: int) -> dict[str, object]:
    """Write the briefs of a day alone, into a folder of that day in `out`; the newest `keep` days stay. Raises: NoHistory."""
    with _book(settings, as_of=as_of) as book:
        folder, count = write_dated_briefs(book, out, keep=keep)
        return _told(book, folder, count)


def _told(book: Book, out: Path, count: int) -> dict[str, object]:
    return {"out": str(out), "files": count, "as_of": book.facts.as_of.isoformat(), "submissions": book.facts.rows}


@contextmanager
def _book(settings: Settings, *, as_of: date | None) -> Iterator[Book]:
    home = settings.home
    with output.status("report") as step:
        step("fact table")
        store = HistoryStore(home.history_uri).pinned()
        facts = facts_for(store, home.path / FOLDER, as_of=as_of or settings.current_day())
        if not facts.rows:
            raise NoHistory(home.history_uri)
        step("figures and pictures")
        engine = open_database(home.database_url)
        try:
            prevented = PreventedLog(ScoreLog(home.history_uri), hasher=PersonHasher(load_or_create_key(home.person_key)))
            book = Book(facts, work=read_worked(engine), prevented=lambda: prevented.read(store, as_of=facts.as_of))
        finally:
            engine.dispose()
        try:
            yield book
        finally:
            book.close()
