"""Owns how `mlflow.pyfunc.load_model` reads a registered model: through `ModelBundle.load`, checks included, no pickle."""

from pathlib import Path

import numpy as np
import pandas as pd

from features.matrix import FeatureMatrix
from models.bundle import ModelBundle


class ScoringModel:
    """Scores a DataFrame that has the bundle's columns, in any order; other columns are ignored."""

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle

    def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
        """Give probability, one p_<cause> per cause, base_hazard and one contribution_<feature> per column.

        Contributions are on the calibrated hazard scale: 1 - exp(-(base_hazard + their sum)) is the probability.
        """
        names = self.bundle.feature_names
        values = np.ascontiguousarray(model_input.loc[:, list(names)].to_numpy(dtype=np.float64))
        matrix = FeatureMatrix(values=values, names=names, ids=model_input.index.to_numpy(dtype=object))
        columns = {"probability": self.bundle.predict_probability(matrix)}
        causes = self.bundle.predict_causes(matrix)
        columns.update({f"p_{cause}": causes[:, at] for at, cause in enumerate(self.bundle.causes)})
        explanation = self.bundle.explain(matrix)
        columns["base_hazard"] = np.full(len(values), explanation.base)
        columns.update({f"contribution_{name}": explanation.contributions[:, at] for at, name in enumerate(names)})
        return pd.DataFrame(columns, index=model_input.index)


def _load_pyfunc(data_path: str) -> ScoringModel:
    """Load from the folder that MLflow names. Called by MLflow."""
    return ScoringModel(ModelBundle.load(Path(data_path)))
