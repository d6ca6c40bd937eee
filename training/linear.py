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
    names: Sequence[str] = (),
    skipped: Sequence[int] = (),
    monotone: Sequence[int] | None = None,
) -> LinearPart:
    """Fit a logistic regression on the columns of `values` (n, k). A skipped column, or one that does not vary, gets none.

    `names` are those of the columns, where the rule names some. `monotone` holds a direction (-1, 0, 1) per column. Columns that
    the data turn against theirs are left out and the rest fitted again; what still runs against its direction then gets 0.
    """
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    centers = np.where(known, values, 0.0).sum(axis=0) / count
    away = np.where(known, values - centers, 0.0)
    scale = np.sqrt((away**2).sum(axis=0) / count)
    used = scale > 1e-9 * np.maximum(1.0, np.abs(centers))
    used[list(skipped)] = False
    deviation = _prior_deviations(names or [""] * len(used), rule)
    if rule.only_named:
        used &= ~np.isnan(deviation)
    # A weight of the scaled column has a prior deviation of sqrt(inverse_penalty); a named column is scaled to get its own.
    scale = np.maximum(np.where(used, scale, 1.0), rule.smallest_scale)
    scale = np.where(np.isnan(deviation), scale, np.sqrt(rule.inverse_penalty) / deviation)
    away /= scale
    direction = np.zeros(values.shape[1]) if monotone is None else np.asarray(monotone, dtype=np.float64)
    weights, intercept = _fit(away, label, weight, used, rule)
    is_against = weights * direction < 0
    if is_against.any():
        weights, intercept = _fit(away, label, weight, used & ~is_against, rule)
        weights[weights * direction < 0] = 0.0
    weights /= scale
    return LinearPart(
        intercept=intercept,
        weights=tuple(weights.tolist()),
        centers=tuple(centers.tolist()),
        lows=tuple(np.where(used, np.where(known, values, np.inf).min(axis=0), centers).tolist()),
        highs=tuple(np.where(used, np.where(known, values, -np.inf).max(axis=0), centers).tolist()),
    )


def _fit(
    away: NDArray[np.float64],
    label: NDArray[np.bool_],
    weight: NDArray[np.float64] | None,
    used: NDArray[np.bool_],
    rule: LinearRule,
) -> tuple[NDArray[np.float64], float]:
    weights = np.zeros(len(used))
    if label.all() or not label.any():  # a young fold may hold none of a cause: the log-odds of half a row more of each
        return weights, float(np.log((label.sum() + 0.5) / ((~label).sum() + 0.5)))
    model = LogisticRegression(C=rule.inverse_penalty, max_iter=2000, tol=1e-4)
    model.fit(away[:, used], label, sample_weight=weight)
    weights[used] = model.coef_[0]
    return weights, float(model.intercept_[0])


def _prior_deviations(names: Sequence[str], rule: LinearRule) -> NDArray[np.float64]:
    """Give the spec's deviation of each column, NaN for those it does not name; the first row that fits counts."""
    found = np.full(len(names), np.nan)
    for at, name in enumerate(names):
        for pattern, deviation in rule.deviations:
            if name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1])):
                found[at] = deviation
                break
    return found


def recency_weights(sent: NDArray[np.int64], half_life_days: float) -> NDArray[np.float64] | None:
    """Weigh each row by its age against the newest, mean 1. `None` where all rows count alike."""
    if not half_life_days:
        return None
    weights = np.exp2((sent - sent.max()) / half_life_days)
    scaled: NDArray[np.float64] = weights / weights.mean()
    return scaled
