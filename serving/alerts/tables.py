"""Owns the table of what people did about alerts. A change here takes a new migration (`serving/database`)."""

from sqlalchemy import Boolean, Column, Integer, String, Table

from serving.database.column_types import UtcTime
from serving.database.metadata import metadata

# One row per thing done, in full: the last row of an alert is how it stands. `version` counts from 1, so that of two people who
# saw the same alert one writes and the other is told.
alert_touches = Table(
    "alert_touches",
    metadata,
    Column("alert_id", String(16), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("touched_at", UtcTime, nullable=False),
    Column("touched_by", String(80), nullable=False),
    Column("is_acknowledged", Boolean, nullable=False),
    Column("assigned_to", String(80)),  # None = nobody
    Column("note", String(2000)),
)
