"""Owns what is answered: figures by segment with n and interval, and the claims behind a figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from serving.analytics.definitions import Dimension, Measure, dimension_named, measure_named
from serving.errors import RefusedInput

MOST_DIMENSIONS = 2
Part = Literal["known", "hits", "awaiting"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which figure, cut how, of which claims. `since` and `until` are both part of the span, by the measure's clock.

    `filters`: dimension -> the values that count; a month is given as 2026-01, what is absent as "".
    """

    measure: str
    by: tuple[str, ...] = ()
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        measure_named(self.measure)
        for name in (*self.by, *self.filters):
            dimension_named(name)
        if len(self.by) > MOST_DIMENSIONS or len(set(self.by)) < len(self.by):
            raise RefusedInput(f"dimensions: expected at most {MOST_DIMENSIONS} different ones, got {len(self.by)}")

    @property
    def definition(self) -> Measure:
        """Give the measure."""
        return measure_named(self.measure)

    @property
    def cuts(self) -> tuple[Dimension, ...]:
        """Give the dimensions that it is cut by."""
        return tuple(dimension_named(name) for name in self.by)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of one segment. `value` is `None` where nothing is known.

    `n` known rows are behind it; `awaiting` more belong there and have no outcome yet. `low` and `high` hold 95 % (Wilson for
    shares). `is_immature`: more than a tenth of its claims are younger than their outcomes usually take.
    """

    keys: Mapping[str, str]
    value: float | None
    numerator: float
    denominator: float | None
    n: int
    awaiting: int
    low: float | None
    high: float | None
    is_small: bool
    is_immature: bool
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The figures asked for. `unavailable` says why there are none."""

    question: Question
    as_of: date
    overall: Figure
    segments: tuple[Figure, ...]
    segment_count: int
    unavailable: str = ""


@dataclass(frozen=True, kw_only=True)
class ClaimBehind:
    """One claim behind a figure. `counts`: it is in the numerator, or with how much."""

    submission_id: str
    claim_id: str
    payer: str
    location: str
    provider: str
    procedure: str
    submitted_on: date
    counted_on: date | None
    charge_amount: float
    denied_amount: float | None
    reason: str
    carc: str
    rarc: str
    counts: float
