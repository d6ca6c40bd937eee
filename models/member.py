"""Owns one member of a bundle: the LightGBM model of one cause. It predicts margins (log-odds) and exact contributions."""

from dataclasses import dataclass
from functools import cached_property

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from models.calibration import softplus
from models.errors import BundleError

ROWS_WORTH_THREADS = 256  # below this, starting threads costs more than it saves
NEAR_BASE = 1e-5  # margins this close to the base: the chord is the tangent to 1e-12


@dataclass(frozen=True, kw_only=True)
class Member:
    """`text` is LightGBM's own model format. `positive_count` counts the claims with this cause that it learned from."""

    cause: str
    text: str
    round_count: int
    positive_count: int
    pooled_causes: tuple[str, ...] = ()  # causes with too few positives that this member stands for

    @property
    def file(self) -> str:
        """Name the file of this member in a bundle."""
        return f"member_{self.cause}.txt"

    @cached_property
    def booster(self) -> lgb.Booster:
        """Parse the model. Raises: BundleError, if LightGBM cannot read the text."""
        try:
            return lgb.Booster(model_str=self.text)
        except (lgb.basic.LightGBMError, ValueError) as error:
            raise BundleError(f"{self.file}: expected a LightGBM model, got {error}") from None

    def margin(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict log-odds, shape (n,)."""
        return np.asarray(self.booster.predict(values, raw_score=True, num_threads=_threads(values)), dtype=np.float64)

    def contributions(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Split each margin over the columns by exact TreeSHAP: shape (n, k), and the base margin they start from."""
        found = np.asarray(self.booster.predict(values, pred_contrib=True, num_threads=_threads(values)), dtype=np.float64)
        return found[:, :-1], float(found[0, -1])


def hazard_contributions(
    contributions: NDArray[np.float64], *, margin: NDArray[np.float64], base_margin: float
) -> NDArray[np.float64]:
    """Carry contributions from the margin scale to the hazard scale, where causes add.

    Each row is scaled by the chord (h - h0) / (m - m0), so the row's sum is h - h0 exactly and no sign changes.
    """
    distance = margin - base_margin
    is_near = np.abs(distance) < NEAR_BASE
    middle = base_margin + 0.5 * distance
    tangent = 1.0 / (1.0 + np.exp(-middle))
    rise = softplus(margin) - softplus(np.full(1, base_margin))
    chord = np.where(is_near, tangent, rise / np.where(is_near, 1.0, distance))
    scaled: NDArray[np.float64] = contributions * chord[:, None]
    return scaled


def _threads(values: NDArray[np.float64]) -> int:
    return 1 if len(values) < ROWS_WORTH_THREADS else 0
