"""Owns how a FHIR R4 Claim becomes a `Claim`. What R4 has no element for (signature, assignment) is taken to be in order."""

from datetime import date
from decimal import Decimal

from claims.claim import ADDRESS_NOT_SENT, Address, Claim, Payer, Person, Provider, ServiceLine, Subscriber
from claims.fhir.resources import NPI_SYSTEM, Json, Resource, amount_of, check, code_of, day_of, identifier_of, named
from claims.imports.cells import LARGEST_AMOUNT, LARGEST_COUNT

_TYPES = {"professional": "837P", "institutional": "837I"}
_RELATIONSHIPS = {"self": "18", "spouse": "01", "child": "19", "other": "G8"}
_SEXES = {"female": "F", "male": "M", "other": "U", "unknown": "U"}
_REFERRING, _RENDERING = (
    frozenset({"referrer", "referring"}),
    frozenset({"primary", "rendering", "performing", "attending", None}),
)
_TAXONOMY = "http://nucc.org/provider-taxonomy"


def read_claim(resource: Resource) -> Claim:
    """Read one Claim. Raises: UnfitResource, naming every place that R4 does not allow, or the first that is missing."""
    check(resource)
    body = resource.body
    if body["use"] != "claim":
        raise resource.unfit("use", "`claim`: a preauthorization or predetermination is none")
    claim_type = _TYPES.get(code_of(body["type"]) or "")
    if claim_type is None:
        raise resource.unfit("type", f"one of {', '.join(_TYPES)}")
    created_on, number = day_of(body["created"]), identifier_of(body) or body.get("id")
    if created_on is None or not number:
        raise resource.unfit(*(("identifier", "the claim's number") if created_on else ("created", "a whole date")))
    insurance = next((one for one in body["insurance"] if one["focal"]), body["insurance"][0])
    coverage = resource.resolve(insurance["coverage"])
    lines = _lines(resource)
    total, prior = amount_of(body.get("total")), next(iter(body.get("related") or ()), None)
    if total is not None and not 0 <= total < LARGEST_AMOUNT:
        raise resource.unfit("total", "an amount of 0 or more, below a trillion dollars")
    replaces = prior is not None and code_of(prior.get("relationship")) == "prior"
    return Claim(
        patient_control_number=str(number),
        claim_type=claim_type,
        charge_amount=total if total is not None else sum((line.charge_amount for line in lines), Decimal(0)),
        submitted_on=created_on,
        billing_provider=_provider(resource, body["provider"]) or Provider(),
        subscriber=_subscriber(resource, insurance, coverage),
        payer=_payer(resource, coverage),
        place_of_service_code=next((line.place_of_service_code for line in lines if line.place_of_service_code), None),
        frequency_code="7" if replaces else "1",
        payer_claim_control_number=str((prior or {}).get("reference", {}).get("value") or "") or None if replaces else None,
        provider_signature_code="Y",
        assignment_code="A",
        benefits_assigned_code="Y",
        release_of_information_code="Y",
        authorization_number=next(iter(insurance.get("preAuthRef") or ()), None),
        diagnosis_codes=_diagnoses(body),
        accident_on=day_of((body.get("accident") or {}).get("date")),
        referring_provider=_team_member(resource, _REFERRING),
        rendering_provider=_team_member(resource, _RENDERING),
        facility_provider=_provider(resource, body.get("facility")),
        lines=lines,
    )


def payer_of(resource: Resource, reference: Json | None) -> Payer:
    """Read who is to pay."""
    name = (reference or {}).get("display") or resource.resolve(reference).get("name")
    return Payer(payer_id=named(resource, reference), name=name)


def _payer(resource: Resource, coverage: Json) -> Payer:
    payor = next(iter(coverage.get("payor") or ()), None)
    found = [payer_of(resource, reference) for reference in (resource.body.get("insurer"), payor) if reference]
    payer = next((one for one in found if one.payer_id), None)
    if payer is None:
        raise resource.unfit("insurer", "an identifier of the payer, here or at the coverage's payor")
    return payer


def _subscriber(resource: Resource, insurance: Json, coverage: Json) -> Subscriber:
    """Read the patient as the subscriber: who else holds the policy is in no element that the models read."""
    patient = resource.resolve(resource.body["patient"])
    name: Json = next(iter(patient.get("name") or ()), {})
    address: Json = next(iter(patient.get("address") or ()), {})
    groups = [one.get("value") for one in coverage.get("class") or () if code_of(one.get("type")) == "group"]
    member_id = (
        coverage.get("subscriberId") or named(resource, insurance["coverage"]) or named(resource, resource.body["patient"])
    )
    return Subscriber(
        person=Person(
            last_name=name.get("family"),
            first_name=next(iter(name.get("given") or ()), None),
            member_id=member_id,
            birth_on=day_of(patient.get("birthDate")),
            sex_code=_SEXES.get(str(patient.get("gender"))),
            address=Address(
                line_1=next(iter(address.get("line") or ()), ADDRESS_NOT_SENT),
                city=address.get("city"),
                state_code=address.get("state"),
                postal_code=address.get("postalCode"),
            ),
        ),
        payer_sequence_code={1: "P", 2: "S", 3: "T"}.get(coverage.get("order", 1), "P"),
        relationship_code=_RELATIONSHIPS.get(code_of(coverage.get("relationship")) or "self", "G8"),
        group_number=next(iter(groups), None),
    )


def _lines(resource: Resource) -> tuple[ServiceLine, ...]:
    items = resource.body.get("item") or ()
    if not items:
        raise resource.unfit("item", "at least one")
    return tuple(_line(resource, at, item) for at, item in enumerate(items))


def _line(resource: Resource, at: int, item: Json) -> ServiceLine:
    units = amount_of(item.get("quantity")) or Decimal(1)
    price, net = amount_of(item.get("unitPrice")), amount_of(item.get("net"))
    charge = net if net is not None else None if price is None else price * units
    if charge is None or not 0 <= charge < LARGEST_AMOUNT:
        raise resource.unfit(f"item[{at}].net", "what was charged, or unitPrice, below a trillion dollars")
    if not 0 < units < LARGEST_COUNT:
        raise resource.unfit(f"item[{at}].quantity", "a number above 0")
    from_on, to_on = serviced(item)
    return ServiceLine(
        line_number=int(item["sequence"]),
        procedure_code=code_of(item["productOrService"]),
        charge_amount=charge,
        units=units,
        modifiers=tuple(code for one in item.get("modifier") or () if (code := code_of(one)))[:4],
        revenue_code=code_of(item.get("revenue")),
        place_of_service_code=code_of(item.get("locationCodeableConcept")),
        diagnosis_pointers=tuple(item.get("diagnosisSequence") or ())[:4],
        service_from_on=from_on,
        service_to_on=to_on,
        line_control_number=str(item["sequence"]),
    )


def serviced(item: Json) -> tuple[date | None, date | None]:
    """Read the days of service of an item."""
    period = item.get("servicedPeriod") or {}
    from_on = day_of(item.get("servicedDate") or period.get("start"))
    return from_on, day_of(period.get("end")) or from_on


def _diagnoses(body: Json) -> tuple[str, ...]:
    found = sorted(body.get("diagnosis") or (), key=lambda one: int(one["sequence"]))
    codes = (code_of(one.get("diagnosisCodeableConcept")) for one in found)
    return tuple(code.replace(".", "").upper() for code in codes if code)


def _team_member(resource: Resource, roles: frozenset[str | None]) -> Provider | None:
    team = resource.body.get("careTeam") or ()
    one = next((member for member in team if code_of(member.get("role")) in roles), None)
    if one is None:
        return None
    taxonomy = code_of(one.get("qualification"), system=_TAXONOMY)
    npi = named(resource, one["provider"], system=NPI_SYSTEM)
    return Provider(npi=npi, taxonomy_code=taxonomy, is_organization=False) if npi or taxonomy else None


def _provider(resource: Resource, reference: Json | None) -> Provider | None:
    if reference is None:
        return None
    found = resource.resolve(reference)
    address: Json = next(iter(found.get("address") or ()), {})
    name = found.get("name") if isinstance(found.get("name"), str) else None
    npi = named(resource, reference, system=NPI_SYSTEM)
    return Provider(npi=npi, name=name, address=Address(state_code=address.get("state"))) if npi or name else None
