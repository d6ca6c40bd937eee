"""Owns what a feature is: a name, its unit, when it is known, the root cause it speaks for, and one function."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Level = Literal["claim", "line", "denial"]
Aggregate = Literal["highest", "lowest", "total", "at_least_one"]
# Takes an Evaluation (claim and line features) or a DenialEvaluation (denial features).
FeatureFunction = Callable[[Any], Column]
SubjectFunction = Callable[[Any], NDArray[np.object_]]


class FeatureError(Exception):
    """Root of every error that `features` raises."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Says that a column is what a book gives as it stands, so that many such columns are taken at once."""

    kind: Literal["rate", "count", "change"]  # change: the rate over the span less the one of all time
    table: str
    measure: str
    span: str


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column of the matrix. `function` returns float64 of shape (n,), NaN where the docstring says so."""

    name: str
    title: str  # what a biller reads
    unit: str  # rate, share (of paid claims that the title speaks of), count, days, dollars, flag, years, code, ratio
    known_from: str  # the event that makes it known
    root_cause: str | None  # id of claims.root_cause, None for neutral context
    monotone: int  # of denial risk: 1 rising, -1 falling, 0 not claimed
    version: int
    function: FeatureFunction
    level: Level = "claim"  # what a row is: a claim or a line before submission, or a denial before an appeal
    over_lines: Aggregate | None = None  # of a claim feature: how the values of its lines became one
    answers: FeatureFunction | None = None  # counts the answers that a rate rests on; of a line feature, per line
    asked: Asked | None = None  # the same as `function`, of lines before they become one, in a form that can be bundled
    subject: SubjectFunction | None = None  # names what a value speaks of: the field that is missing, the state counted


FEATURES: dict[str, Feature] = {}
LINE_PREFIX = "line_"


def feature(
    *,
    title: str,
    unit: str,
    known_from: str,
    root_cause: str | None = None,
    monotone: int = 0,
    version: int = 1,
    level: Level = "claim",
    subject: SubjectFunction | None = None,
) -> Callable[[FeatureFunction], FeatureFunction]:
    """Register the decorated function under its own name. Raises: FeatureError on a second registration."""

    def register(function: FeatureFunction) -> FeatureFunction:
        add_feature(
            Feature(
                name=_name(function),
                title=title,
                unit=unit,
                known_from=known_from,
                root_cause=root_cause,
                monotone=monotone,
                version=version,
                function=function,
                level=level,
                subject=subject,
            )
        )
        return function

    return register


def line_feature(
    *,
    title: str,
    unit: str,
    known_from: str,
    root_cause: str | None = None,
    monotone: int = 0,
    version: int = 1,
    over_lines: Aggregate = "highest",
    subject: SubjectFunction | None = None,
) -> Callable[[FeatureFunction], FeatureFunction]:
    """Register the decorated function of lines twice: as `line_<name>` for lines, and as `<name>`, over a claim's lines."""

    def register(function: FeatureFunction) -> FeatureFunction:
        add_line_feature(
            Feature(
                name=_name(function),
                title=title,
                unit=unit,
                known_from=known_from,
                root_cause=root_cause,
                monotone=monotone,
                version=version,
                function=function,
                subject=subject,
            ),
            over_lines=over_lines,
        )
        return function

    return register


def _name(function: FeatureFunction) -> str:
    return str(getattr(function, "__name__"))  # noqa: B009  mypy: a Callable has no __name__


def add_line_feature(of_lines: Feature, *, over_lines: Aggregate) -> None:
    """Register a feature whose function gives one value per line, for lines and, aggregated, for claims."""
    function = of_lines.function

    def per_line(at: Any) -> Column:
        return at.once(of_lines.name, lambda: function(at))  # type: ignore[no-any-return]

    def per_claim(at: Any) -> Column:
        return getattr(at, over_lines)(per_line(at))  # type: ignore[no-any-return]

    per_line.__module__ = per_claim.__module__ = function.__module__
    per_line.__doc__ = per_claim.__doc__ = function.__doc__
    add_feature(replace(of_lines, name=f"{LINE_PREFIX}{of_lines.name}", function=per_line, level="line"))
    add_feature(replace(of_lines, function=per_claim, level="claim", over_lines=over_lines))


def add_feature(new: Feature) -> None:
    """Register a feature made by a factory. Raises: FeatureError when the name is taken."""
    if new.name in FEATURES:
        raise FeatureError(f"feature {new.name}: expected one definition, got two")
    FEATURES[new.name] = new
