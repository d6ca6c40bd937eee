"""Owns the connection to the service's database: SQLite by default, PostgreSQL by URL, and bringing its tables up to date."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30
# Any number will do, as long as nobody else on the server takes it: the letters "deni".
MIGRATION_LOCK = 0x64656E69


def open_database(url: str) -> Engine:
    """Connect and bring the tables up to date. A SQLite file and its folder are made where missing."""
    engine = _connect(url)
    migrate(engine)
    return engine


def writing(engine: Engine) -> Engine:
    """Give the engine for a transaction that writes: SQLite then locks at its beginning instead of failing in its middle."""
    return engine.execution_options(writes=True)


def migrate(engine: Engine) -> None:
    """Apply the migrations that are missing; several processes may do so at once."""
    config = migrations()
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def applied_migration(engine: Engine) -> str | None:
    """Name the migration that a database stands at; `None` before the first. Raises: SQLAlchemyError, if it does not answer."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def newest_migration() -> str | None:
    """Name the migration that this version of the service wants."""
    return ScriptDirectory.from_config(migrations()).get_current_head()


def migrations() -> Config:
    """Give Alembic's configuration; the connection goes into its attributes."""
    config = Config()
    config.set_main_option("script_location", str(Path(str(files("serving"))) / "database" / "migrations"))
    return config


def with_driver(url: URL) -> URL:
    """Name the PostgreSQL driver that we test with where a URL names none: `postgres://` and `postgresql://` just work."""
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _connect(url: str) -> Engine:
    parsed = with_driver(make_url(url))
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


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
