"""Owns the JSON answers of scoring."""

from collections.abc import Sequence

from pydantic import BaseModel, Field
from pydantic_core import to_json

from claims.errors import Rejection
from serving.api.explanation_answers import ExplanationOut, RootCauseOut, root_cause_json
from serving.api.faults import PlaceAtFault
from serving.api.fix_answers import CertainEditOut, FixesOut
from serving.scoring import ScoredClaim


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
    fixes: FixesOut | None = Field(description="null where none is needed or none was found")
    certain: list[CertainEditOut] = Field(description="Rules that the claim breaks; they stand beside the probability")
    advice: str = Field(description="send, fix_then_send or hold")
    expected_saving: float = Field(description="Dollars that following the advice saves on average, against sending as it is")
    model_version: str

    explanation: ExplanationOut | None = Field(default=None, description="With detail=full only")

    @classmethod
    def of(cls, scored: ScoredClaim, *, in_full: bool = False) -> "ScoredClaimOut":
        """Copy from the scored claim, with the whole explanation if asked for."""
        made = ("root_causes", "fixes", "certain", "explanation")
        fields = {name: getattr(scored, name) for name in cls.model_fields if name not in made}
        return cls(
            **fields,
            root_causes=[RootCauseOut.of(cause) for cause in scored.root_causes],
            fixes=FixesOut.of(scored.fixes) if scored.fixes else None,
            certain=[CertainEditOut.of(edit) for edit in scored.certain],
            explanation=ExplanationOut.of(scored.explained, svg=scored.draw()) if in_full and scored.explained else None,
        )


def scores_json(model_version: str, scored: Sequence[ScoredClaim], rejected: Sequence["RejectedOut"], *, in_full: bool) -> bytes:
    """Write the answer of a scoring call as `ScoresOut` would, without making its models: most of a short request's time."""
    return to_json(
        {
            "model_version": model_version,
            "scored": [_scored(one, in_full=in_full) for one in scored],
            "rejected": rejected,
        }
    )


def _scored(one: ScoredClaim, *, in_full: bool) -> dict[str, object]:
    return {
        **{name: getattr(one, name) for name in _BEFORE_CAUSES},
        "root_causes": [root_cause_json(cause) for cause in one.root_causes],
        "fixes": FixesOut.of(one.fixes) if one.fixes else None,
        "certain": [CertainEditOut.of(edit) for edit in one.certain],
        "advice": one.advice,
        "expected_saving": one.expected_saving,
        "model_version": one.model_version,
        "explanation": ExplanationOut.of(one.explained, svg=one.draw()) if in_full and one.explained else None,
    }


_BEFORE_CAUSES = tuple(ScoredClaimOut.model_fields)[: tuple(ScoredClaimOut.model_fields).index("root_causes")]


class RejectedOut(BaseModel):
    """One piece of input that could not be read."""

    claim_id: str | None
    position: int = Field(
        description="Place of the claim in a JSON list, from 1. Of an 837 the segment (ISA = 1), or where a claim that was read "
        "has too many lines its place among those read"
    )
    place: str = Field(
        description="Of a JSON list a pointer, the claim's index from 0 first", examples=["/1/lines/0/charge_amount"]
    )
    expected: str
    got: str
    errors: list[PlaceAtFault] = Field(default=[], description="Of a JSON list every place of the claim at fault")

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
    """A model in service, or the challenger that is scored in its shadow."""

    name: str
    role: str = Field(description="champion, whose scores are answered, or challenger, whose scores are only kept")
    version: str
    registry_version: str
    data_version: str
    metrics: dict[str, object]
    card: str
    live: dict[str, object] | None = Field(
        default=None, description="Of a challenger: what `denials models compare --live` found last of these two versions"
    )
