"""Owns the one collection of the service's tables. Each room declares its own, in a module that `EVERY_ROOM` names."""

from importlib import import_module

from sqlalchemy import MetaData

metadata = MetaData()
# Modules that declare tables. A new one takes a line here and a migration; a test holds both together.
EVERY_ROOM = ("serving.work_queue.tables", "serving.security.tables", "serving.alerts.tables", "serving.webhooks.tables")


def every_table() -> MetaData:
    """Give all tables of all rooms."""
    for module in EVERY_ROOM:
        import_module(module)
    return metadata
