"""Owns which figures a run has: overall, of the baselines, by payer, cause, claim type and month, and in dollars.

All come from the held-out rows, with 95 % percentile bootstrap intervals.
"""

import numpy as np
from numpy.typing import NDArray

from features.batch import day_date
from models.bundle import Json
from training.coverage import measure_intervals
from training.dollars import measure_dollars
from training.holdout import MODEL, Holdout
from training.metrics import bootstrap, measure

RESAMPLES = 200
SEGMENT_RESAMPLES = 100  # there are some forty segments
SEED = 20
SMALLEST_SEGMENT = 50


def measure_holdout(holdout: Holdout) -> dict[str, Json]:
    """Measure `test` and its `interval`, `confidence`, `baselines`, `dollars`, and segments, each with an `interval`."""
    label = holdout.label
    overall = _measure(label, holdout.probability, resamples=RESAMPLES)
    months = np.array([day_date(int(day)).strftime("%Y-%m") for day in holdout.sent], dtype=object)
    return {
        "test": {name: figure for name, figure in overall.items() if name not in ("interval", "row_count")},
        "interval": overall["interval"],
        "confidence": measure_intervals(holdout),
        "baselines": {name: measure(label, probability) for name, probability in holdout.baselines.items()},
        "dollars": measure_dollars(
            expected=holdout.expected_amount, observed=np.where(label, holdout.outcome_amount, 0.0), amount=holdout.amount
        ),
        "payers": _by(holdout, holdout.payer_id),
        "causes": _by_cause(holdout),
        "claim_types": {} if holdout.claim_kind is None else _by(holdout, holdout.claim_kind),
        "months": _by(holdout, months),
    }


def _by(holdout: Holdout, groups: NDArray[np.object_]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name in np.unique(groups.astype(str)):
        own = groups == name
        if own.sum() >= SMALLEST_SEGMENT:
            found[str(name)] = _measure(holdout.label[own], holdout.probability[own], resamples=SEGMENT_RESAMPLES)
    return found


def _by_cause(holdout: Holdout) -> dict[str, Json]:
    """Measure each member's own share: is the row denied for this cause? `row_count` counts those that are."""
    found: dict[str, Json] = {}
    for at, name in enumerate(holdout.cause_names):
        label = holdout.cause == name
        if len(holdout.cause_names) > 1 and label.any():
            figures = _measure(label, holdout.causes[:, at], resamples=SEGMENT_RESAMPLES)
            found[name] = {**figures, "row_count": int(label.sum())}
    return found


def _measure(label: NDArray[np.bool_], probability: NDArray[np.float64], *, resamples: int) -> dict[str, Json]:
    ends = bootstrap(label, {MODEL: probability}, resamples=resamples, seed=SEED)[MODEL]
    return {
        "row_count": len(label),
        **measure(label, probability),
        "interval": {name: [low, high] for name, (low, high) in ends.items()},
    }
