"""Owns the way into FHIR R4 JSON: bytes to resources that R4 allows, each with its place as a FHIRPath, and its references.

A place is told by the names of R4 elements; a name that R4 does not have, and every value, stay untold. The models are imported
where they are used: they take a second, which the start of the service must not.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from claims.errors import ClaimsError

CLAIM, CLAIM_RESPONSE, EXPLANATION = "Claim", "ClaimResponse", "ExplanationOfBenefit"
READ = (CLAIM, CLAIM_RESPONSE, EXPLANATION)
_REFERRED = (CLAIM, "Patient", "Coverage", "Organization", "Practitioner", "Location")
MOST_FAULTS = 20
NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"

Json = Mapping[str, Any]  # FHIR JSON as parsed: this module and its neighbors are the parser


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One place that does not fit, as a FHIRPath, and what was expected there."""

    expression: str
    expected: str


class UnfitResource(ClaimsError):
    """A resource that R4 does not allow, or that says too little to be read."""

    def __init__(self, *faults: Fault) -> None:
        first = faults[0]
        super().__init__(f"{first.expression}: expected {first.expected}, got another value or none")
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource with what its references may point at."""

    kind: str
    path: str  # FHIRPath of the resource itself: `Claim`, `Bundle.entry[1].resource`
    body: Json
    around: Mapping[str, Json]  # resources of the same bundle, by fullUrl and by Type/id

    def resolve(self, reference: Json | None) -> Json:
        """Follow a reference to a contained or neighboring resource; an empty one where it points elsewhere."""
        target = str((reference or {}).get("reference", ""))
        contained = self.body.get("contained", ()) if target.startswith("#") else ()
        found = next((one for one in contained if one.get("id") == target[1:]), self.around.get(target, {}))
        if found.get("resourceType") not in _REFERRED:
            return {}
        check(Resource(kind=found["resourceType"], path=found["resourceType"], body=found, around={}))
        return found

    def unfit(self, element: str, expected: str) -> UnfitResource:
        """Make the error of one element."""
        return UnfitResource(Fault(expression=f"{self.path}.{element}", expected=expected))


def parse_json(data: bytes) -> list[Json]:
    """Parse JSON, or NDJSON with one resource a line. Raises: UnfitResource."""
    try:
        found = [_load(data)]
    except (ValueError, RecursionError):
        try:
            found = [_load(line) for line in data.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise UnfitResource(Fault(expression="Resource", expected="FHIR R4 as JSON or NDJSON")) from None
    if not found or not all(isinstance(one, dict) and isinstance(one.get("resourceType"), str) for one in found):
        raise UnfitResource(Fault(expression="Resource.resourceType", expected="a resource"))
    return found


def _load(data: bytes) -> Any:
    return json.loads(data, parse_float=Decimal, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"JSON has no {len(name)} letters of a number")


def resources_of(found: Sequence[Json]) -> list[Resource]:
    """List claims and answers, those of bundles too; other resources are there to be referred to."""
    around: dict[str, Json] = {}
    placed: list[tuple[str, Json]] = []
    for root in found:
        entries = list(_entries(root))
        for path, url, body in entries:
            around |= {key: body for key in (url, f"{body.get('resourceType')}/{body.get('id')}") if key}
            placed.append((path, body))
    return [
        Resource(kind=body["resourceType"], path=path, body=body, around=around)
        for path, body in placed
        if body.get("resourceType") in READ
    ]


def _entries(root: Json) -> Iterator[tuple[str, str | None, Json]]:
    if root["resourceType"] != "Bundle":
        yield root["resourceType"] if root["resourceType"] in READ else "Resource", None, root
        return
    entries = root.get("entry", [])
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        body = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(body, dict):
            url = entry.get("fullUrl")
            yield f"Bundle.entry[{at}].resource", url if isinstance(url, str) else None, body


def check(resource: Resource) -> None:
    """Hold a resource against R4. Raises: UnfitResource, with every place up to `MOST_FAULTS`."""
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    try:
        get_fhir_model_class(resource.kind).model_validate(resource.body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        raise UnfitResource(*(_fault(resource.path, fault) for fault in faults[:MOST_FAULTS])) from None


def _fault(path: str, fault: Mapping[str, Any]) -> Fault:
    kind, parts = fault["type"], list(fault["loc"])
    if kind == "extra_forbidden":
        return Fault(expression=_expression(path, parts[:-1]), expected="no element that R4 does not have")
    return Fault(expression=_expression(path, parts), expected="a value" if kind == "missing" else "a value that R4 allows there")


def _expression(path: str, parts: Sequence[object]) -> str:
    return path + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def code_of(concept: Json | None, *, system: str | None = None) -> str | None:
    """Give the first code of a CodeableConcept, of one system where named."""
    codings = (concept or {}).get("coding") or ()
    return next((str(one["code"]) for one in codings if one.get("code") and system in {None, one.get("system")}), None)


def identifier_of(body: Json, *, system: str | None = None) -> str | None:
    """Give the first identifier's value, of one system where named."""
    found = body.get("identifier") or ()
    listed = [found] if isinstance(found, dict) else found
    return next((str(one["value"]) for one in listed if one.get("value") and system in {None, one.get("system")}), None)


def named(resource: Resource, reference: Json | None, *, system: str | None = None) -> str | None:
    """Give the identifier of what a reference names: its own, else that of the resource it points at."""
    return identifier_of(reference or {}, system=system) or identifier_of(resource.resolve(reference), system=system)


def day_of(text: object) -> date | None:
    """Give the day of a date or dateTime; `None` where it has no day."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def amount_of(money: Json | None) -> Decimal | None:
    """Give a Money's value."""
    value = (money or {}).get("value")
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
