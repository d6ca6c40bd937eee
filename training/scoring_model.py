"""Owns what a registered model answers through MLflow: probability, causes and contributions. No pickle: the bundle is text.

Models registered before claims could be scored name this module as their loader.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from mlflow.models.signature import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from features.matrix import FeatureMatrix
from models.bundle import ModelBundle
from models.errors import BundleError
from training.drift import middle_values

CLAIM_COLUMN = "claim"


class ScoringModel:
    """Scores a DataFrame that has the bundle's columns, in any order; other columns are ignored."""

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle

    def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
        """Give probability, one p_<cause> per cause, base_hazard and one contribution_<feature> per column.

        Contributions are on the calibrated hazard scale: 1 - exp(-(base_hazard + their sum)) is the probability.
        Raises: BundleError, naming what is missing.
        """
        matrix = self.matrix_of(model_input)
        columns = {"probability": self.bundle.predict_probability(matrix)}
        causes = self.bundle.predict_causes(matrix)
        columns.update({f"p_{cause}": causes[:, at] for at, cause in enumerate(self.bundle.causes)})
        explanation = self.bundle.explain(matrix)
        columns["base_hazard"] = np.full(len(model_input), explanation.base)
        columns.update({f"contribution_{name}": explanation.contributions[:, at] for at, name in enumerate(matrix.names)})
        return pd.DataFrame(columns, index=model_input.index)

    def matrix_of(self, model_input: pd.DataFrame) -> FeatureMatrix:
        """Take the bundle's columns, or encode a flat table whose raw columns these are."""
        names = self.bundle.feature_names
        missing = [name for name in names if name not in model_input.columns]
        if missing and self.bundle.encoder is not None:
            return self.bundle.encoder.encode(model_input)
        if missing:
            got = f"{len(missing)} less, first {missing[0]}"
            raise BundleError(f"{self.bundle.name}: expected {len(names)} feature columns, got {got}")
        values = np.ascontiguousarray(model_input.loc[:, list(names)].to_numpy(dtype=np.float64))
        return FeatureMatrix(values=values, names=names, ids=model_input.index.to_numpy(dtype=object))


def signature_of(bundle: ModelBundle) -> ModelSignature | None:
    """Describe input and output to MLflow: feature columns, or claims; none for a flat table, whose columns are the analyst's."""
    if bundle.encoder is not None:
        return None
    features = [ColSpec(DataType.double, name, required=False) for name in bundle.feature_names]
    claim = [ColSpec(DataType.string, CLAIM_COLUMN, required=False)] if bundle.subject == "claim" else []
    answers = ["probability", *(f"p_{cause}" for cause in bundle.causes), "base_hazard"]
    answers += [f"contribution_{name}" for name in bundle.feature_names]
    return ModelSignature(
        inputs=Schema([*features, *claim]), outputs=Schema([ColSpec(DataType.double, name) for name in answers])
    )


def example_of(bundle: ModelBundle) -> pd.DataFrame | None:
    """Make up one row of features, each at the middle of the bins in the bundle: nobody's claim."""
    if bundle.encoder is not None:
        return None
    values = middle_values(bundle.tables)
    return pd.DataFrame([[values.get(name, 0.0) for name in bundle.feature_names]], columns=list(bundle.feature_names))


def _load_pyfunc(data_path: str) -> ScoringModel:
    """Load from the folder that MLflow names. Called by MLflow."""
    return ScoringModel(ModelBundle.load(Path(data_path)))
