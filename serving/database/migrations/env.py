"""Alembic's entry: runs the migrations on the connection that `serving.database.connection` hands over."""

from alembic import context

from serving.database.metadata import every_table

context.configure(connection=context.config.attributes["connection"], target_metadata=every_table())
with context.begin_transaction():
    context.run_migrations()
