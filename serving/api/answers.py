"""Owns the JSON answers of scoring."""

from pydantic import BaseModel, Field

from claims.errors import Rejection
from models.root_causes import RankedCause
from serving.api.fix_answers import CertainEditOut, FixesOut
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
    denial_category: str
    category_probability: float
    charge_amount: float
    expected_denied_amount: float = Field(description="Dollars at risk: what the payer is expected to deny")
    root_causes: list[RootCauseOut]
    fixes: FixesOut | None = Field(description="null where none is needed or none was found")
    certain: list[CertainEditOut] = Field(description="Rules that the claim breaks; they stand beside the probability")
    advice: str = Field(description="send, fix_then_send or hold")
    expected_saving: float = Field(description="Dollars that following the advice saves on average, against sending as it is")
    model_version: str

    @classmethod
    def of(cls, scored: ScoredClaim) -> "ScoredClaimOut":
        """Copy from the scored claim."""
        made = ("root_causes", "fixes", "certain")
        fields = {name: getattr(scored, name) for name in cls.model_fields if name not in made}
        return cls(
            **fields,
            root_causes=[RootCauseOut.of(cause) for cause in scored.root_causes],
            fixes=FixesOut.of(scored.fixes) if scored.fixes else None,
            certain=[CertainEditOut.of(edit) for edit in scored.certain],
        )


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
