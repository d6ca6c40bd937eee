"""Owns the tables of webhooks and of what they are told. A change here takes a new migration (`serving/database`)."""

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from serving.database.column_types import UtcTime
from serving.database.metadata import metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("url", String(2000), nullable=False),
    Column("events", String(200), nullable=False),  # words, blanks between
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("removed_at", UtcTime),  # None = in use
)

# The outbox: a row per event and webhook. `about` tells an event apart, so that the same one is told once.
deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("webhook_id", String(16), nullable=False),
    Column("event", String(40), nullable=False),
    Column("about", String(64), nullable=False),
    Column("claim_id", String(80), nullable=False),  # so that what was told of a claim can be erased with it
    Column("body", String(4000), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),  # None = delivered, or given up
    Column("attempts", Integer, nullable=False),
    Column("delivered_at", UtcTime),
    Column("trouble", String(200)),  # of the last attempt
    UniqueConstraint("webhook_id", "about", name="webhook_deliveries_once"),
    Index("webhook_deliveries_due", "due_at"),
    Index("webhook_deliveries_claim", "claim_id"),
)
