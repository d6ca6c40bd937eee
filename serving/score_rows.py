"""Owns how scores become rows of the score log. Nothing of a claim enters but its key, its charge and keyed hashes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claims.claim import Claim
from claims.privacy import PersonHasher
from claims.score_log.fields import hash_claim
from claims.score_log.schema import FIELD_PREFIX, SCORES
from models.explanation import Explanation
from models.facts import ExplainedRow
from serving.advice import SEND
from serving.scoring import ScoredClaim


@dataclass(frozen=True, kw_only=True)
class ScoreEntry:
    """One score on its way to the log: little is kept of it, so that a buffer of them stays small.

    `features` and `causes` are those of a claim that is not simply sent, else `None`.
    """

    score_id: str
    request_id: str
    source: str
    scored_at: datetime
    as_of: date
    claim: Claim
    model_version: str
    feature_fingerprint: str
    probability: float
    low: float | None
    high: float | None
    category: str
    expected_denied_amount: float
    advice: str
    expected_saving: float
    fixes: tuple[str, ...]
    fixed_probability: float | None
    certain: tuple[str, ...]
    latency_ms: float
    features: NDArray[np.float64] | None
    causes: tuple[tuple[str, ...], NDArray[np.float64]] | None


def entries(
    scored: Sequence[ScoredClaim],
    claims: Sequence[Claim],
    *,
    request_id: str,
    source: str,
    feature_fingerprint: str,
    scored_at: datetime,
    as_of: date | None,
    latency_ms: float,
    key: str = "",
) -> list[ScoreEntry]:
    """Take from scores what the log keeps. Cheap: hashes are made later, off the way of the request."""
    return [
        ScoreEntry(
            score_id=score_id(key or request_id, position),
            request_id=request_id,
            source=source,
            scored_at=scored_at,
            as_of=as_of or claim.submitted_on,
            claim=claim,
            model_version=one.model_version,
            feature_fingerprint=feature_fingerprint,
            probability=one.denial_probability,
            low=one.probability_low,
            high=one.probability_high,
            category=one.denial_category,
            expected_denied_amount=one.expected_denied_amount,
            advice=one.advice,
            expected_saving=one.expected_saving,
            fixes=tuple(change.fix_id for change in one.fixes.changes) if one.fixes else (),
            fixed_probability=one.fixes.probability_after if one.fixes else None,
            certain=tuple(edit.id for edit in one.certain),
            latency_ms=latency_ms,
            # Copies: a view would keep the matrix of the whole request alive.
            features=told.matrix.values[told.row].copy() if (told := _told(one)) else None,
            causes=_causes(told.explanation, told.row) if told else None,
        )
        for position, (one, claim) in enumerate(zip(scored, claims, strict=True))
    ]


def score_id(key: str, position: int) -> str:
    """Name the score of a claim by its place in the request, from 0."""
    return f"{key}-{position}"


def _told(one: ScoredClaim) -> ExplainedRow | None:
    """Give what explains a claim that is not simply sent; nothing where the caller asked for the score alone."""
    return None if one.advice == SEND else one.explained


def score_table(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Make the table of rows that `score_row` laid out."""
    return pa.table({name: [row[name] for row in rows] for name in SCORES.names}, schema=SCORES)


def score_row(entry: ScoreEntry, *, hasher: PersonHasher) -> dict[str, object]:
    """Lay one entry out, its fields hashed."""
    hashes = hash_claim(entry.claim, hasher=hasher)
    return {
        "score_id": entry.score_id,
        "request_id": entry.request_id,
        "source": entry.source,
        "scored_at": entry.scored_at,
        "as_of": entry.as_of,
        "patient_control_number": entry.claim.patient_control_number,
        "payer_id": entry.claim.payer.payer_id,
        "frequency_code": entry.claim.frequency_code,
        "charge_amount": entry.claim.charge_amount,
        "model_version": entry.model_version,
        "denial_probability": entry.probability,
        "probability_low": entry.low,
        "probability_high": entry.high,
        "denial_category": entry.category,
        "expected_denied_amount": entry.expected_denied_amount,
        "advice": entry.advice,
        "expected_saving": entry.expected_saving,
        "fixes": entry.fixes,
        "fixed_probability": entry.fixed_probability,
        "certain": entry.certain,
        "latency_ms": entry.latency_ms,
        **{f"{FIELD_PREFIX}{name}": found for name, found in hashes.items()},
        "feature_fingerprint": entry.feature_fingerprint,
        "features": entry.features,
        "causes": None if entry.causes is None else entry.causes[0],
        "cause_probabilities": None if entry.causes is None else entry.causes[1],
    }


def _causes(explanation: Explanation, row: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    shares = explanation.by_cause[row] / explanation.margin[row] * explanation.probability[row]
    return tuple(explanation.causes), np.asarray(shares, dtype=np.float64)
