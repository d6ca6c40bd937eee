"""Owns what the measures read of the work queue: who touched a denied claim how often, and how people closed it."""

from datetime import date, datetime

import pyarrow as pa
from sqlalchemy import Engine, RowMapping, and_, case, func, select

from serving.work_queue.statuses import BY_ITSELF, Mover, Status
from serving.work_queue.tables import touches, work_items
from serving.work_queue.work_item import Kind

WORKED = pa.schema(
    [
        ("claim_id", pa.string()),
        ("payer", pa.string()),
        ("touch_count", pa.int64()),  # by people, on all items of the claim
        ("last_touched_on", pa.date32()),
        ("closed_on", pa.date32()),  # null = no person closed its denial
        ("work_outcome", pa.string()),
        ("work_avoidable", pa.bool_()),  # as the item says; null = it does not say
        ("underpaid_amount", pa.float64()),  # dollars of open items of underpayment
    ]
)
_NOBODY = tuple(
    mover.value for mover in (Mover.LEASE, Mover.PROMISE, Mover.PAYER)
)  # who stands under a touch that no person made


class WorkedLog:
    """What people did in one work queue."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def mark(self) -> tuple[object, ...]:
        """Mark the state of what `read` gives: another mark, another reading."""
        return worked_mark(self._engine)

    def read(self) -> pa.Table:
        """Read what `read_worked` reads."""
        return read_worked(self._engine)


def read_worked(engine: Engine) -> pa.Table:
    """Read what people did, as it stands now, one row per claim and payer with an item, in the columns of `WORKED`.

    Where a claim has several denial items, the outcome is that of the item closed last.
    """
    by_people = and_(touches.c.item_key == work_items.c.key, touches.c.touched_by.not_in(_NOBODY))
    closed_at = case((touches.c.what == "outcome", touches.c.touched_at))
    facts = [
        work_items.c[name]
        for name in ("key", "kind", "claim_id", "payer_id", "status", "outcome", "avoidable", "recoverable_amount")
    ]
    query = (
        select(
            *facts,
            func.count(touches.c.id).label("touch_count"),
            func.max(touches.c.touched_at).label("last_touched_at"),
            func.max(closed_at).label("closed_at"),
        )
        .outerjoin_from(work_items, touches, by_people)
        .group_by(*facts)
        .order_by(func.max(closed_at))
    )
    found: dict[tuple[str, str], dict[str, object]] = {}
    with engine.connect() as connection:
        for row in connection.execute(query).mappings():
            _add(found, row)
    return pa.Table.from_pylist(list(found.values()), schema=WORKED)


def worked_mark(engine: Engine) -> tuple[object, ...]:
    """Mark the state of what `read_worked` reads: another mark, another reading."""
    with engine.connect() as connection:
        last = connection.execute(select(func.max(touches.c.id))).scalar()
        count = connection.execute(select(func.count()).select_from(work_items)).scalar()
    return last, count


def _add(found: dict[tuple[str, str], dict[str, object]], row: RowMapping) -> None:
    key = (str(row["claim_id"]), str(row["payer_id"]))
    kept = found.setdefault(
        key, {"claim_id": key[0], "payer": key[1], "touch_count": 0, "last_touched_on": None, "underpaid_amount": 0.0}
    )
    kept["touch_count"] = int(str(kept["touch_count"])) + int(str(row["touch_count"]))
    last, before = _day(row["last_touched_at"]), kept["last_touched_on"]
    kept["last_touched_on"] = max((day for day in (last, before) if isinstance(day, date)), default=None)
    if row["kind"] == Kind.UNDERPAYMENT and row["status"] != Status.CLOSED:
        kept["underpaid_amount"] = float(str(kept["underpaid_amount"])) + float(row["recoverable_amount"])
    is_closed = row["status"] == Status.CLOSED and row["outcome"] not in BY_ITSELF and row["kind"] == Kind.DENIAL
    if is_closed and row["closed_at"] is not None:
        kept |= {
            "closed_on": _day(row["closed_at"]), "work_outcome": row["outcome"], "work_avoidable": row["avoidable"],
        }  # fmt: skip


def _day(moment: object) -> date | None:
    return moment.date() if isinstance(moment, datetime) else None
