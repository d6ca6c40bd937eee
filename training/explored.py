"""Owns what draws by lot show: of the held-out appeals, those that nobody's judgment chose, expected against observed wins.

They are the one sample of appeals that no choice bent. There are few, so the figure says how many.
"""

from collections.abc import Mapping

import numpy as np

from models.bundle import Json
from training.holdout import Holdout


def measure_explored(holdout: Holdout, drawn: Mapping[str, float]) -> dict[str, Json]:
    """Compare `expected` with `observed` share of wins of drawn rows, each counted by one over its probability of being drawn.

    `drawn` gives that probability by remittance. Empty where no held-out row was drawn.
    """
    rows = np.flatnonzero([key in drawn for key in holdout.ids])
    if not len(rows):
        return {}
    weight = np.array([1.0 / drawn[key] for key in holdout.ids[rows]])
    weight /= weight.sum()
    return {
        "row_count": len(rows),
        "observed": float(weight @ holdout.label[rows]),
        "expected": float(weight @ holdout.probability[rows]),
    }
