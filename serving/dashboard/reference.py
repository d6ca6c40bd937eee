"""Owns the readable form of the OpenAPI document at /docs: rendered here, since the usual viewers load scripts from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]  # an OpenAPI document is JSON: its values are what they are


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One path or query parameter."""

    name: str
    place: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call, ready to show. `body_fields` are those of the request's first object; `example` is text of the body."""

    method: str
    path: str
    description: str
    parameters: tuple[Parameter, ...]
    body_kinds: tuple[str, ...]
    body_fields: tuple[Parameter, ...]
    example: str
    answers: tuple[tuple[str, str], ...]


def operations(document: Document) -> dict[str, list[Operation]]:
    """List the calls of a document by tag, in its order."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            tag = (call.get("tags") or ["other"])[0]
            found.setdefault(tag, []).append(_operation(document, method, path, call))
    return found


def _operation(document: Document, method: str, path: str, call: Document) -> Operation:
    content: Document = call.get("requestBody", {}).get("content", {})
    first: Document = next(iter(content.values())) if content else {}
    return Operation(
        method=method.upper(),
        path=path,
        description=call.get("description") or call.get("summary", ""),
        parameters=tuple(
            Parameter(
                name=one["name"],
                place=one["in"],
                kind=_kind(one.get("schema", {})),
                is_required=one.get("required", False),
                description=one.get("description", ""),
            )
            for one in call.get("parameters", [])
        ),
        body_kinds=tuple(content),
        body_fields=tuple(_fields(document, first.get("schema", {}))),
        example=_example(first),
        answers=tuple((code, answer.get("description", "")) for code, answer in call.get("responses", {}).items()),
    )


def _fields(document: Document, schema: Document, *, inside: str = "") -> Iterator[Parameter]:
    """List the fields of an object and, by dotted names, of the objects in it."""
    schema = _resolved(document, schema)
    required = schema.get("required", [])
    for name, one in schema.get("properties", {}).items():
        yield Parameter(
            name=inside + name,
            place="body",
            kind=_kind(one),
            is_required=name in required,
            description=one.get("description", ""),
        )
        yield from _fields(document, one, inside=f"{inside}{name}.")


def _resolved(document: Document, schema: Document) -> Document:
    """Follow references, first choices and lists to the object they stand for."""
    while True:
        if "anyOf" in schema:
            schema = schema["anyOf"][0]
        elif "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        elif "items" in schema:
            schema = schema["items"]
        else:
            return schema


def _kind(schema: Document) -> str:
    """Say in a word or two what a schema takes."""
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "$ref" in schema:
        return "object"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"] if one.get("type") != "null"))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}s"
    return str(schema.get("format") or schema.get("const") or schema.get("type", "any"))


def _example(content: Document) -> str:
    if "examples" in content:
        return json.dumps(next(iter(content["examples"].values()))["value"], indent=2)
    example = content.get("example", "")
    return example if isinstance(example, str) else json.dumps(example, indent=2)
