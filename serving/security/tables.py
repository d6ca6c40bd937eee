"""Owns the tables of accounts, keys and sessions. A change here takes a migration; a test holds the two together."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, String, Table

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
