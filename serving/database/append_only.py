"""Owns making a table append-only: its rows can be added, never changed or removed, whoever holds the connection."""

from sqlalchemy import Connection

_SQLITE = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRESQL = (
    """
CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$
""",
    """
CREATE TRIGGER {table}_keep_rows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()
""",
)


def make_append_only(connection: Connection, table: str) -> None:
    """Refuse every later UPDATE and DELETE (and TRUNCATE) of a table with a database error. For migrations."""
    if connection.dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            connection.exec_driver_sql(statement.format(table=table))
        return
    for verb in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(_SQLITE.format(table=table, verb=verb))


def make_changeable(connection: Connection, table: str) -> None:
    """Take that back, as a downgrade does. For migrations."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP TRIGGER {table}_keep_rows ON {table}")
        connection.exec_driver_sql(f"DROP FUNCTION {table}_is_append_only()")
        return
    for verb in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(f"DROP TRIGGER {table}_{verb}")
