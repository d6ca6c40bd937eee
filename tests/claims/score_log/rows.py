"""Rows of the score log as a service would write them, for tests that need no model."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from claims.claim import Claim
from claims.score_log.fields import hash_claim
from claims.score_log.schema import FIELD_PREFIX, SCORES
from tests.factories import HASHER

SCORED_AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def score_row(claim: Claim, **changes: Any) -> dict[str, Any]:
    """Give a score of a claim: 0.5, hold, unless told otherwise."""
    row: dict[str, Any] = dict.fromkeys(SCORES.names)
    row |= {
        "score_id": f"{claim.patient_control_number}-{claim.frequency_code}",
        "request_id": "request",
        "source": "api",
        "scored_at": SCORED_AT,
        "as_of": SCORED_AT.date(),
        "patient_control_number": claim.patient_control_number,
        "payer_id": claim.payer.payer_id,
        "frequency_code": claim.frequency_code,
        "charge_amount": claim.charge_amount,
        "model_version": "denial_risk-test",
        "denial_probability": 0.5,
        "denial_category": "authorization",
        "expected_denied_amount": 50.0,
        "advice": "hold",
        "expected_saving": 1.0,
        "fixes": [],
        "certain": [],
        "latency_ms": 1.0,
    }
    row |= {f"{FIELD_PREFIX}{name}": found for name, found in hash_claim(claim, hasher=HASHER).items()}
    return row | changes


def score_rows(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCORES)


def day(number: int) -> date:
    """Number days from the day of the scores."""
    return date.fromordinal(SCORED_AT.date().toordinal() + number)
