"""Owns how intervals are made: a spread around the recalibrated hazard, as wide as simulated claims turned out to need.

Outcomes are yes or no, so no history shows how far true probabilities scatter around a prediction; what can be estimated from
labels is a small part of it (ADR 9). The spread is therefore assumed, in the spec, and only its center is learned.
"""

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import ndtri

from models.calibration import Calibration, hazard_to_probability
from models.confidence import Confidence, Curve, Reason
from models.spec import ConfidenceRule

GRID = np.geomspace(1e-4, 12.0, 60)  # raw hazards; the interval runs straight between them
REFERENCE_COUNT = 2000  # denials learned from, at which the spec's spread holds as it stands
LEAST_SCALE, MOST_SCALE = 0.7, 1.3
LARGEST_SPREAD = 1.25
NODES = 40
HALVINGS = 60


def learn_confidence(
    rule: ConfidenceRule,
    *,
    shown: Calibration,
    center: Calibration,
    positive_count: int,
    names: tuple[str, ...],
) -> Confidence | None:
    """Make intervals for what `shown` says, around what `center` says, of members that learned from so many positives.

    A reason whose column is not among `names` is left out. `None` where the spec asks for no intervals.
    """
    if not rule.spread:
        return None
    middle = center.apply(GRID)
    spread = spreads(middle, rule, positive_count=positive_count)
    return Confidence(
        level=rule.level,
        log_hazards=tuple(np.log(shown.apply(GRID)).tolist()),
        familiar=_curve(middle, spread, level=rule.level),
        unfamiliar=_curve(middle, spread * rule.unfamiliar_factor, level=rule.level),
        reasons=tuple(
            Reason(feature=feature, fewer_than=float(least), words=words)
            for feature, least, words in rule.unfamiliar
            if feature in names
        ),
    )


def spreads(hazard: NDArray[np.float64], rule: ConfidenceRule, *, positive_count: int) -> NDArray[np.float64]:
    """Give the standard deviation of the true log-hazard: larger for riskier rows, smaller with more positives."""
    base = min(LARGEST_SPREAD, rule.spread * (REFERENCE_COUNT / max(positive_count, 1)) ** rule.count_power)
    scale = np.clip(rule.hazard_scale + rule.hazard_slope * np.log(hazard), LEAST_SCALE, MOST_SCALE)
    found: NDArray[np.float64] = base * scale
    return found


def _curve(hazard: NDArray[np.float64], spread: NDArray[np.float64], *, level: float) -> Curve:
    """Take the middle share `level` of log-normal hazards with the mean probability of each `hazard`."""
    middle, reach = _middles(hazard_to_probability(hazard), spread), float(ndtri((1 + level) / 2))
    return Curve(lows=tuple((middle - reach * spread).tolist()), highs=tuple((middle + reach * spread).tolist()))


def _middles(mean: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the median log-hazard at which log-normal hazards of this spread have the mean probability; by halving."""
    nodes, weights = hermegauss(NODES)
    weights = weights / weights.sum()
    low, high = np.full(len(mean), -25.0), np.full(len(mean), 15.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        reached = hazard_to_probability(np.exp(middle[:, None] + spread[:, None] * nodes)) @ weights
        is_under = reached < mean
        low, high = np.where(is_under, middle, low), np.where(is_under, high, middle)
    found: NDArray[np.float64] = (low + high) / 2
    return found
