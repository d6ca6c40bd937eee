"""Owns the JSON of the measures: what can be asked, figures, and the claims behind them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serving.analytics.book import Book
from serving.analytics.definitions import Dimension, Measure, dimensions, nearest
from serving.analytics.figures import Answer, ClaimBehind, Figure, Part, Question

Values = Annotated[list[str] | None, Field(max_length=100, description='Only these; "" = absent; several count together')]
Format = Literal["json", "csv", "xlsx"]


class SegmentQuery(BaseModel):
    """Which claims a figure is about. One parameter per dimension."""

    model_config = ConfigDict(extra="forbid")

    since: date | None = Field(default=None, alias="from", description="First day, by the measure's own date")
    until: date | None = Field(default=None, alias="to", description="Last day, by the measure's own date")
    payer: Values = None
    location: Values = None
    provider: Values = None
    specialty: Values = None
    procedure_family: Values = None
    procedure: Values = None
    claim_type: Values = None
    plan_kind: Values = None
    reason: Values = None
    tier: Values = None
    owner: Values = None
    carc: Values = None
    rarc: Values = None
    month: Values = None
    submission_month: Values = None
    denial_month: Values = None
    aging: Values = None

    @model_validator(mode="before")
    @classmethod
    def know_every_name(cls, given: Any) -> Any:
        """Refuse an unknown parameter with the name that is spelled most alike."""
        known = {field.alias or name for name, field in cls.model_fields.items()}
        unknown = [name for name in given if name not in known] if isinstance(given, Mapping) else []
        if unknown:
            raise ValueError(f"a parameter or dimension of this call; nearest is {nearest(unknown[0], known)}")
        return given

    def question(self, measure: str, by: tuple[str, ...] = ()) -> Question:
        """Make the question. Raises: UnknownMeasure, UnknownDimension, RefusedInput."""
        given = {name: getattr(self, name) for name in dimensions()}
        filters = {name: tuple(values) for name, values in given.items() if values is not None}
        return Question(measure=measure, by=by, filters=filters, since=self.since, until=self.until)


class FigureQuery(SegmentQuery):
    """A figure, cut by up to two dimensions."""

    by: str | None = Field(default=None, description="Dimension to cut by", examples=["payer"])
    by2: str | None = Field(default=None, description="Second dimension", examples=["month"])
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1000
    format: Format | None = Field(default=None, description="Else what Accept asks for, else json")


class ClaimsQuery(SegmentQuery):
    """The claims behind a figure, page by page."""

    part: Part = Field(default="known", description="known: as many as the figure's n; hits: its numerator; awaiting")
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    format: Format | None = Field(default=None, description="Else what Accept asks for, else json")


class MeasureOut(BaseModel):
    """One definition. `figure`: a share or ratio of numerator and denominator, a total, a count, a mean or a median."""

    id: str
    title: str
    unit: str
    figure: str
    numerator: str
    denominator: str
    dated_by: str = Field(description="The date that months, ages, from and to go by")
    source: str
    available: bool

    @classmethod
    def of(cls, measure: Measure, *, available: bool) -> "MeasureOut":
        """Copy from the definition."""
        return cls(
            id=measure.id,
            title=measure.title,
            unit=measure.unit,
            figure=measure.figure,
            numerator=measure.numerator,
            denominator=measure.denominator,
            dated_by=measure.clock,
            source=measure.source,
            available=available,
        )


class DimensionOut(BaseModel):
    """One way to cut and to filter."""

    id: str
    title: str
    words: str

    @classmethod
    def of(cls, dimension: Dimension) -> "DimensionOut":
        """Copy from the definition."""
        return cls(id=dimension.id, title=dimension.title, words=dimension.words)


class MeasuresOut(BaseModel):
    """All measures and dimensions, and what they rest on."""

    as_of: date
    history_version: str
    submissions: int
    usual_days: dict[str, int] = Field(description="Days within which 95 % of answers, appeals, decisions, resolutions come")
    open_denials_of_no_claim: int = Field(description="Open denials that answer no submission of the history; in no figure")
    measures: list[MeasureOut]
    dimensions: list[DimensionOut]


class FigureOut(BaseModel):
    """One figure. `value` is null where nothing is known; `low` and `high` hold 95 %."""

    keys: dict[str, str]
    labels: dict[str, str]
    value: float | None
    numerator: float
    denominator: float | None
    n: int = Field(description="Known claims behind it, as many as /claims lists")
    awaiting: int = Field(description="Claims that belong here and have no outcome yet")
    low: float | None
    high: float | None
    is_small: bool = Field(description="n is below 30")
    is_immature: bool = Field(description="More than a tenth of its claims are younger than their outcomes usually take")

    @classmethod
    def of(cls, figure: Figure) -> "FigureOut":
        """Copy from the figure, in cents and six digits."""
        facts = asdict(figure)
        for name in ("value", "low", "high", "numerator", "denominator"):
            facts[name] = None if facts[name] is None else round(facts[name], 6)
        return cls(**facts)


class AnswerOut(BaseModel):
    """The figures asked for: of all claims together, and by segment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "measure": "initial_denial_rate", "title": "Initial denial rate", "unit": "rate", "as_of": "2025-07-01",
                    "by": ["payer"], "unavailable": "", "segment_count": 1,
                    "overall": {
                        "keys": {}, "labels": {}, "value": 0.12, "numerator": 60, "denominator": 500, "n": 500, "awaiting": 21,
                        "low": 0.094, "high": 0.151, "is_small": False, "is_immature": False,
                    },
                    "segments": [
                        {
                            "keys": {"payer": "18521"}, "labels": {"payer": "TORHART FAMILY CARE"}, "value": 0.2,
                            "numerator": 5, "denominator": 25, "n": 25, "awaiting": 3, "low": 0.089, "high": 0.391,
                            "is_small": True, "is_immature": False,
                        }
                    ],
                }
            ]
        }
    )  # fmt: skip

    measure: str
    title: str
    unit: str
    as_of: date
    by: list[str]
    overall: FigureOut
    segments: list[FigureOut]
    segment_count: int
    unavailable: str = Field(description="Why there is no figure; empty where there is")

    @classmethod
    def of(cls, answer: Answer) -> "AnswerOut":
        """Copy from the answer."""
        measure = answer.question.definition
        return cls(
            measure=measure.id,
            title=measure.title,
            unit=measure.unit,
            as_of=answer.as_of,
            by=list(answer.question.by),
            overall=FigureOut.of(answer.overall),
            segments=[FigureOut.of(one) for one in answer.segments],
            segment_count=answer.segment_count,
            unavailable=answer.unavailable,
        )


class ClaimBehindOut(BaseModel):
    """One claim behind a figure; ids only. `counts`: what it adds to the numerator."""

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

    @classmethod
    def of(cls, claim: ClaimBehind) -> "ClaimBehindOut":
        """Copy from the claim."""
        return cls(**asdict(claim))


class ClaimsOut(BaseModel):
    """One page of the claims behind a figure; `total` equals its n (or its numerator's or waiting count)."""

    total: int
    claims: list[ClaimBehindOut]


def measures_out(book: Book, measures: Mapping[str, Measure]) -> MeasuresOut:
    """Lay out what a book can be asked."""
    facts = book.facts
    return MeasuresOut(
        as_of=facts.as_of,
        history_version=facts.version,
        submissions=facts.rows,
        usual_days=facts.lag_days,
        open_denials_of_no_claim=facts.open_unmatched,
        measures=[MeasureOut.of(one, available=book.is_available(one)) for one in measures.values()],
        dimensions=[DimensionOut.of(one) for one in dimensions().values()],
    )
