"""Keep what the appeal model knows beside the chance: interval, recovered share, days to a decision. Every sync renews them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
_COLUMNS = {
    "probability_low": sa.Float,
    "probability_high": sa.Float,
    "recovered_share": sa.Float,
    "decision_days": sa.Integer,
    "decision_days_late": sa.Integer,
}


def upgrade() -> None:
    """Add the columns, empty until the next sync."""
    for name, kind in _COLUMNS.items():
        op.add_column("work_items", sa.Column(name, kind))


def downgrade() -> None:
    """Drop the columns."""
    for name in _COLUMNS:
        op.drop_column("work_items", name)
