"""Alembic's entry: runs the migrations on the connection that `serving.work_queue.database` hands over."""

from alembic import context

from serving.work_queue.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
