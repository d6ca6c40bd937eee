"""Owns how the body of a scoring call becomes claims: read and checked in one pass, and how OpenAPI tells of it.

A list answers claim by claim: those that do not fit are told with their places, the others are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from serving.api.answers import RejectedOut
from serving.api.claim_models import ClaimIn, OtherPayerIn, PersonIn, ServiceLineIn
from serving.api.faults import PlaceAtFault, expected_at, json_pointer, place_parts

Fault = dict[str, Any]  # as pydantic tells it, without what was sent
_REFERENCE = "#/components/schemas/{model}"
_FIELDS = [name for model in (ClaimIn, PersonIn, ServiceLineIn, OtherPayerIn) for name in model.model_fields]
_MOST_NUMBER = 38  # characters of CLM01


@dataclass(frozen=True, kw_only=True)
class _Refused:
    """A claim that does not fit."""

    claim_id: str | None
    faults: tuple[Fault, ...]


def _or_refused(value: Any, read: ValidatorFunctionWrapHandler) -> ClaimIn | _Refused:
    try:
        claim: ClaimIn = read(value)
    except ValidationError as error:
        number = value.get("claim_id") if isinstance(value, dict) else None
        is_number = isinstance(number, str) and 0 < len(number) <= _MOST_NUMBER
        return _Refused(claim_id=number if is_number else None, faults=tuple(_faults(error)))
    return claim


_MANY = TypeAdapter(list[ClaimIn])
_EACH: TypeAdapter[list[Any]] = TypeAdapter(list[Annotated[ClaimIn, WrapValidator(_or_refused)]])


@dataclass(frozen=True, kw_only=True)
class ClaimsRead:
    """What a body held; `positions` says where in the list each claim stood, from 1."""

    claims: Sequence[ClaimIn]
    positions: Sequence[int]
    rejected: Sequence[RejectedOut] = ()


def parse_claims(body: bytes) -> ClaimsRead:
    """Read one claim or a list, of which those that fit are given and the others told.

    Raises: RequestValidationError, where nothing fits; it names places and never repeats what was sent there.
    """
    try:
        if body.lstrip()[:1] == b"[":
            claims = _MANY.validate_json(body)
            return ClaimsRead(claims=claims, positions=range(1, len(claims) + 1))
        return ClaimsRead(claims=[ClaimIn.model_validate_json(body)], positions=[1])
    except ValidationError as error:
        partly = _read_each(body) if body.lstrip()[:1] == b"[" else None
        if partly is None:
            raise RequestValidationError(
                [{**fault, "loc": ("body", *fault["loc"]), "known": _FIELDS} for fault in _faults(error)]
            ) from None
        return partly


def _read_each(body: bytes) -> ClaimsRead | None:
    """Read the claims of a list one by one; `None` where the body is no list or none of them fits."""
    try:
        found = _EACH.validate_json(body)
    except ValidationError:
        return None
    positions = [at for at, one in enumerate(found, start=1) if isinstance(one, ClaimIn)]
    if not positions:
        return None
    return ClaimsRead(
        claims=[found[at - 1] for at in positions],
        positions=positions,
        rejected=[_rejected(at, one) for at, one in enumerate(found) if isinstance(one, _Refused)],
    )


def _rejected(at: int, refused: _Refused) -> RejectedOut:
    errors = [
        PlaceAtFault(place=json_pointer([str(at), *place_parts(fault)]), expected=expected_at(fault, known=_FIELDS))
        for fault in refused.faults
    ]
    return RejectedOut(
        claim_id=refused.claim_id,
        position=at + 1,
        place=errors[0].place,
        expected=errors[0].expected,
        got=refused.faults[0]["type"].replace("_", " "),
        errors=errors,
    )


def _faults(error: ValidationError) -> list[Fault]:
    return [dict(fault) for fault in error.errors(include_input=False, include_url=False, include_context=False)]


def body_schema(examples: dict[str, Any]) -> dict[str, Any]:
    """Describe the body for the OpenAPI document."""
    one = {"$ref": _REFERENCE.format(model=ClaimIn.__name__)}
    schema = {"title": "Claims", "anyOf": [one, {"type": "array", "items": one}]}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}}


def describe_claims(document: dict[str, Any]) -> dict[str, Any]:
    """Put the schema of a claim into an OpenAPI document."""
    schema = ClaimIn.model_json_schema(ref_template=_REFERENCE)
    parts = schema.pop("$defs", {})
    document["components"]["schemas"] |= {**parts, ClaimIn.__name__: schema}
    return document
