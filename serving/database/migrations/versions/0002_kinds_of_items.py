"""Tell kinds of work items apart, with their level, last day, warning and what is still out. Every sync renews the values."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
_NAMES = ("kind", "recoverable_amount", "appeal_level", "appeal_deadline", "warning", "avoidable", "waits_until")


def upgrade() -> None:
    """Add the columns; what is there are denials of the first level."""
    op.add_column("work_items", sa.Column("kind", sa.String(20), nullable=False, server_default="denial"))
    op.add_column("work_items", sa.Column("recoverable_amount", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("work_items", sa.Column("appeal_level", sa.Integer, nullable=False, server_default="1"))
    op.add_column("work_items", sa.Column("appeal_deadline", sa.Date))
    op.add_column("work_items", sa.Column("warning", sa.String(20), nullable=False, server_default="none"))
    op.add_column("work_items", sa.Column("avoidable", sa.Boolean))
    op.add_column("work_items", sa.Column("waits_until", sa.Date))
    op.execute(sa.text("UPDATE work_items SET recoverable_amount = denied_amount"))


def downgrade() -> None:
    """Drop the columns."""
    for name in _NAMES:
        op.drop_column("work_items", name)
