from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite

from serving.work_queue.database import migrate, open_database
from serving.work_queue.statuses import Status, may_move
from serving.work_queue.store import WorkQueueStore, next_query
from serving.work_queue.tables import metadata, work_items
from tests.serving.work_queue.queues import NOW, item


def test_migrations_make_the_tables_that_the_code_declares(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'q.db'}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


def test_migrating_again_keeps_the_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'q.db'}"
    store = WorkQueueStore(url)
    store.sync([item("a")], {}, now=NOW)
    store.close()
    engine = open_database(url)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(work_items)).scalar() == 1
    engine.dispose()


def test_take_next_reads_its_index_in_order(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'q.db'}")
    query = str(next_query(owner=None, payer_id=None).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    with engine.connect() as connection:
        plan = " ".join(str(row[-1]) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))
    engine.dispose()
    assert "USING INDEX work_items_next (status=?)" in plan
    assert "TEMP B-TREE" not in plan


def test_take_next_skips_locked_rows_on_postgresql() -> None:
    assert "FOR UPDATE SKIP LOCKED" in str(next_query(owner="x", payer_id=None).compile(dialect=postgresql.dialect()))


def test_file_is_made_with_its_folder_and_keeps_a_log_for_readers(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new' / 'q.db'}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(select(literal(1))).scalar() == 1
    engine.dispose()


@pytest.mark.parametrize("before", list(Status))
def test_no_person_s_move_closes(before: Status) -> None:
    assert may_move(before, Status.CLOSED) == (before is Status.CLOSED)
