"""Owns the JSON answers of scoring."""

from pydantic import BaseModel, Field

from claims.errors import Rejection
from models.root_causes import RankedCause
from serving.scoring import ScoredClaim


class EvidenceOut(BaseModel):
    """One fact that raises a cause. `observed` is the claim's own value, null where it is missing."""

    feature: str
    title: str
    observed: float | None
    contribution: float = Field(description="Added hazard of this cause; positive raises the risk")


class RootCauseOut(BaseModel):
    """One root cause, largest share first."""

    id: str
    title: str
    tier: str
    owner: str
    fix: str
    share: float = Field(description="Share of all the claim's denial risk")
    evidence: list[EvidenceOut]

    @classmethod
    def of(cls, cause: RankedCause) -> "RootCauseOut":
        """Copy from the ranked cause."""
        return cls(
            id=cause.id,
            title=cause.title,
            tier=cause.tier,
            owner=cause.owner,
            fix=cause.fix,
            share=cause.share,
            evidence=[
                EvidenceOut(feature=e.feature, title=e.title, observed=e.observed, contribution=e.contribution)
                for e in cause.evidence
            ],
        )


class ScoredClaimOut(BaseModel):
    """Score of one claim."""

    claim_id: str
    payer_id: str
    denial_probability: float
    probability_low: float | None = Field(
        description="Low end of the interval, meant to hold the true probability of 8 in 10 claims; null: none given",
        examples=[0.42],
    )
    probability_high: float | None = Field(description="High end of the interval; wider for an unfamiliar claim", examples=[0.91])
    unfamiliar: list[str] = Field(
        description="What the training data knew too little of; empty for a familiar claim",
        examples=[["Fewer than 3 answers of this payer to a service on the claim"]],
    )
    denial_category: str
    category_probability: float
    charge_amount: float
    expected_denied_amount: float = Field(description="Dollars at risk: what the payer is expected to deny")
    root_causes: list[RootCauseOut]
    advice: str = Field(description="send, fix_then_send or hold")
    model_version: str

    @classmethod
    def of(cls, scored: ScoredClaim) -> "ScoredClaimOut":
        """Copy from the scored claim."""
        fields = {name: getattr(scored, name) for name in cls.model_fields if name != "root_causes"}
        return cls(**fields, root_causes=[RootCauseOut.of(cause) for cause in scored.root_causes])


class RejectedOut(BaseModel):
    """One piece of input that could not be read."""

    claim_id: str | None
    position: int
    place: str
    expected: str
    got: str

    @classmethod
    def of(cls, rejection: Rejection) -> "RejectedOut":
        """Copy from the rejection."""
        return cls(
            claim_id=rejection.patient_control_number,
            position=rejection.position,
            place=rejection.place,
            expected=rejection.expected,
            got=rejection.got,
        )


class ScoresOut(BaseModel):
    """Answer of both scoring calls: every claim stands in `scored` or in `rejected`."""

    model_version: str
    scored: list[ScoredClaimOut]
    rejected: list[RejectedOut] = []


class ReceiptOut(BaseModel):
    """What became of one uploaded file: found = accepted + refused + already_known."""

    file: str
    kind: str
    unit: str
    accepted: int
    refused: int
    already_known: int
    rejections: list[RejectedOut] = []


class ModelOut(BaseModel):
    """A model in service."""

    name: str
    version: str
    registry_version: str
    data_version: str
    metrics: dict[str, object]
    card: str
