"""Owns how a score is written as a FHIR R4 RiskAssessment, and trouble as an OperationOutcome. Plain JSON of R4 elements.

Nothing of a person is in them but the reference by which the claim named its patient, and that only where it is no contained one.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from claims.fhir.resources import Fault, Json, Resource
from serving.scoring import ScoredClaim

MEDIA_TYPE = "application/fhir+json"
CAUSES = "urn:denials:root-cause"
DENIED = {"coding": [{"system": "urn:denials:outcome", "code": "denied"}], "text": "The payer denies the claim"}

Body = dict[str, Any]  # FHIR JSON, as written


def risk_assessment(scored: ScoredClaim, resource: Resource, *, on: date) -> Body:
    """Write one score. The interval stands as a range in percent, as R4 has it, beside the probability."""
    predictions: list[Body] = [
        {
            "outcome": DENIED,
            "probabilityDecimal": round(scored.denial_probability, 6),
            "rationale": f"Most likely category: {scored.denial_category}",
        }
    ]
    if scored.probability_low is not None and scored.probability_high is not None:
        low, high = ({"value": round(100 * end, 4), "unit": "%"} for end in (scored.probability_low, scored.probability_high))
        predictions.append(
            {"outcome": DENIED, "probabilityRange": {"low": low, "high": high}, "rationale": "Interval for 8 of 10 claims"}
        )
    written: Body = {
        "resourceType": "RiskAssessment",
        "status": "final",
        "method": {"text": scored.model_version},
        "code": {"text": "Risk that the payer denies the claim"},
        "subject": _subject(resource.body["patient"]),
        "occurrenceDateTime": on.isoformat(),
        "basis": [{"type": "Claim", "identifier": {"value": scored.claim_id}}],
        "prediction": predictions,
        "note": [{"text": _money(scored)}],
        "mitigation": _mitigation(scored),
    }
    if scored.root_causes:
        written["reasonCode"] = [_reason(cause.id, cause.reason) for cause in scored.root_causes]
    return written


def operation_outcome(faults: Sequence[Fault]) -> Body:
    """Write what does not fit, and where."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(fault) for fault in faults]}


def bundle(resources: Sequence[Body]) -> Body:
    """Write several answers as one."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource} for resource in resources]}


def _issue(fault: Fault) -> Body:
    return {
        "severity": "error",
        "code": "invalid",
        "diagnostics": f"{fault.expression}: expected {fault.expected}",
        "expression": [fault.expression],
    }


def _subject(patient: Json) -> Mapping[str, Any]:
    reference = str(patient.get("reference", ""))
    return {"reference": reference} if reference and not reference.startswith("#") else {"display": "The patient of the claim"}


def _reason(cause: str, reason: str | None) -> Body:
    concept: Body = {"coding": [{"system": CAUSES, "code": cause}]}
    return concept | ({"text": reason} if reason else {})


def _money(scored: ScoredClaim) -> str:
    at_risk, saving = scored.expected_denied_amount, scored.expected_saving
    return f"Of {scored.charge_amount:.2f} dollars charged, {at_risk:.2f} at risk; the advice is worth {saving:.2f}."


def _mitigation(scored: ScoredClaim) -> str:
    changes = [change.instruction for change in scored.fixes.changes] if scored.fixes else []
    edits = [f"{edit.title}." for edit in scored.certain]
    return " ".join([f"Advice: {scored.advice}.", *edits, *changes])
