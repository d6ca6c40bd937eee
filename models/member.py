"""Owns one member of a bundle: the model of one cause. It predicts margins (log-odds) and exact contributions.

A member is boosted trees, and where its spec asks for it a linear part beside them: the margin is their weighted mean, so the
contributions are too.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.calibration import softplus
from models.errors import BundleError
from models.linear import LinearPart

if TYPE_CHECKING:
    import lightgbm as lgb

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
    linear: LinearPart | None = None
    linear_weight: float = 0.0  # of the linear part's margin; the trees have the rest

    @property
    def file(self) -> str:
        """Name the file of this member in a bundle."""
        return f"member_{self.cause}.txt"

    @cached_property
    def booster(self) -> "lgb.Booster":
        """Parse the model. Raises: BundleError, if LightGBM cannot read the text."""
        import lightgbm as lgb  # brings scikit-learn and SciPy along; a service whose forests are compiled does without

        try:
            return lgb.Booster(model_str=self.text)
        except (lgb.basic.LightGBMError, ValueError) as error:
            raise BundleError(f"{self.file}: expected a LightGBM model, got {error}") from None

    @property
    def width(self) -> int:
        """Count the columns that it reads. Raises: BundleError, if its text is no model or its parts disagree."""
        _, found, rest = self.text.partition("\nmax_feature_idx=")
        last = rest.partition("\n")[0].strip()
        if not found or not last.isdecimal() or not self.text.startswith("tree\n"):
            raise BundleError(f"{self.file}: expected a LightGBM model, got another text")
        width = int(last) + 1
        if self.linear is not None and len(self.linear.weights) != width:
            raise BundleError(f"{self.file}: expected a linear part of {width} columns, got {len(self.linear.weights)}")
        return width

    def margin(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict log-odds, shape (n,)."""
        boosted = np.asarray(self.booster.predict(values, raw_score=True, num_threads=_threads(values)), dtype=np.float64)
        if self.linear is None:
            return boosted
        return (1 - self.linear_weight) * boosted + self.linear_weight * self.linear.margin(values)

    def contributions(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Split each margin over the columns, exactly (TreeSHAP, linear terms): shape (n, k), and the base they start from.

        LightGBM's own walk, slow: `MemberStack` gives the same for all members of a bundle at once.
        """
        found = np.asarray(self.booster.predict(values, pred_contrib=True, num_threads=_threads(values)), dtype=np.float64)
        boosted, base = found[:, :-1], float(found[0, -1])
        if self.linear is None:
            return boosted, base
        share = self.linear_weight
        mixed = (1 - share) * boosted + share * self.linear.contributions(values)
        return mixed, (1 - share) * base + share * self.linear.intercept


def hazard_contributions(
    contributions: NDArray[np.float64], *, margins: NDArray[np.float64], base_margins: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Carry contributions, shape (n_members, n, k), from the margin scale to the hazard scale, where causes add; in place.

    Each row is scaled by the chord (h - h0) / (m - m0), so the row's sum is h - h0 exactly and no sign changes.
    """
    base_margins = base_margins[:, None]
    distance = margins - base_margins
    is_near = np.abs(distance) < NEAR_BASE
    middle = base_margins + 0.5 * distance
    tangent = 1.0 / (1.0 + np.exp(-middle))
    rise = softplus(margins) - softplus(base_margins)
    chord = np.where(is_near, tangent, rise / np.where(is_near, 1.0, distance))
    contributions *= chord[..., None]
    return contributions


def _threads(values: NDArray[np.float64]) -> int:
    return 1 if len(values) < ROWS_WORTH_THREADS else 0
