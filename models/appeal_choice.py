"""Owns what is made of the choice which denials are appealed: the chance of being chosen, and how far unseen reasons may reach.

An appeal model learns from chosen denials. Reasons that its columns show do no harm; reasons that staff saw and no file holds
may. How much cannot be learned from data, so a factor on the odds is assumed (ADR 16) and the interval of a denial is widened
by it, the more the less likely such a denial is to be chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.matrix import FeatureMatrix
from models.linear import LinearPart

APPEAL_CHOICE = "appeal_choice"
SMALLEST = 1e-6

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class AppealChoice:
    """P(a denial is appealed), by columns of the appeal model, and the odds factor that unseen reasons may hide."""

    names: tuple[str, ...]
    linear: LinearPart
    gamma: float

    def chance(self, matrix: FeatureMatrix) -> Numbers:
        """Give the chance that the staff of the past would have appealed, shape (n,)."""
        chosen: Numbers = 1.0 / (1.0 + np.exp(-self.linear.margin(matrix.select(self.names).values)))
        return chosen

    def to_json(self) -> dict[str, Any]:
        """Give the numbers for bundle.json."""
        return {"names": list(self.names), "linear": self.linear.to_json(), "gamma": self.gamma}

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> "AppealChoice | None":
        """Read it from a bundle's tables; `None` for a bundle without."""
        table = tables.get(APPEAL_CHOICE)
        if not table:
            return None
        return cls(names=tuple(table["names"]), linear=LinearPart.from_json(table["linear"]), gamma=float(table["gamma"]))


def widen(low: Numbers, high: Numbers, *, chance: Numbers, gamma: float) -> tuple[Numbers, Numbers]:
    """Move both ends away by gamma to the power of the chance of not being chosen, on the scale of odds.

    Of denials like this one, that share was never heard of; the others speak for themselves.
    """
    reach = (1.0 - chance) * np.log(gamma)
    return _moved(low, -reach), _moved(high, reach)


def _moved(probability: Numbers, by: Numbers) -> Numbers:
    inside = np.clip(probability, SMALLEST, 1 - SMALLEST)
    moved: Numbers = 1.0 / (1.0 + np.exp(-(np.log(inside / (1 - inside)) + by)))
    return moved
