"""Make the audit trail, whose rows are added and never changed."""

import sqlalchemy as sa
from alembic import op

from serving.database.append_only import make_append_only, make_changeable

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table and what keeps its rows."""
    op.create_table(
        "audit_events",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("means", sa.String(20), nullable=False),
        sa.Column("credential", sa.String(80), nullable=False),
        sa.Column("call", sa.String(120), nullable=False),
        sa.Column("touching", sa.String(20), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("peer", sa.String(64), nullable=False),
        sa.Column("claims", sa.Text, nullable=False),
        sa.Column("detail", sa.String(400), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    op.create_index("audit_events_actor", "audit_events", ["actor", "number"])
    make_append_only(op.get_bind(), "audit_events")


def downgrade() -> None:
    """Drop the table with its rows."""
    make_changeable(op.get_bind(), "audit_events")
    op.drop_table("audit_events")
