"""Owns what the command prints: facts to standard output, progress and trouble to standard error."""

import json as json_text
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

Advance = Callable[[int, int], None]
_err = Console(stderr=True)
_out = Console()


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """Show a bar on a terminal, nothing elsewhere. The callback takes done and total."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def status(what: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done on a terminal, nothing elsewhere. The callback takes the step's words."""
    if not sys.stderr.isatty():
        yield lambda _step: None
        return
    with _err.status(what) as shown:
        yield lambda step: shown.update(f"{what}: {step}")


def summary(facts: Mapping[str, object], *, json: bool) -> None:
    """Print named facts, one a line, or one JSON object."""
    if json:
        print(json_text.dumps(dict(facts), default=str))
        return
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
        print(f"{name.replace('_', ' '):<{width}}  {shown}")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, json: bool) -> None:
    """Print rows as a table, or as a JSON list of objects."""
    if json:
        print(json_text.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str))
        return
    shown = Table(title=title, title_justify="left")
    for at, column in enumerate(columns):
        is_number = bool(rows) and all(isinstance(row[at], int | float) for row in rows)
        shown.add_column(column.replace("_", " "), justify="right" if is_number else "left")
    for row in rows:
        shown.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    _out.print(shown)


def warn(text: str) -> None:
    """Print one line of trouble that did not stop the work."""
    _err.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)


def fail(text: str) -> None:
    """Print the one line that says why nothing was done."""
    _err.print(f"denials: {text}", style="red", markup=False, highlight=False, soft_wrap=True)
