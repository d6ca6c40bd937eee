"""Owns the tables of accounts, keys, sessions and the audit trail. A change takes a migration; a test holds both together."""

from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from serving.database.column_types import UtcTime
from serving.database.metadata import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("roles", JSON, nullable=False),  # list of role names
    Column("password_hash", String(200)),  # None = signs in by key alone
    Column("requests_per_second", Float),  # None = the service's setting
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("account", String(80), ForeignKey("accounts.name"), nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("roles", JSON(none_as_null=True)),  # a part of the account's; None = all of them
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),  # None = until revoked
    Column("revoked_at", UtcTime),
    Index("api_keys_account", "account"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("account", String(80), ForeignKey("accounts.name"), nullable=False),
    Column("key_id", String(12), ForeignKey("api_keys.id")),  # None = signed in by password
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Index("sessions_account", "account"),
)

# Append-only (triggers), chained: `seal` covers the row and the seal before it.
audit_events = Table(
    "audit_events",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("means", String(20), nullable=False),
    Column("credential", String(80), nullable=False),
    Column("call", String(120), nullable=False),
    Column("touching", String(20), nullable=False),
    Column("status", Integer, nullable=False),
    Column("peer", String(64), nullable=False),
    Column("claims", Text, nullable=False),  # keyed hashes, blanks between
    Column("detail", String(400), nullable=False),
    Column("seal", String(64), nullable=False),
    Index("audit_events_actor", "actor", "number"),
)
