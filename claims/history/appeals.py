"""Owns what is known of appeals on a day: the latest row of each, its outcome kept back until the day it was decided."""

from datetime import date

import duckdb
import pyarrow as pa

from claims.history.schema import SCHEMAS
from claims.history.store import HistoryStore
from claims.statements import read_statements


def known_appeals(store: HistoryStore, *, before: date | None = None) -> pa.Table:
    """Read the appeals known before a day, one row per (claim, payer, level, filed_on), in the columns of `appeals`.

    An appeal that was filed before that day and decided on it or later stands here as pending.
    """
    rows = store.read("appeals", before=before)
    with duckdb.connect() as connection:
        connection.register("appeals", rows)
        statement = read_statements("history/appeals.sql")["known_appeals"]
        known: pa.Table = connection.sql(statement, params={"before": before or date.max}).to_arrow_table()
        return known.cast(SCHEMAS["appeals"])
