"""Owns the calibration map: a few numbers that turn the members' joint hazard into the shown probability. Never fits.

Hazard means H = -log(1 - P). On this scale competing causes add, so a map of H keeps "the causes sum to the probability".
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import BundleError

METHODS = ("none", "shift", "platt", "beta")  # by number of free parameters: 0, 1, 2, 3
SMALLEST_HAZARD = 1e-12  # below this a probability is 0 for every purpose, and its logarithm still finite


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """logit(P') = log_slope * log(P) + hazard_slope * H + intercept. Beta calibration; the other methods fix some numbers.

    Slopes are at least 0 and not both 0, so the map never reverses an order. `none` is the identity, exactly.
    Source: Kull, Silva Filho, Flach, "Beta calibration", AISTATS 2017.
    """

    method: str = "none"
    log_slope: float = 1.0
    hazard_slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise BundleError(f"calibration: expected one of {', '.join(METHODS)}, got another word")
        if self.log_slope < 0 or self.hazard_slope < 0 or self.log_slope + self.hazard_slope <= 0:
            raise BundleError("calibration: expected slopes of at least 0 and not both 0, so that the map is monotone")

    def apply(self, hazard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map raw hazards to calibrated ones, element by element."""
        if self.method == "none":
            return hazard
        raw = np.maximum(hazard, SMALLEST_HAZARD)
        return softplus(self.log_slope * np.log(-np.expm1(-raw)) + self.hazard_slope * raw + self.intercept)

    def to_json(self) -> dict[str, str | float]:
        """Give the numbers for bundle.json."""
        return asdict(self)


def softplus(margin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn log-odds into hazards: log(1 + e^m), without overflow."""
    hazard: NDArray[np.float64] = np.logaddexp(0.0, margin)
    return hazard


def hazard_to_probability(hazard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn hazards into probabilities: 1 - e^-H."""
    probability: NDArray[np.float64] = -np.expm1(-hazard)
    return probability
