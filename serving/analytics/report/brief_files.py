"""Owns briefs as files on a schedule: one folder per day, whole or not at all, and how many days are kept."""

import re
import shutil
from pathlib import Path
from uuid import uuid4

from serving.analytics.book import Book
from serving.analytics.report.briefs import owner_briefs
from serving.analytics.report.files import write_brief

_OF_A_DAY = re.compile(r"briefs-\d{4}-\d{2}-\d{2}")


def write_dated_briefs(book: Book, out: Path, *, keep: int) -> tuple[Path, int]:
    """Write a brief per owner into `out/briefs-DAY`, in place of an earlier one of that day; returns the folder and its files.

    Keeps the newest `keep` such folders and removes older ones; touches nothing else in `out`.
    """
    folder = out / f"briefs-{book.facts.as_of:%Y-%m-%d}"
    draft = out / f".{folder.name}.{uuid4().hex[:8]}"
    draft.mkdir(parents=True, mode=0o700)
    try:
        count = sum(write_brief(brief, draft) for brief in owner_briefs(book).values())
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _remove_old(out, keep=keep)
    return folder, count


def _remove_old(out: Path, *, keep: int) -> None:
    days = sorted(one for one in out.iterdir() if one.is_dir() and _OF_A_DAY.fullmatch(one.name))
    for folder in days[:-keep]:
        shutil.rmtree(folder)
