"""Owns `build_matrix`: the one way from claims and history to numbers, for training, batch scoring and the service."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from features.batch import ClaimBatch
from features.bundled import Bundles
from features.catalog import CLAIM_FEATURES, LINE_FEATURES
from features.evaluation import Evaluation
from features.history import History
from features.registry import FEATURES, FeatureError, Level

# Rows do not see each other, so that parts give what the whole gives, in less memory.
CLAIMS_AT_ONCE = 20_000


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

    Raises: FeatureError for a name that is not in the registry, or not of a claim.
    """
    names = known_names(CLAIM_FEATURES if feature_names is None else feature_names, ("claim",))
    values = np.empty((len(batch), len(names)), dtype=np.float64)
    for first in range(0, len(batch), CLAIMS_AT_ONCE):
        part = batch if len(batch) <= CLAIMS_AT_ONCE else batch.take(np.arange(first, min(first + CLAIMS_AT_ONCE, len(batch))))
        fill(values[first : first + CLAIMS_AT_ONCE], names, Evaluation(part, history))
    return FeatureMatrix(values=values, names=names, ids=batch.submission_ids)


def matrix_of(evaluation: Evaluation, feature_names: Sequence[str]) -> FeatureMatrix:
    """Compute features as `build_matrix` does, of an evaluation that the caller keeps to ask further (`features.sources`).

    Raises: FeatureError as `build_matrix` does.
    """
    names = known_names(feature_names, ("claim",))
    values = np.empty((len(evaluation.batch), len(names)), dtype=np.float64)
    fill(values, names, evaluation)
    return FeatureMatrix(values=values, names=names, ids=evaluation.batch.submission_ids)


def build_line_matrix(batch: ClaimBatch, history: History, feature_names: Sequence[str] | None = None) -> FeatureMatrix:
    """Compute features of each line, in the order of `batch.lines`; features of the claim repeat on its lines.

    `ids` are submission ids; `batch.line_owner` is the claim of each row. Raises: FeatureError as `build_matrix` does.
    """
    names = known_names(LINE_FEATURES if feature_names is None else feature_names, ("line", "claim"))
    values = np.empty((len(batch.line_owner), len(names)), dtype=np.float64)
    for first in range(0, len(batch), CLAIMS_AT_ONCE):
        stop = min(first + CLAIMS_AT_ONCE, len(batch))
        part = batch if len(batch) <= CLAIMS_AT_ONCE else batch.take(np.arange(first, stop))
        fill(values[batch.line_start[first] : batch.line_start[stop]], names, Evaluation(part, history), on_lines=True)
    return FeatureMatrix(values=values, names=names, ids=batch.submission_ids[batch.line_owner])


def known_names(names: Sequence[str], levels: tuple[Level, ...]) -> tuple[str, ...]:
    """Check names against the registry. Raises: FeatureError for one that is not there, or of another level."""
    return _checked(tuple(names), levels)


@lru_cache(maxsize=64)  # a model asks for the same columns every time
def _checked(names: tuple[str, ...], levels: tuple[Level, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in FEATURES:
            raise FeatureError(f"feature {name}: expected a name of the catalog, got an unknown one")
        if FEATURES[name].level not in levels:
            raise FeatureError(f"feature {name}: expected one of a {' or '.join(levels)}, got one of a {FEATURES[name].level}")
    return names


def fill(values: NDArray[np.float64], names: Sequence[str], evaluation: Evaluation, *, on_lines: bool = False) -> None:
    """Write each feature into its column."""
    bundles = _bundles(tuple(names), evaluation.history)
    with np.errstate(invalid="ignore"):
        bundles.fill(values, evaluation, on_lines=on_lines)
        for at in bundles.others:
            feature = FEATURES[names[at]]
            column = feature.function(evaluation)
            values[:, at] = evaluation.on_lines(column) if on_lines and feature.level == "claim" else column


def _bundles(names: tuple[str, ...], history: History) -> Bundles:
    """Sort columns into bundles once for each history and each set of names."""
    found = history.bundles.get(names)
    if found is None:
        found = history.bundles[names] = Bundles.of(names, history.books)
    return found


def feature_set_fingerprint(names: Sequence[str]) -> str:
    """Hash names, versions and order of a feature set: 16 hex digits. Raises: FeatureError for an unknown name."""
    names = known_names(names, ("claim", "line", "denial"))
    text = "\n".join(f"{name}:float64:{FEATURES[name].version}" for name in names)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
