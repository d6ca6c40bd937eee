from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from serving.database.connection import open_database
from serving.work_queue.statuses import Status, may_move
from serving.work_queue.store import next_query


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


@pytest.mark.parametrize("before", list(Status))
def test_no_person_s_move_closes(before: Status) -> None:
    assert may_move(before, Status.CLOSED) == (before is Status.CLOSED)
