"""Owns writing the plan's places to the items: only rows whose place changed, so that most syncs write little."""

from collections.abc import Mapping

from sqlalchemy import Connection, Engine, Integer, String, bindparam, column, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from serving.database.connection import writing
from serving.work_queue.records import Place
from serving.work_queue.statuses import Status
from serving.work_queue.tables import NO_RANK, work_items
from serving.work_queue.touching import lock_rows, syncs_alone

_NONE = Place(rank=NO_RANK, why="")
# One statement for all rows: PostgreSQL takes a round trip for each otherwise.
_ALL_AT_ONCE = text(
    "UPDATE work_items SET plan_rank = placed.plan_rank, why = placed.why "
    "FROM unnest(:keys, :ranks, :whys) AS placed(key, plan_rank, why) WHERE work_items.key = placed.key"
).bindparams(
    bindparam("keys", type_=ARRAY(String)), bindparam("ranks", type_=ARRAY(Integer)), bindparam("whys", type_=ARRAY(String))
)


def place_items(engine: Engine, places: Mapping[str, Place]) -> None:
    """Write where each unclosed item stands in the plan; those that are not named lose their place. One transaction."""
    with writing(engine).begin() as connection:
        syncs_alone(connection)
        known = select(work_items.c.key, work_items.c.plan_rank, work_items.c.why)
        rows = connection.execute(known.where(work_items.c.status != Status.CLOSED.value)).all()
        moved = {
            row.key: place for row in rows if (place := places.get(row.key, _NONE)) != Place(rank=row.plan_rank, why=row.why)
        }
        if moved:
            lock_rows(connection, moved)
            _write(connection, moved)


def _write(connection: Connection, moved: Mapping[str, Place]) -> None:
    if connection.dialect.name == "postgresql":
        ranks, whys = [place.rank for place in moved.values()], [place.why for place in moved.values()]
        connection.execute(_ALL_AT_ONCE, {"keys": list(moved), "ranks": ranks, "whys": whys})
        return
    change = update(work_items).where(work_items.c.key == bindparam("at_key"))
    change = change.values({column("plan_rank"): bindparam("new_rank"), column("why"): bindparam("new_why")})
    given = [{"at_key": key, "new_rank": place.rank, "new_why": place.why} for key, place in moved.items()]
    connection.execute(change, given)
