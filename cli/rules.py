"""Owns `denials rules`: which payer rules hold, where each is written, and which are due to be read again."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.options import Json, failing_clearly, settings_of

if TYPE_CHECKING:
    from claims.payer_rules.entries import Entry
    from claims.payer_rules.rule_files import PlanKind

app = typer.Typer(help="List payer rules with their sources, and check which are due for review.", no_args_is_help=True)

Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day to look at [today].")]
DUE_FOR_REVIEW = 1


@app.command("list")
def list_rules(context: typer.Context, on: Day = None, json: Json = False) -> None:
    """List the rules in force: those of the product and the practice's own (HOME/payer_rules/*.toml).

    Example: `denials rules list --on 2026-11-25`
    """
    day, files = _read(context, on)
    columns = ("file", "section", "level", "value", "from", "to", "source", "owner", "review_on")
    rows = [_row(file, entry) for file, entry in _entries(files) if entry.holds_on(day)]
    output.table("Payer rules", columns, rows, json=json)


@app.command()
def check(context: typer.Context, on: Day = None, json: Json = False) -> None:
    """List the rules whose review date has passed; exit 1 where there are any. A file that cannot be read is wrong use (2).

    Example: `denials rules check`
    """
    day, files = _read(context, on)
    late = [(file, entry) for file, entry in _entries(files) if entry.holds_on(day) and entry.review_on < day]
    columns = ("file", "section", "level", "value", "from", "to", "source", "owner", "review_on")
    output.table("Due for review", columns, [_row(file, entry) for file, entry in late], json=json)
    if late:
        raise typer.Exit(DUE_FOR_REVIEW)


def _read(context: typer.Context, on: datetime | None) -> "tuple[date, list[PlanKind]]":
    from claims.payer_rules.rule_files import plan_kinds, read_own_files

    with failing_clearly():
        settings = settings_of(context)
        files = [*read_own_files(settings.home.payer_rules), *plan_kinds()]
    return (on.date() if on else settings.current_day()), files


def _entries(files: "list[PlanKind]") -> "Iterator[tuple[str, Entry]]":
    for file in files:
        for entry in file.entries:
            yield f"{file.name}.toml", entry


def _row(file: str, entry: "Entry") -> tuple[str | int, ...]:
    end = entry.effective_to.isoformat() if entry.effective_to else ""
    start, review = entry.effective_from.isoformat(), entry.review_on.isoformat()
    return file, entry.section, entry.level, entry.summary, start, end, entry.source, entry.owner, review
