"""Owns the measure of drift: bins of the rows that a model was measured on, kept in its bundle, and PSI of later rows on them.

The bins hold rounded edges and shares, never a row. Bands of PSI, after what chance alone would give is taken off: below 0.1
stable, to 0.25 moderate, above large. Source of the bands: Siddiqi, "Credit Risk Scorecards", 2006.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle import Json
from training.dataset import Dataset

BIN_COUNT = 10
MODERATE, LARGE = 0.1, 0.25
SMALLEST_SHARE = 1e-4  # of a bin that one side does not have: keeps the logarithm finite
SCORE = "score"


@dataclass(frozen=True, kw_only=True)
class Bins:
    """Where the values of a column lay. `shares` has one entry per bin and a last one for missing values."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "Bins":
        """Cut into a bin per value where there are few, else into ten of equal count."""
        known = values[np.isfinite(values)]
        distinct = np.unique(known)
        if len(distinct) <= BIN_COUNT:
            cuts = (distinct[:-1] + distinct[1:]) / 2
        else:
            cuts = np.quantile(known, np.arange(1, BIN_COUNT) / BIN_COUNT)
        edges = tuple(sorted({float(f"{cut:.4g}") for cut in cuts}))
        return cls(edges=edges, shares=tuple(round(float(share), 6) for share in _shares(values, edges)))

    @classmethod
    def from_json(cls, found: Mapping[str, Json]) -> "Bins":
        """Read what `to_json` gave."""
        edges, shares = found["edges"], found["shares"]
        if not isinstance(edges, list | tuple) or not isinstance(shares, list | tuple):
            raise TypeError("bins: expected lists of edges and shares")
        return cls(edges=tuple(_number(edge) for edge in edges), shares=tuple(_number(share) for share in shares))

    def to_json(self) -> dict[str, Json]:
        """Give the numbers for bundle.json."""
        return {"edges": list(self.edges), "shares": list(self.shares)}

    def drift(self, values: NDArray[np.float64], *, reference_count: int) -> "Drift":
        """Measure how far later values have moved."""
        old = np.asarray(self.shares)
        new = _shares(values, self.edges)
        filled = int(((old > 0) | (new > 0)).sum())
        left, right = np.maximum(old, SMALLEST_SHARE), np.maximum(new, SMALLEST_SHARE)
        chance = (filled - 1) * (1 / max(reference_count, 1) + 1 / max(len(values), 1))
        return Drift(psi=float(((right - left) * np.log(right / left)).sum()), by_chance=chance)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A population stability index, and what two samples of these sizes without any drift would show on average."""

    psi: float
    by_chance: float

    @property
    def excess(self) -> float:
        """Give the part that chance does not explain."""
        return max(0.0, self.psi - self.by_chance)

    @property
    def band(self) -> str:
        """Name the band: stable, moderate or large."""
        return "stable" if self.excess < MODERATE else "moderate" if self.excess <= LARGE else "large"

    def to_json(self) -> dict[str, Json]:
        """Give the figures."""
        return {"psi": self.psi, "by_chance": self.by_chance, "band": self.band}


def describe_reference(
    dataset: Dataset, *, measured: NDArray[np.int64], probability: NDArray[np.float64], learned: NDArray[np.int64]
) -> dict[str, Json]:
    """Bin the columns and the held-out scores of the measured rows, and list the levels in all rows learned from."""
    values = dataset.matrix.values[measured]
    return {
        "row_count": len(measured),
        SCORE: Bins.of(probability).to_json(),
        "features": {name: Bins.of(values[:, at]).to_json() for at, name in enumerate(dataset.matrix.names)},
        "payers": sorted(set(dataset.payer_id[learned].astype(str).tolist())),
        "groups": sorted(set(dataset.group[learned].astype(str).tolist())),
    }


def middle_values(tables: Mapping[str, Json]) -> dict[str, float]:
    """Give the middle edge of every feature's bins; a feature without edges is left out."""
    reference = tables.get("reference")
    features = reference.get("features") if isinstance(reference, Mapping) else None
    if not isinstance(features, Mapping):
        return {}
    bins = {name: Bins.from_json(found) for name, found in features.items() if isinstance(found, Mapping)}
    return {name: found.edges[len(found.edges) // 2] for name, found in bins.items() if found.edges}


def _shares(values: NDArray[np.float64], edges: tuple[float, ...]) -> NDArray[np.float64]:
    known = np.isfinite(values)
    position = np.where(known, np.searchsorted(edges, values, side="right"), len(edges) + 1)
    return np.bincount(position, minlength=len(edges) + 2) / max(len(values), 1)


def _number(value: Json) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"bins: expected a number, got {type(value).__name__}")
    return float(value)
