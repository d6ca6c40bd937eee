"""Owns how the linear part of a member is fitted: missing values at the column's mean, columns scaled, ridge."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.linear import LinearPart
from models.spec import LinearRule


def fit_linear(
    values: NDArray[np.float64],
    label: NDArray[np.bool_],
    *,
    weight: NDArray[np.float64] | None,
    rule: LinearRule,
    skipped: Sequence[int] = (),
) -> LinearPart:
    """Fit a logistic regression on the columns of `values` (n, k). A skipped column, or one that does not vary, gets none."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    centers = np.where(known, values, 0.0).sum(axis=0) / count
    away = np.where(known, values - centers, 0.0)
    scale = np.sqrt((away**2).sum(axis=0) / count)
    varies = scale > 1e-9 * np.maximum(1.0, np.abs(centers))
    varies[list(skipped)] = False
    scale = np.maximum(scale, rule.smallest_scale)
    model = LogisticRegression(C=rule.inverse_penalty, max_iter=2000, tol=1e-4)
    model.fit(away[:, varies] / scale[varies], label, sample_weight=weight)
    weights = np.zeros(values.shape[1])
    weights[varies] = model.coef_[0] / scale[varies]
    lows = np.where(known, values, np.inf).min(axis=0)
    highs = np.where(known, values, -np.inf).max(axis=0)
    return LinearPart(
        intercept=float(model.intercept_[0]),
        weights=tuple(weights.tolist()),
        centers=tuple(centers.tolist()),
        lows=tuple(np.where(varies, lows, centers).tolist()),
        highs=tuple(np.where(varies, highs, centers).tolist()),
    )


def recency_weights(sent: NDArray[np.int64], half_life_days: float) -> NDArray[np.float64] | None:
    """Weigh each row by its age against the newest, mean 1. `None` where all rows count alike."""
    if not half_life_days:
        return None
    weights = np.exp2((sent - sent.max()) / half_life_days)
    scaled: NDArray[np.float64] = weights / weights.mean()
    return scaled
