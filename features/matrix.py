"""Owns `build_matrix`: the one way from claims and history to numbers, for training, batch scoring and the service."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.batch import ClaimBatch
from features.catalog import CLAIM_FEATURES
from features.evaluation import Evaluation
from features.history import History
from features.registry import FEATURES, FeatureError


@dataclass(frozen=True, kw_only=True)
class FeatureMatrix:
    """Features of a batch. `values` is float64 of shape (n, k), C order, NaN = missing; `ids` shape (n,)."""

    values: NDArray[np.float64]
    names: tuple[str, ...]
    ids: NDArray[np.object_]

    def select(self, names: Sequence[str]) -> "FeatureMatrix":
        """Give these columns in this order. Raises: FeatureError for one that is not here."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise FeatureError(f"feature matrix: expected columns {missing[:3]}, got none of them")
        at = [self.names.index(name) for name in names]
        return FeatureMatrix(values=np.ascontiguousarray(self.values[:, at]), names=tuple(names), ids=self.ids)

    def take(self, rows: NDArray[np.int64]) -> "FeatureMatrix":
        """Give these rows in this order."""
        return FeatureMatrix(values=self.values[rows], names=self.names, ids=self.ids[rows])


def build_matrix(batch: ClaimBatch, history: History, feature_names: Sequence[str] | None = None) -> FeatureMatrix:
    """Compute features of each claim as known before its prediction day.

    Raises: FeatureError for a name that is not in the registry.
    """
    names = tuple(CLAIM_FEATURES if feature_names is None else feature_names)
    unknown = [name for name in names if name not in FEATURES]
    if unknown:
        raise FeatureError(f"feature {unknown[0]}: expected a name of the catalog, got an unknown one")
    evaluation = Evaluation(batch, history)
    values = np.empty((len(batch), len(names)), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        for at, name in enumerate(names):
            values[:, at] = FEATURES[name].function(evaluation)
    return FeatureMatrix(values=values, names=names, ids=batch.submission_ids)


def feature_set_fingerprint(names: Sequence[str]) -> str:
    """Hash names, versions and order of a feature set: 16 hex digits. Raises: FeatureError for an unknown name."""
    unknown = [name for name in names if name not in FEATURES]
    if unknown:
        raise FeatureError(f"feature {unknown[0]}: expected a name of the catalog, got an unknown one")
    text = "\n".join(f"{name}:float64:{FEATURES[name].version}" for name in names)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
