"""Owns how full the work queue is: items by status, counted by the database."""

from sqlalchemy import Engine, func, select

from serving.work_queue.statuses import Status
from serving.work_queue.tables import work_items


def count_by_status(engine: Engine) -> dict[Status, int]:
    """Count items of each status, those without any too."""
    query = select(work_items.c.status, func.count()).group_by(work_items.c.status)
    with engine.connect() as connection:
        found = {str(status): int(count) for status, count in connection.execute(query)}
    return {status: found.get(status.value, 0) for status in Status}
