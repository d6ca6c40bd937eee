"""Owns the tables of the work queue. A change here takes a new migration (`serving/database`); a test holds the two together."""

from datetime import date

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Float, ForeignKey, Index, Integer, String, Table

from serving.database.column_types import Cents, UtcTime
from serving.database.metadata import metadata

NO_DEADLINE = date.max  # sorts last on every database, as NULL does not
NO_RANK = 2**31 - 1  # an item that came after the last plan

# One row per work item: first facts and scores, renewed by every sync; from `status` on what people did; then the plan's place.
work_items = Table(
    "work_items",
    metadata,
    Column("key", String, primary_key=True),
    Column("kind", String(20), nullable=False, server_default="denial"),
    Column("claim_id", String, nullable=False),
    Column("payer_id", String, nullable=False),
    Column("denial_category", String, nullable=False),
    Column("carc", String, nullable=False),
    Column("rarc", String, nullable=False),
    Column("denied_on", Date, nullable=False),
    Column("denied_amount", Cents, nullable=False),
    Column("recoverable_amount", Cents, nullable=False, server_default="0"),
    Column("appeal_success_probability", Float, nullable=False),
    Column("probability_low", Float),
    Column("probability_high", Float),
    Column("recovered_share", Float),
    Column("decision_days", Integer),
    Column("decision_days_late", Integer),
    Column("expected_recovery", Float, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("worth", Float, nullable=False),  # expected recovery per minute
    Column("appeal_level", Integer, nullable=False, server_default="1"),
    Column("appeal_deadline", Date),
    Column("due_on", Date, nullable=False),  # last day for the next action; NO_DEADLINE = none
    Column("warning", String(20), nullable=False, server_default="none"),
    Column("suggested_action", String, nullable=False),
    Column("avoidable", Boolean),
    Column("waits_until", Date),
    Column("reason", String, nullable=False),
    Column("suggested_owner", String, nullable=False),
    Column("tier", String, nullable=False),
    Column("root_cause_1", String, nullable=False),
    Column("model_version", String, nullable=False),
    Column("status", String(20), nullable=False),
    Column("owner", String(80)),  # None = the suggested one
    Column("next_action", String(40)),  # None = the suggested one
    Column("assigned_to", String(80)),
    Column("leased_until", UtcTime),  # in progress: nobody else is handed it before
    Column("promised_on", Date),  # waiting: the payer promised an answer by this day
    Column("outcome", String(40)),
    Column("recovered_amount", Cents),
    Column("opened_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),  # 1 and one more for every touch; facts, scores and plans leave it
    Column("plan_rank", Integer, nullable=False, server_default=str(NO_RANK)),
    Column("why", String, nullable=False, server_default=""),  # why it stands there
    Index("work_items_next", "status", "plan_rank", "key"),
    Index("work_items_leases", "status", "leased_until"),
    Index("work_items_claim", "claim_id"),
)

# Who did what to an item, when. Append-only: a trigger refuses every change.
touches = Table(
    "touches",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("item_key", String, ForeignKey("work_items.key"), nullable=False),
    Column("touched_at", UtcTime, nullable=False),
    Column("touched_by", String(80), nullable=False),
    Column("what", String(40), nullable=False),
    Column("changes", JSON, nullable=False),  # field -> [before, after]
    Column("note", String(2000)),
    Column("promised_on", Date),
    Index("touches_item", "item_key", "id"),
)
