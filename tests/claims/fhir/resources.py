"""FHIR R4 resources as systems send them."""

from typing import Any

NPI = "http://hl7.org/fhir/sid/us-npi"
X12 = "https://x12.org/codes/claim-adjustment-reason-codes"


def claim(number: str = "F1", **changes: Any) -> dict[str, Any]:
    body = {
        "resourceType": "Claim",
        "identifier": [{"value": number}],
        "status": "active",
        "type": {"coding": [{"code": "professional"}]},
        "use": "claim",
        "patient": {"reference": "#p"},
        "created": "2026-03-02",
        "insurer": {"identifier": {"value": "PAYER1"}, "display": "FIRST HEALTH PLAN"},
        "provider": {"identifier": {"system": NPI, "value": "1234567893"}},
        "priority": {"coding": [{"code": "normal"}]},
        "careTeam": [{"sequence": 1, "provider": {"identifier": {"system": NPI, "value": "1234567893"}}}],
        "diagnosis": [
            {"sequence": 2, "diagnosisCodeableConcept": {"coding": [{"code": "I10"}]}},
            {"sequence": 1, "diagnosisCodeableConcept": {"coding": [{"code": "E11.9"}]}},
        ],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "#c"}, "preAuthRef": ["A-77"]}],
        "item": [
            {
                "sequence": 1,
                "productOrService": {"coding": [{"code": "99213"}]},
                "modifier": [{"coding": [{"code": "25"}]}],
                "diagnosisSequence": [1],
                "servicedDate": "2026-02-20",
                "locationCodeableConcept": {"coding": [{"code": "11"}]},
                "quantity": {"value": 2},
                "net": {"value": 150.25, "currency": "USD"},
            }
        ],
        "contained": [
            {
                "resourceType": "Patient",
                "id": "p",
                "name": [{"family": "Canary", "given": ["Jane"]}],
                "birthDate": "1980-05-17",
                "gender": "female",
            },
            {
                "resourceType": "Coverage",
                "id": "c",
                "status": "active",
                "beneficiary": {"reference": "#p"},
                "payor": [{"display": "x"}],
                "subscriberId": "W123CANARY",
            },
        ],
    }
    return body | changes


def response(number: str = "F1", *, carc: str = "197", **changes: Any) -> dict[str, Any]:
    def amount(code: str, value: float, reason: list[dict[str, str]] | None = None) -> dict[str, Any]:
        said = {"category": {"coding": [{"code": code}]}, "amount": {"value": value, "currency": "USD"}}
        return said | ({"reason": {"coding": reason}} if reason else {})

    body = {
        "resourceType": "ClaimResponse",
        "identifier": [{"value": "ICN9"}],
        "status": "active",
        "type": {"coding": [{"code": "professional"}]},
        "use": "claim",
        "patient": {"reference": "Patient/1"},
        "created": "2026-03-23",
        "insurer": {"identifier": {"value": "PAYER1"}},
        "request": {"reference": f"Claim/{number}"},
        "outcome": "complete",
        "item": [
            {
                "itemSequence": 1,
                "adjudication": [
                    amount("submitted", 150.25),
                    amount("benefit", 0),
                    amount("denied", 150.25, [{"system": X12, "code": carc}, {"code": "N706"}]),
                ],
            }
        ],
    }
    return body | changes


def explanation(number: str = "F1", **changes: Any) -> dict[str, Any]:
    body = response(number)
    del body["request"]
    body["item"] = [
        {"sequence": 1, "productOrService": {"coding": [{"code": "99213"}]}, "adjudication": body["item"][0]["adjudication"]}
    ]
    own = {
        "resourceType": "ExplanationOfBenefit",
        "provider": {"display": "x"},
        "insurance": [{"focal": True, "coverage": {"display": "x"}}],
        "claim": {"identifier": {"value": number}},
    }
    return body | own | changes


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource} for resource in resources]}
