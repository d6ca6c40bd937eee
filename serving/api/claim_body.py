"""Owns how the body of a scoring call becomes claims: read and checked in one pass, and how OpenAPI tells of it."""

from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from serving.api.claim_models import ClaimIn

_MANY = TypeAdapter(list[ClaimIn])
_REFERENCE = "#/components/schemas/{model}"


def parse_claims(body: bytes) -> list[ClaimIn]:
    """Read one claim or a list. Raises: RequestValidationError, which names places and never repeats what was sent there."""
    try:
        if body.lstrip()[:1] == b"[":
            return _MANY.validate_json(body)
        return [ClaimIn.model_validate_json(body)]
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None


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
