"""Owns the change log: score, advice, change, result. What was scored beside what was sent, and what the payer said to it.

One row per score. `course` says what became of the claim; `changed` names the entries of the vocabulary in which the claim as
sent differs from the claim as scored (`care`: services, days or diagnoses); `result` is the payer's first answer, null while
there is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from claims.adjudication import Adjudication
from claims.fix import fixes
from claims.history.schema import TEXTS
from claims.history.store import HistoryStore
from claims.privacy import PersonHasher
from claims.score_log.action import MENDING, ActionKind
from claims.score_log.fields import CARE, FIELDS, hash_rows
from claims.score_log.log import ScoreLog
from claims.score_log.schema import FIELD_PREFIX
from claims.statements import read_statements

WAIT_DAYS = 60  # a claim that is sent later is not sent because of the score
_LOOKED = MENDING | {ActionKind.NOTHING_FOUND}
_CLAIMS = ["submission_id", "load_id", "patient_control_number", "payer_id", "frequency_code", "submitted_on"]


class Course(StrEnum):
    """What became of a scored claim."""

    FOLLOWED = "followed"
    CHANGED_OTHERWISE = "changed_otherwise"
    SENT_AS_SCORED = "sent_as_scored"
    NEVER_SENT = "never_sent"
    OPEN = "open"  # not sent yet, and not long ago
    SENT_BEFORE = "sent_before"  # scored when the history held it already


def read_followed(
    store: HistoryStore, log: ScoreLog, adjudication: Adjudication, *, hasher: PersonHasher, before: date | None = None
) -> pa.Table:
    """Join scores to what was sent and answered, as known before a day. `adjudication` must be of that day."""
    scores = log.scores(before=before)
    submissions = _submissions(store, adjudication, before=before)
    statements = read_statements("score_log/followed.sql")
    with duckdb.connect() as connection:
        connection.register("scores", scores)
        connection.register("actions", log.actions(before=before))
        connection.register("submissions", submissions)
        parameters = {"wait_days": WAIT_DAYS}
        connection.execute(statements["sent"], parameters)
        connection.execute(statements["sent_before"])
        connection.execute(statements["reports"], parameters)
        joined: pa.Table = connection.sql(statements["joined"]).to_arrow_table()
    changed = _changed(store, scores, joined, hasher=hasher, before=before)
    end = before or _last_day(scores, submissions)
    rows = joined.select(["advice", "fixes", "actions", "acted_fixes", "submission_id", "is_late", "as_of"]).to_pylist()
    courses = [_course(row, changes, end=end) for row, changes in zip(rows, changed, strict=True)]
    return (
        joined.drop_columns(["is_late", "acted_fixes"])
        .append_column("changed", pa.array(changed, TEXTS))
        .append_column("course", pa.array([course.value for course in courses], pa.string()))
    )


def _submissions(store: HistoryStore, adjudication: Adjudication, *, before: date | None) -> pa.Table:
    """Give every submission with the time its load was committed and its first answer."""
    claims = store.read("claims", columns=_CLAIMS, before=before)
    committed = store.ledger().committed_at
    at = pa.array([committed[load] for load in claims["load_id"].to_pylist()], pa.timestamp("us", tz="UTC"))
    outcome = adjudication.submissions.select(
        ["submission_id", "rejected_on", "outcome_known_on", "denied", "denied_amount", "category"]
    )
    return claims.append_column("committed_at", at).join(outcome, "submission_id")


def _changed(
    store: HistoryStore, scores: pa.Table, joined: pa.Table, *, hasher: PersonHasher, before: date | None
) -> list[list[str]]:
    """Name the fields in which each sent claim differs from the scored one, in the order of the vocabulary."""
    wanted = pc.unique(joined["submission_id"].combine_chunks().drop_null())
    claims, lines = (store.read(name, before=before) for name in ("claims", "claim_lines"))
    claims, lines = (rows.filter(pc.is_in(rows["submission_id"], value_set=wanted)) for rows in (claims, lines))
    sent = dict(hash_rows(claims, lines, hasher=hasher))
    names = [f"{FIELD_PREFIX}{name}" for name in FIELDS]
    scored = {row["score_id"]: row for row in scores.select(["score_id", *names]).to_pylist()}
    return [
        _differing(scored[score_id], sent[submission_id]) if submission_id is not None else []
        for score_id, submission_id in zip(joined["score_id"].to_pylist(), joined["submission_id"].to_pylist(), strict=True)
    ]


def _differing(scored: Mapping[str, str], sent: Mapping[str, str]) -> list[str]:
    return [name for name in FIELDS if scored[f"{FIELD_PREFIX}{name}"] != sent[name]]


@dataclass(frozen=True)
class _Acts:
    """What people reported about one score."""

    kinds: frozenset[str]
    fixes: frozenset[str]

    def covers(self, fix: str) -> bool:
        """Tell whether a report stands for a fix: it names it, or something was mended and nothing else is named."""
        return fix in self.fixes or (not self.fixes and bool(self.kinds & MENDING))


def _course(row: Mapping[str, object], changed: Sequence[str], *, end: date) -> Course:
    if row["submission_id"] is None:
        as_of = row["as_of"]
        if row["is_late"]:
            return Course.SENT_BEFORE
        is_young = isinstance(as_of, date) and as_of + timedelta(days=WAIT_DAYS) >= end
        return Course.OPEN if is_young else Course.NEVER_SENT
    acts = _Acts(frozenset(_texts(row["actions"])), frozenset(_texts(row["acted_fixes"])))
    if _is_followed(str(row["advice"]), _texts(row["fixes"]), changed, acts):
        return Course.FOLLOWED
    return Course.CHANGED_OTHERWISE if changed else Course.SENT_AS_SCORED


def _is_followed(advice: str, proposed: Sequence[str], changed: Sequence[str], acts: _Acts) -> bool:
    """Tell whether advice was followed: every proposed fix was made or reported; of a hold, that somebody looked."""
    if advice == "fix_then_send":
        known = [fix for fix in proposed if fix in fixes()]
        return bool(known) and all(fix in changed or acts.covers(fix) for fix in known)
    if advice == "hold":
        return bool(acts.kinds & _LOOKED) or any(field != CARE for field in changed)
    return False


def _texts(found: object) -> list[str]:
    return [str(text) for text in found if text is not None] if isinstance(found, list | tuple) else []


def _last_day(scores: pa.Table, submissions: pa.Table) -> date:
    days = [pc.max(scores["as_of"]).as_py(), pc.max(submissions["submitted_on"]).as_py()]
    return max((day for day in days if day is not None), default=date.min)
