"""Owns what a measure and a dimension are; their definitions are data, once, in `data/measures.toml`."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal

from serving.errors import UnknownDimension, UnknownMeasure

Figure = Literal["share", "ratio", "total", "estimate", "count", "mean", "median"]
DimensionKind = Literal["text", "month", "aging"]
AGING_BUCKETS = ("0-30", "31-60", "61-90", "91-120", ">120")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One definition. The fields of SQL are expressions over a row of the fact table."""

    id: str
    title: str
    unit: str
    figure: Figure
    population: str
    known: str
    clock: str
    numerator: str
    source: str
    denominator: str = ""  # "" = the figure is no quotient
    hit: str = "false"
    amount: str = "0"
    weight: str = "0"
    due: str = ""  # "" = what it counts does not wait for anything
    needs: str = ""  # what must be there beside the history


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One way to cut. `column` may name the measure's clock and the day asked about."""

    id: str
    title: str
    column: str
    kind: DimensionKind = "text"
    words: str = ""

    def sql(self, measure: Measure) -> str:
        """Give its expression for one measure."""
        return self.column.replace("{clock}", measure.clock)


@cache
def _definitions() -> tuple[dict[str, Measure], dict[str, Dimension]]:
    table = tomllib.loads(files("serving.analytics").joinpath("data/measures.toml").read_text(encoding="utf-8"))
    measures = {row["id"]: Measure(**row) for row in table["measure"]}
    return measures, {row["id"]: Dimension(**row) for row in table["dimension"]}


def measures() -> dict[str, Measure]:
    """Read all measures, in their fixed order."""
    return _definitions()[0]


def dimensions() -> dict[str, Dimension]:
    """Read all dimensions, in their fixed order."""
    return _definitions()[1]


def measure_named(name: str) -> Measure:
    """Find a measure. Raises: UnknownMeasure, with the nearest name."""
    found = measures().get(name)
    if found is None:
        raise UnknownMeasure(nearest(name, measures()))
    return found


def dimension_named(name: str) -> Dimension:
    """Find a dimension. Raises: UnknownDimension, with the nearest name."""
    found = dimensions().get(name)
    if found is None:
        raise UnknownDimension(nearest(name, dimensions()))
    return found


def nearest(name: str, known: Collection[str]) -> str:
    """Name the known one that is spelled most alike."""
    return get_close_matches(name, known, n=1, cutoff=0.0)[0]
