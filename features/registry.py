"""Owns what a feature is: a name, its unit, when it is known, the root cause it speaks for, and one function."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Level = Literal["claim", "denial"]
# Takes an Evaluation (claim features) or a DenialEvaluation (denial features).
FeatureFunction = Callable[[Any], Column]


class FeatureError(Exception):
    """Root of every error that `features` raises."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column of the matrix. `function` returns float64 of shape (n,), NaN where the docstring says so."""

    name: str
    title: str  # what a biller reads
    unit: str  # rate, count, days, dollars, flag, years, code, ratio
    known_from: str  # the event that makes it known
    root_cause: str | None  # id of claims.root_cause, None for neutral context
    monotone: int  # of denial risk: 1 rising, -1 falling, 0 not claimed
    version: int
    function: FeatureFunction
    level: Level = "claim"  # what a row is: a claim before submission, or a denial before an appeal


FEATURES: dict[str, Feature] = {}


def feature(
    *,
    title: str,
    unit: str,
    known_from: str,
    root_cause: str | None = None,
    monotone: int = 0,
    version: int = 1,
    level: Level = "claim",
) -> Callable[[FeatureFunction], FeatureFunction]:
    """Register the decorated function under its own name. Raises: FeatureError on a second registration."""

    def register(function: FeatureFunction) -> FeatureFunction:
        name = getattr(function, "__name__")  # noqa: B009  mypy: a Callable has no __name__
        add_feature(
            Feature(
                name=name,
                title=title,
                unit=unit,
                known_from=known_from,
                root_cause=root_cause,
                monotone=monotone,
                version=version,
                function=function,
                level=level,
            )
        )
        return function

    return register


def add_feature(new: Feature) -> None:
    """Register a feature made by a factory. Raises: FeatureError when the name is taken."""
    if new.name in FEATURES:
        raise FeatureError(f"feature {new.name}: expected one definition, got two")
    FEATURES[new.name] = new
