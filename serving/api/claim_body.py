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
    is_list = body.lstrip()[:1] == b"["
    try:
        found = _EACH.validate_json(body) if is_list else [ClaimIn.model_validate_json(body)]
    except ValidationError as error:
        raise _nothing_fits(_faults(error)) from None
    fitting = [(at, one) for at, one in enumerate(found, start=1) if isinstance(one, ClaimIn)]
    refused = [(at, one) for at, one in enumerate(found) if isinstance(one, _Refused)]
    if refused and not fitting:
        raise _nothing_fits([{**fault, "loc": (at, *fault["loc"])} for at, one in refused for fault in one.faults])
    return ClaimsRead(
        claims=[one for _, one in fitting],
        positions=[at for at, _ in fitting],
        rejected=[_rejected(at, one) for at, one in refused],
    )


def _nothing_fits(faults: Sequence[Fault]) -> RequestValidationError:
    return RequestValidationError([{**fault, "loc": ("body", *fault["loc"]), "known": _FIELDS} for fault in faults])


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
