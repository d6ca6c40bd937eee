"""Owns the FHIR R4 call: claims in, risk assessments out, by the scoring path of every other call."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from claims.claim import Claim
from claims.fhir.claim_reader import read_claim
from claims.fhir.resources import CLAIM, Fault, Resource, UnfitResource, parse_json, resources_of
from serving.api.caller import showed
from serving.api.fhir_answers import MEDIA_TYPE, Body, bundle, operation_outcome, risk_assessment
from serving.api.problems import MEDIA_TYPE as PROBLEM
from serving.api.scoring_routes import Detail, DetailQuery, FixesQuery, body_of, score_records, state_of, within_limits
from serving.errors import RefusedInput

router = APIRouter(prefix="/v1", tags=["fhir"])
_ANY: dict[str, Any] = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}}
_EXAMPLE: dict[str, Any] = {
    "resourceType": "Claim",
    "identifier": [{"value": "EXAMPLE-1"}],
    "status": "active",
    "type": {"coding": [{"code": "professional"}]},
    "use": "claim",
    "patient": {"reference": "Patient/1"},
    "created": "2025-06-30",
    "insurer": {"identifier": {"value": "18521"}},
    "provider": {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1124245865"}},
    "priority": {"coding": [{"code": "normal"}]},
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [{"code": "M25.511"}]}}],
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"identifier": {"value": "B0884082868"}}}],
    "item": [
        {
            "sequence": 1,
            "productOrService": {"coding": [{"code": "97110"}]},
            "diagnosisSequence": [1],
            "servicedDate": "2025-06-26",
            "quantity": {"value": 4},
            "net": {"value": 272, "currency": "USD"},
        }
    ],
}


class UnfitRequest(Exception):
    """No claim of a FHIR request can be scored."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"{len(faults)} places of the request do not fit")
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class _Read:
    claims: list[tuple[Resource, Claim]]
    faults: list[Fault]
    is_bundle: bool


@router.post(
    "/fhir/Claim/$score",
    response_class=Response,
    responses={
        200: {"description": "A RiskAssessment, or a Bundle of them", "content": {MEDIA_TYPE: {"schema": _ANY}}},
        422: {
            "description": "An OperationOutcome, or of a wrong query a problem",
            "content": {MEDIA_TYPE: {"schema": _ANY}, PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    },
    openapi_extra={"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": _ANY, "example": _EXAMPLE}}}},
)
async def score_fhir(request: Request, detail: DetailQuery = Detail.CAUSES, fixes: FixesQuery = True) -> Response:
    """Score a FHIR R4 Claim, or the Claims of a Bundle with what they refer to: a RiskAssessment for each.

    Claims of a Bundle that do not fit are told in one OperationOutcome at its end, the others scored; 422 where none fits.
    """
    state = state_of(request)
    body = await body_of(request, limit=state.settings.most_body_bytes)
    found = await asyncio.to_thread(_read, body)
    resources = [resource for resource, _ in found.claims]
    claims = [claim for _, claim in found.claims]
    showed(request, [claim.patient_control_number for claim in claims])
    try:
        kept, too_long = within_limits(state, claims)
    except RefusedInput as error:
        raise UnfitRequest((Fault(expression="Bundle.entry", expected=str(error)),)) from None
    within = {id(claim) for claim in kept}
    places = [resource for resource, claim in zip(resources, claims, strict=True) if id(claim) in within]
    _, scored = await score_records(state, kept, detail, fixes=fixes)
    answers: list[Body] = [
        risk_assessment(one, place, on=claim.submitted_on) for one, place, claim in zip(scored, places, kept, strict=True)
    ]
    faults = [*found.faults, *(Fault(expression="Claim.item", expected=one.expected) for one in too_long)]
    if not found.is_bundle:
        return _answer(answers[0])
    return _answer(bundle([*answers, operation_outcome(faults)] if faults else answers))


def _read(body: bytes) -> _Read:
    """Read the claims of a request. Raises: UnfitRequest, where none fits."""
    try:
        roots = parse_json(body)
    except UnfitResource as error:
        raise UnfitRequest(error.faults) from None
    claims: list[tuple[Resource, Claim]] = []
    faults: list[Fault] = []
    for resource in resources_of(roots):
        if resource.kind != CLAIM:
            continue
        try:
            claims.append((resource, read_claim(resource)))
        except UnfitResource as error:
            faults += error.faults
    if not claims:
        raise UnfitRequest(tuple(faults) or (Fault(expression="Resource", expected="a Claim, or a Bundle with Claims"),))
    return _Read(claims=claims, faults=faults, is_bundle=len(roots) > 1 or roots[0]["resourceType"] == "Bundle")


def add_outcome_handler(app: FastAPI) -> None:
    """Make the errors of FHIR requests OperationOutcomes."""

    async def outcome(_: Request, error: Exception) -> Response:
        assert isinstance(error, UnfitRequest)  # noqa: S101  the type it is registered for
        return _answer(operation_outcome(error.faults), status=HTTPStatus.UNPROCESSABLE_ENTITY)

    app.add_exception_handler(UnfitRequest, outcome)


def _answer(body: Body, *, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(json.dumps(body).encode(), status_code=status, media_type=MEDIA_TYPE)
