"""Owns the connection to the service's database: SQLite by default, PostgreSQL by URL, and bringing its tables up to date."""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, column, create_engine, event, inspect, select, table
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30
_APPLIED = table("alembic_version", column("version_num"))
_MIGRATION = re.compile(r"\d{4}_\w+\.py")


def open_database(url: str) -> Engine:
    """Connect and bring the tables up to date. A SQLite file and its folder are made where missing."""
    engine = connect(url)
    if applied_migration(engine) != newest_migration():
        from serving.database.migrating import migrate

        migrate(engine)
    return engine


def connect(url: str | URL) -> Engine:
    """Connect, whatever state the tables are in. A SQLite file and its folder are made where missing."""
    parsed = with_driver(make_url(url))
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def writing(engine: Engine) -> Engine:
    """Give the engine for a transaction that writes: SQLite then locks at its beginning instead of failing in its middle."""
    return engine.execution_options(writes=True)


def applied_migration(engine: Engine) -> str | None:
    """Name the migration that a database stands at; `None` before the first. Raises: SQLAlchemyError, if it does not answer."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(_APPLIED.name):
            return None
        found: str | None = connection.execute(select(_APPLIED.c.version_num)).scalar()
        return found


@cache
def newest_migration() -> str:
    """Name the migration that this version of the service wants: their files stand in one line, by number."""
    folder = files("serving").joinpath("database", "migrations", "versions")
    return max(file.name.partition("_")[0] for file in folder.iterdir() if _MIGRATION.fullmatch(file.name))


def with_driver(url: URL) -> URL:
    """Name the PostgreSQL driver that we test with where a URL names none: `postgres://` and `postgresql://` just work."""
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Let readers go on while one writes, lose nothing on a crash, and leave BEGIN to `_begin_sqlite`."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
