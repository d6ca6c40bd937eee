"""Owns how sure a score is: the range that the true probability lies in, and what the training data knew too little of.

Curves and thresholds are plain numbers in bundle.json, made at training (`training.confidence`). Scoring reads them, no more.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.matrix import FeatureMatrix
from models.calibration import SMALLEST_HAZARD, hazard_to_probability


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A claim is unfamiliar where a count of answers, a column of the matrix, lies below `fewer_than`; `words` say so."""

    feature: str
    fewer_than: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Logarithms of the hazards at both ends of the interval, one for each entry of `Confidence.log_hazards`."""

    lows: tuple[float, ...]
    highs: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Confidence:
    """Intervals by the shown hazard, wider for unfamiliar rows. `level` is the share of rows whose true probability they hold."""

    level: float
    log_hazards: tuple[float, ...]  # of shown hazards, rising
    familiar: Curve
    unfamiliar: Curve
    reasons: tuple[Reason, ...] = ()

    def is_unfamiliar(self, matrix: FeatureMatrix) -> NDArray[np.bool_]:
        """Tell which rows have any reason, shape (n,)."""
        return np.asarray(self._holds(matrix).any(axis=1))

    def name_reasons(self, matrix: FeatureMatrix) -> list[tuple[str, ...]]:
        """Say in plain words, row by row, what the training data knew too little of; empty for a familiar row."""
        words = [reason.words for reason in self.reasons]
        return [tuple(word for word, holds in zip(words, row, strict=True) if holds) for row in self._holds(matrix)]

    def interval(
        self, probability: NDArray[np.float64], *, is_unfamiliar: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give both ends for shown probabilities, shapes (n,): low <= probability <= high, each in [0, 1]."""
        shown = np.log(np.maximum(-np.log1p(-np.minimum(probability, 1 - SMALLEST_HAZARD)), SMALLEST_HAZARD))
        at, *ends = self._arrays
        usual_low, usual_high, wide_low, wide_high = (np.interp(shown, at, end) for end in ends)
        low = hazard_to_probability(np.exp(np.where(is_unfamiliar, wide_low, usual_low)))
        high = hazard_to_probability(np.exp(np.where(is_unfamiliar, wide_high, usual_high)))
        return np.minimum(low, probability), np.maximum(high, probability)

    def to_json(self) -> dict[str, Any]:
        """Give the numbers for bundle.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Confidence":
        """Read what `to_json` gave. Raises: KeyError, TypeError or ValueError for another shape."""
        log_hazards = tuple(float(value) for value in content["log_hazards"])
        curves = [_curve(content[key], length=len(log_hazards)) for key in ("familiar", "unfamiliar")]
        return cls(
            level=float(content["level"]),
            log_hazards=log_hazards,
            familiar=curves[0],
            unfamiliar=curves[1],
            reasons=tuple(Reason(**row) for row in content["reasons"]),
        )

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        ends = (self.familiar.lows, self.familiar.highs, self.unfamiliar.lows, self.unfamiliar.highs)
        return tuple(np.asarray(part, dtype=np.float64) for part in (self.log_hazards, *ends))

    def _holds(self, matrix: FeatureMatrix) -> NDArray[np.bool_]:
        columns = [matrix.names.index(reason.feature) for reason in self.reasons]
        least = np.array([reason.fewer_than for reason in self.reasons])
        return np.asarray(matrix.values[:, columns] < least)


def _curve(content: Mapping[str, Any], *, length: int) -> Curve:
    lows, highs = (tuple(float(value) for value in content[key]) for key in ("lows", "highs"))
    if not len(lows) == len(highs) == length:
        raise ValueError("confidence: expected as many ends as hazards")
    return Curve(lows=lows, highs=highs)
