"""Owns the opening of accounts and audit trail for one command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from serving.security.security import Security


@contextmanager
def opened_security(context: typer.Context) -> Iterator["Security"]:
    """Open the database of the home for one command; errors that a user can act on become one line."""
    from cli.main import failing_clearly, settings_of
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
