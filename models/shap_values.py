"""Owns the way from our explanation to the `shap` library's own, so that its official plots draw it."""

import numpy as np
import shap

from features.matrix import FeatureMatrix
from models.explanation import Explanation
from models.feature_set import feature_title


def to_shap(explanation: Explanation, matrix: FeatureMatrix) -> shap.Explanation:
    """Give the contributions as `shap` knows them, columns named in a biller's words.

    Scale as in `Explanation`: the calibrated hazard, -log(1 - P), so that base values and values of a row add up to its margin.
    `matrix` is the one that was explained.
    """
    if matrix.names != explanation.names or len(matrix.values) != len(explanation.margin):
        raise ValueError(
            f"shap values: expected the matrix that was explained, of {len(explanation.margin)} rows and "
            f"{len(explanation.names)} columns, got {len(matrix.values)} rows and {len(matrix.names)} columns"
        )
    return shap.Explanation(
        values=explanation.contributions,
        base_values=np.full(len(explanation.margin), explanation.base),
        data=matrix.values,
        feature_names=[feature_title(name) for name in matrix.names],
    )
