"""Owns what the detector watches: answered services by the day they became known, one row per claim and service group."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claims.adjudication import Adjudication, adjudicate
from claims.history.store import HistoryStore
from claims.statements import read_statements
from features.batch import days, numbers, texts

_CLAIMS = (
    "submission_id", "patient_control_number", "patient_key", "payer_id", "facility_npi", "facility_name", "billing_provider_npi",
    "frequency_code",
)  # fmt: skip
_LINES = ("submission_id", "line_number", "procedure_code", "revenue_code", "charge_amount")
SAME_PATIENT_DAYS = 60


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Rows in order of their day; every array has shape (n,). `cause` is "" where nothing of the service group was denied."""

    submission_id: NDArray[np.object_]
    claim_id: NDArray[np.object_]
    day: NDArray[np.int64]  # since 1970-01-01
    payer: NDArray[np.object_]
    location: NDArray[np.object_]
    family: NDArray[np.object_]
    cause: NDArray[np.object_]
    denied_amount: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.day)

    def take(self, rows: NDArray[np.bool_]) -> "Watched":
        """Keep some rows."""
        return Watched(**{name: column[rows] for name, column in vars(self).items()})


def read_watched(store: HistoryStore, *, as_of: date, adjudication: Adjudication | None = None) -> Watched:
    """Read what was known at the end of a day. Replacements are left out: they answer a denial that was seen already.

    One patient's denials by one payer for one cause count once in `SAME_PATIENT_DAYS`: a wrong card or a course of treatment
    makes many denials of one event, which is no change of anybody's policy. Measured: without this, three times the false alarms.
    """
    before = as_of + timedelta(days=1)
    known = adjudication or adjudicate(store, before=before)
    with duckdb.connect() as connection:
        connection.register("claims", store.read("claims", columns=_CLAIMS, before=before))
        connection.register("claim_lines", store.read("claim_lines", columns=_LINES, before=before))
        connection.register("submissions", known.submissions)
        connection.register("lines", known.lines)
        statement = read_statements("trends/watched.sql", package="serving.analytics")["watched"]
        rows: pa.Table = connection.sql(statement).to_arrow_table()
    watched = Watched(
        submission_id=texts(rows["submission_id"]),
        claim_id=texts(rows["claim_id"]),
        day=days(rows["known_on"]),
        payer=texts(rows["payer"]),
        location=texts(rows["location"]),
        family=texts(rows["family"]),
        cause=texts(rows["cause"]),
        denied_amount=numbers(rows["denied_amount"]),
    )
    return watched.take(~_repeats(watched, texts(rows["patient"])))


def _repeats(watched: Watched, patient: NDArray[np.object_]) -> NDArray[np.bool_]:
    repeated = np.zeros(len(watched), dtype=np.bool_)
    denied = np.flatnonzero(watched.cause != "")
    last: dict[tuple[str, str, str], int] = {}
    for row in denied.tolist():  # in order of the day
        key = (patient[row], watched.payer[row], watched.cause[row])
        day = int(watched.day[row])
        repeated[row] = day - last.get(key, -SAME_PATIENT_DAYS - 1) <= SAME_PATIENT_DAYS
        last[key] = day
    return repeated
