"""Owns which scored claims were acted on before they were sent, as training reads them off the change log.

A claim counts once, by its first score that advised more than sending it; `Act` says what became of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from claims.adjudication import Adjudication
from claims.fix import fixes
from claims.history.store import HistoryStore
from claims.privacy import PersonHasher
from claims.score_log.action import MENDING, ActionKind
from claims.score_log.followed import WAIT_DAYS, Course, read_followed
from claims.score_log.log import ScoreLog
from features.batch import day_number

SEND = "send"
_SEEN = ["score_id", "advice", "feature_fingerprint", "features", "causes", "cause_probabilities"]


class Act(StrEnum):
    """What was done about a claim because of its score."""

    MENDED = "mended"  # it was sent with a field changed
    MENDED_APART = "mended_apart"  # reported, and no field shows it
    LOOKED_AT = "looked_at"  # reported: nothing was found
    UNTOLD = "untold"  # sent as scored, nothing reported
    NEVER_SENT = "never_sent"


@dataclass(frozen=True, kw_only=True)
class ActedClaim:
    """One claim that was not simply to be sent. Days as numbers; `submission_id` is "" where it was never sent."""

    score_id: str
    submission_id: str
    claim_id: str
    payer_id: str
    charge: float
    scored: int
    settled: int  # the day its answer was known, or by which it should have been sent
    probability: float
    act: Act
    is_denied: bool
    named_causes: frozenset[str]  # those that the change or the report speaks of
    causes: Mapping[str, float]  # chances, as scored
    feature_fingerprint: str
    features: tuple[float, ...]


def read_acted(
    store: HistoryStore, adjudication: Adjudication, *, hasher: PersonHasher, before: date | None
) -> tuple[ActedClaim, ...]:
    """Read the flagged claims with an answer, or never sent, in order of their scores. A score alone logs no features."""
    log = ScoreLog(store.uri)
    seen = {row["score_id"]: row for row in log.scores(before=before, columns=_SEEN).to_pylist() if row["advice"] != SEND}
    if not seen:
        return ()
    followed = read_followed(store, log, adjudication, hasher=hasher, before=before)
    found: dict[tuple[str, ...], ActedClaim] = {}
    for row in followed.to_pylist():
        act = _act(row)
        if act is None or row["score_id"] not in seen:
            continue
        key = (row["submission_id"],) if row["submission_id"] else ("never", row["patient_control_number"], row["payer_id"])
        if key not in found:
            found[key] = _claim(row, seen[row["score_id"]], act)
    return tuple(found.values())


def _act(row: Mapping[str, object]) -> Act | None:
    """Say what was done; `None` where that says nothing of the payer: not settled, rejected, scored too late."""
    if row["course"] == Course.NEVER_SENT:
        return Act.NEVER_SENT
    if row["result"] not in {"paid", "denied"}:
        return None
    actions = set(_texts(row["actions"]))
    if _texts(row["changed"]):
        return Act.MENDED
    if actions & MENDING:
        return Act.MENDED_APART
    return Act.LOOKED_AT if ActionKind.NOTHING_FOUND in actions else Act.UNTOLD


def _claim(row: Mapping[str, object], seen: Mapping[str, object], act: Act) -> ActedClaim:
    scored, known = row["as_of"], row["result_known_on"]
    if not isinstance(scored, date):
        raise TypeError("score log, as_of: expected a date")
    settled = known if isinstance(known, date) else scored + timedelta(days=WAIT_DAYS)
    named = {cause for fix in _texts(row["changed"]) if fix in fixes() for cause in fixes()[fix].causes}
    return ActedClaim(
        score_id=str(row["score_id"]),
        submission_id=str(row["submission_id"] or ""),
        claim_id=str(row["patient_control_number"]),
        payer_id=str(row["payer_id"] or ""),
        charge=_number(row["charge_amount"]),
        scored=day_number(scored),
        settled=day_number(settled),
        probability=_number(row["denial_probability"]),
        act=act,
        is_denied=row["result"] == "denied",
        named_causes=frozenset(named),
        causes=dict(zip(_texts(seen["causes"]), _numbers(seen["cause_probabilities"]), strict=True)),
        feature_fingerprint=str(seen["feature_fingerprint"]),
        features=tuple(_numbers(seen["features"])),
    )


def _texts(found: object) -> list[str]:
    return [str(text) for text in found] if isinstance(found, list) else []


def _numbers(found: object) -> list[float]:
    return [_number(value) for value in found] if isinstance(found, list) else []


def _number(found: object) -> float:
    return float("nan") if found is None else float(str(found))
