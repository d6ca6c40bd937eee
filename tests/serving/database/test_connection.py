from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, inspect, literal, select, text
from sqlalchemy.engine import make_url

from serving.database.connection import applied_migration, newest_migration, open_database, with_driver, writing
from serving.database.metadata import every_table
from serving.database.migrating import migrate, migrations
from serving.work_queue.store import WorkQueueStore
from serving.work_queue.tables import work_items
from tests.serving.work_queue.queues import NOW, TODAY, item


def test_migrations_make_the_tables_that_the_code_declares(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), every_table())
    assert differences == []


def test_migrations_go_down_to_nothing_and_up_again(engine: Engine) -> None:
    config = migrations()
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(engine)
    assert set(inspect(engine).get_table_names()) == {"alembic_version", *every_table().tables}


def test_migrating_again_keeps_the_rows(engine: Engine) -> None:
    WorkQueueStore(engine).sync([item("a")], {}, now=NOW, as_of=TODAY)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(work_items)).scalar() == 1


def test_newest_migration_is_the_head_of_alembics_line(engine: Engine) -> None:
    assert newest_migration() == ScriptDirectory.from_config(migrations()).get_current_head()
    assert applied_migration(engine) == newest_migration()


def test_database_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'q.db'}"
    engine, config = open_database(url), migrations()
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    assert applied_migration(engine) == "0001"
    engine.dispose()
    engine = open_database(url)
    assert applied_migration(engine) == newest_migration()
    engine.dispose()


def test_file_is_made_with_its_folder_and_keeps_a_log_for_readers(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new' / 'q.db'}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(select(literal(1))).scalar() == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("postgresql://h/db", "postgresql+psycopg"),
        ("postgres://h/db", "postgresql+psycopg"),
        ("postgresql+asyncpg://h/db", "postgresql+asyncpg"),
        ("sqlite:///q.db", "sqlite"),
    ],
)
def test_url_without_a_driver_gets_ours(given: str, driver: str) -> None:
    assert with_driver(make_url(given)).drivername == driver
