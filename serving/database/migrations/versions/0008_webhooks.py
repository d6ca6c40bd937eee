"""Make the tables of webhooks and of what is to be delivered to them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("events", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("removed_at", sa.DateTime),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("webhook_id", sa.String(16), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("claim_id", sa.String(80), nullable=False),
        sa.Column("body", sa.String(4000), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("due_at", sa.DateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("delivered_at", sa.DateTime),
        sa.Column("trouble", sa.String(200)),
        sa.UniqueConstraint("webhook_id", "about", name="webhook_deliveries_once"),
    )
    op.create_index("webhook_deliveries_due", "webhook_deliveries", ["due_at"])
    op.create_index("webhook_deliveries_claim", "webhook_deliveries", ["claim_id"])


def downgrade() -> None:
    """Drop the tables with their rows."""
    op.drop_index("webhook_deliveries_claim", "webhook_deliveries")
    op.drop_index("webhook_deliveries_due", "webhook_deliveries")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")
