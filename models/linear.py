"""Owns the linear part of a member: a logistic regression's margin over the matrix columns, with exact contributions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class LinearPart:
    """margin = intercept + sum(weight * (clip(x, low, high) - center)). A missing value counts as the center: it says nothing.

    Values beyond what the training rows showed are clipped, so that no margin runs away. Tuples have one entry per column.
    """

    intercept: float
    weights: tuple[float, ...]
    centers: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]

    def margin(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict log-odds, shape (n,)."""
        # Row sums, not a matrix product: a blocked product gives a batch other bits than its rows one by one.
        total: NDArray[np.float64] = self.intercept + self.contributions(values).sum(axis=1)
        return total

    def contributions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give each column's term, shape (n, k): exact Shapley values of a linear model against its centers."""
        weights, centers, lows, highs = self._arrays
        away = np.clip(values, lows, highs) - centers
        terms: NDArray[np.float64] = np.where(np.isnan(away), 0.0, away) * weights
        return terms

    def to_json(self) -> dict[str, float | Sequence[float]]:
        """Give the numbers for bundle.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "LinearPart":
        """Read what `to_json` gave. Raises: KeyError, TypeError or ValueError for another shape."""
        lists = {key: tuple(content[key]) for key in ("weights", "centers", "lows", "highs")}
        if len({len(entries) for entries in lists.values()}) != 1:
            raise ValueError("linear part: expected as many weights as centers and limits")
        return cls(intercept=float(content["intercept"]), **lists)

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        return tuple(np.asarray(part, dtype=np.float64) for part in (self.weights, self.centers, self.lows, self.highs))


@dataclass(frozen=True, kw_only=True)
class LinearStack:
    """The linear parts of several members over the same columns; a member without one has zeros."""

    intercepts: NDArray[np.float64]  # (n_members,)
    weights: NDArray[np.float64]  # (n_members, 1, k), as all below
    centers: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]

    @classmethod
    def of(cls, parts: Sequence[LinearPart | None]) -> "LinearStack | None":
        """Stack the parts; `None` when no member has one."""
        width = next((len(part.weights) for part in parts if part is not None), None)
        if width is None:
            return None
        none = LinearPart(intercept=0.0, **dict.fromkeys(("weights", "centers", "lows", "highs"), (0.0,) * width))
        rows = [part or none for part in parts]
        stacked = {key: np.array([getattr(row, key) for row in rows])[:, None] for key in ("weights", "centers", "lows", "highs")}
        return cls(intercepts=np.array([row.intercept for row in rows]), **stacked)

    def contributions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the terms of `LinearPart.contributions`, bit for bit: shape (n_members, n, k)."""
        terms = np.maximum(values, self.lows)
        np.minimum(terms, self.highs, out=terms)
        terms -= self.centers
        terms[np.isnan(terms)] = 0.0
        terms *= self.weights
        return terms
