"""Owns how the calibration map is found: on out-of-time scores, the simplest method that later folds confirm."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.calibration import Calibration, hazard_to_probability
from models.spec import CalibrationRule
from training.metrics import log_loss

BLOCKS = 5
PRIOR_STRENGTH = 2.0  # log-likelihood units per squared unit away from the identity: keeps small windows sane
STEEPEST = 5.0

_EXPAND: dict[str, Callable[[NDArray[np.float64]], tuple[float, float, float]]] = {
    "shift": lambda found: (1.0, 1.0, found[0]),
    "platt": lambda found: (found[0], found[0], found[1]),
    "beta": lambda found: (found[0], found[1], found[2]),
}
_START = {"shift": [0.0], "platt": [1.0, 0.0], "beta": [1.0, 1.0, 0.0]}


def fit_calibration(
    hazard: NDArray[np.float64], label: NDArray[np.bool_], rule: CalibrationRule, *, sent: NDArray[np.int64]
) -> Calibration:
    """Choose and fit a map for rows sent on these days, in order of time. A later method of the rule must earn its parameters."""
    if rule.recent_days:
        recent = sent > sent.max() - rule.recent_days
        hazard, label = hazard[recent], label[recent]
    best, best_loss = rule.methods[0], _crossed_loss(hazard, label, rule.methods[0])
    for method in rule.methods[1:]:
        loss = _crossed_loss(hazard, label, method)
        if loss < best_loss - rule.worth:
            best, best_loss = method, loss
    return _fit(hazard, label, best)


def fit_center(
    hazard: NDArray[np.float64], label: NDArray[np.bool_], rule: CalibrationRule, *, sent: NDArray[np.int64]
) -> Calibration:
    """Fit the map with most freedom, for rows as in `fit_calibration`: what intervals are laid around.

    A rule that names no map but "none" says that the scores are too few for one: the center is then what is shown.
    """
    if rule.methods == ("none",):
        return Calibration()
    return fit_calibration(hazard, label, replace(rule, methods=("beta",)), sent=sent)


def _crossed_loss(hazard: NDArray[np.float64], label: NDArray[np.bool_], method: str) -> float:
    """Give the log-loss over blocks of time, each mapped by what the other blocks taught."""
    block = np.arange(len(hazard)) * BLOCKS // len(hazard)
    mapped = np.zeros(len(hazard))
    for turn in range(BLOCKS):
        inside = block == turn
        mapped[inside] = _fit(hazard[~inside], label[~inside], method).apply(hazard[inside])
    return log_loss(label, hazard_to_probability(mapped))


def _fit(hazard: NDArray[np.float64], label: NDArray[np.bool_], method: str) -> Calibration:
    if method == "none":
        return Calibration()
    expand, start = _EXPAND[method], _START[method]

    def cost(found: NDArray[np.float64]) -> float:
        log_slope, hazard_slope, intercept = expand(found)
        mapped = Calibration(method=method, log_slope=log_slope, hazard_slope=hazard_slope, intercept=intercept).apply(hazard)
        away = float(((found - start) ** 2).sum())
        return log_loss(label, hazard_to_probability(mapped)) * len(label) + PRIOR_STRENGTH * away

    bounds = [(0.05, STEEPEST)] * (len(start) - 1) + [(-STEEPEST, STEEPEST)]
    found = minimize(cost, np.array(start), method="L-BFGS-B", bounds=bounds).x
    log_slope, hazard_slope, intercept = (float(value) for value in expand(found))
    return Calibration(method=method, log_slope=log_slope, hazard_slope=hazard_slope, intercept=intercept)
