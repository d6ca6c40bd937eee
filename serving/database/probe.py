"""Owns looking at a database without touching it: how its address reads without a password, and which migration it stands at."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from serving.database.connection import applied_migration, connect


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What was seen: `migration` is `None` before the first, `exists` False for a SQLite file that is yet to be made."""

    exists: bool
    migration: str | None = None


def without_password(url: str) -> str:
    """Write an address as it may be shown. Raises: SQLAlchemyError, for what is no address."""
    return make_url(url).render_as_string(hide_password=True)


def probe(url: str, *, seconds: float) -> Probe:
    """Ask a database where it stands, waiting so long for a server. Raises: SQLAlchemyError; ModuleNotFoundError (driver)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        parsed = parsed.update_query_dict({"connect_timeout": str(max(1, int(seconds)))})
    elif parsed.database and not Path(parsed.database).exists():
        return Probe(exists=False)
    engine = connect(parsed)
    try:
        return Probe(exists=True, migration=applied_migration(engine))
    finally:
        engine.dispose()
