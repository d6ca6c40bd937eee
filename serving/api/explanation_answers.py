"""Owns the JSON of an explanation: root causes with their evidence; on request also what spoke against, and the waterfall."""

from pydantic import BaseModel, Field

from models.facts import Evidence, ExplainedRow
from models.root_causes import RankedCause


class EvidenceOut(BaseModel):
    """One fact that moves a risk. `observed` is the claim's own value, null where it is missing."""

    feature: str
    title: str
    text: str = Field(description="The fact in a sentence, beside what is usual on paid claims")
    observed: float | None
    contribution: float = Field(description="Added hazard; positive raises the risk")
    line_number: int | None = Field(description="Line that gave the value; null where it is the claim's as a whole")
    answers: int | None = Field(description="First answers that a rate rests on; null where it is no rate")

    @classmethod
    def of(cls, fact: Evidence) -> "EvidenceOut":
        """Copy from the evidence."""
        return cls(**{name: getattr(fact, name) for name in cls.model_fields})


class RootCauseOut(BaseModel):
    """One root cause, largest share first."""

    id: str
    title: str
    tier: str
    owner: str
    fix: str
    share: float = Field(description="Share of all the claim's denial risk")
    reason: str = Field(description="The strongest fact that speaks for this cause, in a sentence")
    evidence: list[EvidenceOut]

    @classmethod
    def of(cls, cause: RankedCause) -> "RootCauseOut":
        """Copy from the ranked cause."""
        fields = {name: getattr(cause, name) for name in cls.model_fields if name != "evidence"}
        return cls(**fields, evidence=[EvidenceOut.of(fact) for fact in cause.evidence])


def root_cause_json(cause: RankedCause) -> dict[str, object]:
    """Tell a ranked cause in the fields of `RootCauseOut`."""
    return {
        **{name: getattr(cause, name) for name in _CAUSE_FIELDS},
        "evidence": [{name: getattr(fact, name) for name in _EVIDENCE_FIELDS} for fact in cause.evidence],
    }


_EVIDENCE_FIELDS = tuple(EvidenceOut.model_fields)
_CAUSE_FIELDS = tuple(name for name in RootCauseOut.model_fields if name != "evidence")


class WaterfallOut(BaseModel):
    """The way from an average claim to this one: base + steps + rest = margin, in hazard, -log(1 - P)."""

    base: float
    steps: list[EvidenceOut]
    rest: float = Field(description="All other contributions together")
    rest_count: int
    margin: float
    svg: str = Field(description="The same as a picture")


class ExplanationOut(BaseModel):
    """The whole explanation of one claim."""

    protective: list[EvidenceOut] = Field(description="What lowers the risk most")
    waterfall: WaterfallOut

    @classmethod
    def of(cls, explained: ExplainedRow, *, svg: str) -> "ExplanationOut":
        """Tell an explained row; `svg` is the picture of its waterfall."""
        found = explained.waterfall()
        return cls(
            protective=[EvidenceOut.of(fact) for fact in explained.protective()],
            waterfall=WaterfallOut(
                base=found.base,
                steps=[EvidenceOut.of(fact) for fact in found.steps],
                rest=found.rest,
                rest_count=found.rest_count,
                margin=found.margin,
                svg=svg,
            ),
        )
