"""Owns what every command shares: its options, the settings of its home, exit codes, and failing in one clear line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output

if TYPE_CHECKING:
    from serving.settings import Settings

REFUSED_IN_PART, WRONG_USE = 1, 2

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
ClusterAddress = Annotated[
    str | None,
    typer.Option("--cluster", help="Scheduler of a Dask cluster that does the work: tcp://host:8786 [this process]."),
]
Day = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="See only what was known before this day.")]


def settings_of(context: typer.Context) -> "Settings":
    """Read the settings, the home from --home where given. Raises: RefusedInput, naming the variables and not what they hold."""
    from pydantic import ValidationError

    from serving.errors import RefusedInput
    from serving.settings import Settings

    try:
        return Settings() if context.obj is None else Settings(home_path=context.obj)
    except ValidationError as error:
        faults = [f"{_variable(str(fault['loc'][0]))}: {fault['msg']}" for fault in error.errors(include_input=False)]
        raise RefusedInput("; ".join(faults)) from None


def _variable(field: str) -> str:
    """Name the environment variable of a setting; one with a name of its own is told by that."""
    return field if field.isupper() else f"DENIALS_{field.upper()}"


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn the errors that a user can act on into one line and exit code 2."""
    from claims.errors import ClaimsError
    from features.registry import FeatureError
    from models.errors import ModelError
    from serving.errors import ServingError
    from training.errors import TrainingError

    try:
        yield
    except (ClaimsError, FeatureError, ModelError, ServingError, TrainingError) as error:
        output.fail(str(error))
        raise typer.Exit(WRONG_USE) from None


def as_date(day: datetime | None) -> date | None:
    """Take the day of an option."""
    return None if day is None else day.date()
