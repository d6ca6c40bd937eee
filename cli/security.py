"""Owns the opening of accounts and audit trail for one command."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from serving.security.security import Security


@contextmanager
def opened_security(context: typer.Context) -> Iterator["Security"]:
    """Open the database of the home for one command; errors that a user can act on become one line."""
    from cli.options import failing_clearly, settings_of
    from serving.database.connection import open_database
    from serving.security.security import Security

    with failing_clearly():
        settings = settings_of(context)
        database = open_database(settings.home.database_url)
        security = Security(settings, database)
        try:
            yield security
        finally:
            security.close()
            database.dispose()


def record_seen(context: typer.Context, call: str, *, claim_ids: Sequence[str] = (), detail: str = "") -> None:
    """Put into the audit trail that whoever runs this command saw claims."""
    with opened_security(context) as security:
        security.record_command(call, touching="seen", claim_ids=claim_ids, detail=detail, now=datetime.now(UTC))
