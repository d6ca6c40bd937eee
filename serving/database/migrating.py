"""Owns bringing a database's tables up to date, by Alembic. Imported only where they are not: Alembic costs a start."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from serving.database.connection import writing

# Any number will do, as long as nobody else on the server takes it: the letters "deni".
MIGRATION_LOCK = 0x64656E69


def migrate(engine: Engine) -> None:
    """Apply the migrations that are missing; several processes may do so at once."""
    config = migrations()
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def migrations() -> Config:
    """Give Alembic's configuration; the connection goes into its attributes."""
    config = Config()
    config.set_main_option("script_location", str(Path(str(files("serving"))) / "database" / "migrations"))
    return config
