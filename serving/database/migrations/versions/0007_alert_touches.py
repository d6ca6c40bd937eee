"""Make the table of what people did about alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "alert_touches",
        sa.Column("alert_id", sa.String(16), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("touched_at", sa.DateTime, nullable=False),
        sa.Column("touched_by", sa.String(80), nullable=False),
        sa.Column("is_acknowledged", sa.Boolean, nullable=False),
        sa.Column("assigned_to", sa.String(80)),
        sa.Column("note", sa.String(2000)),
    )


def downgrade() -> None:
    """Drop the table with its rows."""
    op.drop_table("alert_touches")
