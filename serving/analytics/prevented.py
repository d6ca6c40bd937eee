"""Owns what followed advice is held to have prevented: of each claim sent after it, its risk before and after."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import pyarrow as pa

from claims.adjudication import adjudicate
from claims.history.store import HistoryStore
from claims.privacy import PersonHasher
from claims.root_cause import root_causes
from claims.score_log.action import MENDING
from claims.score_log.followed import Course, read_followed
from claims.score_log.log import ScoreLog
from serving.advice import FIX_THEN_SEND, SEND

PREVENTED = pa.schema(
    [
        ("submission_id", pa.string()),
        ("probability_before", pa.float64()),  # of the first score whose advice was followed
        ("probability_after", pa.float64()),  # of the claim as sent; null = nothing says
        ("amount_if_denied", pa.float64()),  # dollars that the first score expected a denial to take
        ("expected_reason", pa.string()),  # root cause id that it named
        ("expected_tier", pa.string()),
        ("expected_owner", pa.string()),
    ]
)
Row = Mapping[str, object]


class PreventedLog:
    """What followed advice prevented, by the score log of one history."""

    def __init__(self, log: ScoreLog, *, hasher: PersonHasher) -> None:
        """`hasher` holds the home's key, which the log was written with."""
        self._log = log
        self._hasher = hasher

    def read(self, store: HistoryStore, *, as_of: date) -> pa.Table:
        """Read one row per submission sent after its advice was followed, as known at the end of a day, as `PREVENTED`."""
        before = as_of + timedelta(days=1)
        if not self._log.scores(before=before, columns=["score_id"]).num_rows:
            return PREVENTED.empty_table()
        followed = read_followed(store, self._log, adjudicate(store, before=before), hasher=self._hasher, before=before)
        return pa.Table.from_pylist(prevented_rows(followed.to_pylist()), schema=PREVENTED)


def prevented_rows(followed: Iterable[Row]) -> list[dict[str, object]]:
    """Weigh rows of the change log, in order of time: one per submission of which some score's advice was followed.

    `probability_before` is that of the first such score. What came after it is, in this order: the latest later score of the
    claim as it was sent; where every proposed fix was made, what the score said of the claim so fixed; where nothing was
    changed and nothing mended, the same as before. Else nobody knows: `None`.
    """
    scores: dict[str, list[Row]] = {}
    for row in followed:
        if row["submission_id"] is not None:
            scores.setdefault(str(row["submission_id"]), []).append(row)
    found = []
    for submission_id, rows in scores.items():
        at = next((at for at, row in enumerate(rows) if _is_followed(row)), None)
        if at is not None:
            found.append(_prevented(submission_id, rows[at], rows[at + 1 :]))
    return found


def _is_followed(row: Row) -> bool:
    return row["course"] == Course.FOLLOWED and row["advice"] != SEND


def _prevented(submission_id: str, first: Row, later: list[Row]) -> dict[str, object]:
    before = _number(first["denial_probability"])
    cause = root_causes().get(str(first["denial_category"]))
    return {
        "submission_id": submission_id,
        "probability_before": before,
        "probability_after": _probability_after(first, later),
        "amount_if_denied": _number(first["expected_denied_amount"]) / before if before else 0.0,
        "expected_reason": "" if cause is None else cause.id,
        "expected_tier": "" if cause is None else cause.tier.value,
        "expected_owner": "" if cause is None else cause.owner,
    }


def _probability_after(first: Row, later: list[Row]) -> float | None:
    if first["changed"]:
        as_sent = [row for row in later if not row["changed"]]
        if as_sent:
            return _number(as_sent[-1]["denial_probability"])
    if first["advice"] == FIX_THEN_SEND:
        fixed = first["fixed_probability"]
        return None if fixed is None else _number(fixed)
    acts = first["actions"]
    is_mended = isinstance(acts, list) and bool(MENDING & set(acts))
    return None if first["changed"] or is_mended else _number(first["denial_probability"])


def _number(found: object) -> float:
    return float(str(found))
