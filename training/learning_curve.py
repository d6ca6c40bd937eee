"""Owns the learning curve: what the held-out loss would have been with less history, everything else alike."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.bundle import Json, ModelBundle
from models.calibration import Calibration
from models.spec import ModelSpec
from training.confidence import learn_confidence
from training.dataset import Dataset
from training.holdout import Holdout
from training.members import fit_members, plan_members
from training.metrics import mean_draws, row_losses

SHARES = (0.1, 0.25, 0.5)  # newest of the fitted rows
SMALLEST_ROW_COUNT = 2_000
RESAMPLES, SEED = 200, 51


def learning_curve(
    measured: ModelBundle,
    dataset: Dataset,
    holdout: Holdout,
    *,
    fitted: NDArray[np.int64],
    tested: NDArray[np.int64],
    rounds: Mapping[str, int],
    spec: ModelSpec,
    center: Calibration,
) -> list[Json]:
    """Fit on the newest tenth, quarter and half of the fitted rows, with the rounds and the map of all; all are the last point.

    Points are {"row_count", "log_loss", "low", "high"}. With intervals (their `center` is the same at all sizes) a point also has
    `later_inside`: the share of rows for which the answer of the whole history lies in the interval that the smaller one gave.
    Empty below 2,000 fitted rows: the tenth would be too few to learn from.
    """
    if len(fitted) < SMALLEST_ROW_COUNT:
        return []
    later = holdout.probability
    usual = int(np.median(list(rounds.values())))
    found: list[Json] = []
    for share in SHARES:
        rows = fitted[-int(len(fitted) * share) :]
        plans = plan_members(dataset, rows, spec)
        if not plans or not 0 < dataset.label[rows].sum() < len(rows):
            continue
        own = {plan.cause: rounds.get(plan.cause, usual) for plan in plans}
        confidence = learn_confidence(
            spec.confidence,
            shown=measured.calibration,
            center=center,
            positive_count=int(dataset.label[rows].sum()),
            names=measured.feature_names,
        )
        smaller = replace(measured, members=fit_members(dataset, rows, plans, spec, rounds=own), confidence=confidence)
        matrix = dataset.matrix.take(tested)
        ends = smaller.interval(matrix)
        inside = {} if ends is None else {"later_inside": float(np.mean((ends[0] <= later) & (later <= ends[1])))}
        found.append({**_point(len(rows), holdout, smaller.predict_probability(matrix)), **inside})
    return [*found, _point(len(fitted), holdout, holdout.probability)]


def points_of(metrics: Mapping[str, Json]) -> list[tuple[int, float]]:
    """Read (rows, log-loss) of the curve in a bundle's metrics; empty where it has none."""
    curve = metrics.get("learning_curve")
    points: Sequence[Json] = curve if isinstance(curve, list | tuple) else ()
    return [
        (point["row_count"], point["log_loss"])
        for point in points
        if isinstance(point, Mapping) and isinstance(point["row_count"], int) and isinstance(point["log_loss"], float)
    ]


def _point(row_count: int, holdout: Holdout, probability: NDArray[np.float64]) -> dict[str, Json]:
    losses = row_losses(holdout.label, probability)
    low, high = np.quantile(mean_draws(losses, resamples=RESAMPLES, seed=SEED), [0.025, 0.975])
    return {"row_count": row_count, "log_loss": float(losses.mean()), "low": float(low), "high": float(high)}
