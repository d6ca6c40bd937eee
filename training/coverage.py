"""Owns the checks of intervals: what held-out outcomes can show of them, and how often they hold the true probability of a key.

Held-out outcomes only show rates of many rows. That a group's rate lies between its mean ends is necessary, not sufficient.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.bundle import Json
from training.holdout import HIGH, LOW, MODEL, UNFAMILIAR, Holdout
from training.metrics import log_loss

GROUPS = 10
THIRDS = 3
SMALLEST_GROUP = 50

Numbers = NDArray[np.float64]


def measure_intervals(holdout: Holdout) -> dict[str, Json]:
    """Check intervals on held-out outcomes; empty for a model without.

    `low_held` and `high_held`: share of ten groups by that end whose rate is not beyond the group's mean end. `segments_inside`:
    share of the groups of payer and third of the risk, 50 rows or more, whose rate lies between their mean ends.
    """
    low, high, strange = holdout.low, holdout.high, holdout.is_unfamiliar
    if low is None or high is None or strange is None:
        return {}
    inside = [
        bool(low[rows].mean() <= holdout.label[rows].mean() <= high[rows].mean())
        for payer in np.unique(holdout.payer_id.astype(str))
        for rows in _split(np.flatnonzero(holdout.payer_id == payer), holdout.probability, THIRDS)
        if len(rows) >= SMALLEST_GROUP
    ]
    everything = np.arange(len(low))
    return {
        "mean_width": float((high - low).mean()),
        "unfamiliar_share": float(strange.mean()),
        "low_held": _share([holdout.label[rows].mean() >= low[rows].mean() for rows in _split(everything, low, GROUPS)]),
        "high_held": _share([holdout.label[rows].mean() <= high[rows].mean() for rows in _split(everything, high, GROUPS)]),
        "segment_count": len(inside),
        "segments_inside": _share(inside),
        **{name: _familiarity(holdout, rows) for name, rows in (("familiar", ~strange), ("unfamiliar", strange)) if rows.any()},
    }


def cover_truth(holdout: pa.Table, rows: NDArray[np.int64], probability: Numbers) -> dict[str, Json]:
    """Give the share of these rows whose true probability their interval holds, overall and by familiarity; empty without."""
    if LOW not in holdout.column_names:
        return {}
    low, high, shown = (np.asarray(holdout[name])[rows] for name in (LOW, HIGH, MODEL))
    label, strange = (np.asarray(holdout[name])[rows] for name in ("label", UNFAMILIAR))
    found: dict[str, Json] = {}
    for name, chosen in (("all", np.ones(len(rows), dtype=bool)), ("familiar", ~strange), ("unfamiliar", strange)):
        if chosen.any():
            true = probability[chosen]
            found[name] = {
                "row_count": int(chosen.sum()),
                "coverage": float(((low[chosen] <= true) & (true <= high[chosen])).mean()),
                "true_below": float((true < low[chosen]).mean()),
                "true_above": float((true > high[chosen]).mean()),
                "mean_width": float((high - low)[chosen].mean()),
                "log_loss": log_loss(label[chosen], shown[chosen]),
                "oracle_log_loss": log_loss(label[chosen], true),
            }
    return found


def _familiarity(holdout: Holdout, rows: NDArray[np.bool_]) -> dict[str, Json]:
    return {
        "row_count": int(rows.sum()),
        "observed": float(holdout.label[rows].mean()),
        "expected": float(holdout.probability[rows].mean()),
        "log_loss": log_loss(holdout.label[rows], holdout.probability[rows]),
    }


def _split(rows: NDArray[np.int64], by: Numbers, count: int) -> list[NDArray[np.int64]]:
    """Cut rows into groups of equal count by rising `by`, leaving out empty ones."""
    ordered = rows[np.argsort(by[rows], kind="stable")]
    return [part for part in np.array_split(ordered, count) if len(part)]


def _share(held: list[bool]) -> float | None:
    return float(np.mean(held)) if held else None
