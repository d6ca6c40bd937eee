"""Make the work items and the touches.

Migrations write types out: what they made once stays as it was, whatever `tables` becomes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "work_items",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("claim_id", sa.String, nullable=False),
        sa.Column("payer_id", sa.String, nullable=False),
        sa.Column("denial_category", sa.String, nullable=False),
        sa.Column("carc", sa.String, nullable=False),
        sa.Column("rarc", sa.String, nullable=False),
        sa.Column("denied_on", sa.Date, nullable=False),
        sa.Column("denied_amount", sa.BigInteger, nullable=False),
        sa.Column("appeal_success_probability", sa.Float, nullable=False),
        sa.Column("expected_recovery", sa.Float, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("worth", sa.Float, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("suggested_action", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("suggested_owner", sa.String, nullable=False),
        sa.Column("tier", sa.String, nullable=False),
        sa.Column("root_cause_1", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("owner", sa.String(80)),
        sa.Column("next_action", sa.String(40)),
        sa.Column("assigned_to", sa.String(80)),
        sa.Column("outcome", sa.String(40)),
        sa.Column("recovered_amount", sa.BigInteger),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("work_items_next", "work_items", ["status", sa.text("worth DESC"), "due_on", "key"])
    op.create_index("work_items_claim", "work_items", ["claim_id"])
    op.create_table(
        "touches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("item_key", sa.String, sa.ForeignKey("work_items.key"), nullable=False),
        sa.Column("touched_at", sa.DateTime, nullable=False),
        sa.Column("touched_by", sa.String(80), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("note", sa.String(2000)),
    )
    op.create_index("touches_item", "touches", ["item_key", "id"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("touches")
    op.drop_table("work_items")
