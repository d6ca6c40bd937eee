"""Keep leases, promises and the place in the plan with each item; make touches append-only."""

import sqlalchemy as sa
from alembic import op

from serving.database.append_only import make_append_only, make_changeable

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns, put the index of take-next on the plan, protect the touches."""
    op.add_column("work_items", sa.Column("leased_until", sa.DateTime))
    op.add_column("work_items", sa.Column("promised_on", sa.Date))
    op.add_column("work_items", sa.Column("plan_rank", sa.Integer, nullable=False, server_default="2147483647"))
    op.add_column("work_items", sa.Column("why", sa.String, nullable=False, server_default=""))
    # What is in progress came without a lease: it goes to the next who asks, with a touch that says so.
    op.execute(sa.text("UPDATE work_items SET leased_until = updated_at WHERE status = 'in_progress'"))
    op.drop_index("work_items_next", "work_items")
    op.create_index("work_items_next", "work_items", ["status", "plan_rank", "key"])
    op.create_index("work_items_leases", "work_items", ["status", "leased_until"])
    op.add_column("touches", sa.Column("promised_on", sa.Date))
    make_append_only(op.get_bind(), "touches")


def downgrade() -> None:
    """Take all of that back."""
    make_changeable(op.get_bind(), "touches")
    op.drop_column("touches", "promised_on")
    op.drop_index("work_items_leases", "work_items")
    op.drop_index("work_items_next", "work_items")
    op.create_index("work_items_next", "work_items", ["status", sa.text("worth DESC"), "due_on", "key"])
    for column in ("why", "plan_rank", "promised_on", "leased_until"):
        op.drop_column("work_items", column)
