import subprocess
import sys
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.riskassessment import RiskAssessment

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.claims.fhir import resources as make
from tests.conftest import END

CALL = "/v1/fhir/Claim/$score"
SAME = {
    "claim_id": "F1",
    "payer_id": "PAYER1",
    "payer_name": "FIRST HEALTH PLAN",
    "submitted_on": "2026-03-02",
    "place_of_service_code": "11",
    "authorization_number": "A-77",
    "billing_provider_npi": "1234567893",
    "rendering_provider_npi": "1234567893",
    "diagnosis_codes": ["E119", "I10"],
    "subscriber": {
        "member_id": "W123CANARY", "last_name": "Canary", "first_name": "Jane", "birth_on": "1980-05-17", "sex_code": "F"
    },
    "lines": [
        {
            "procedure_code": "99213", "modifiers": ["25"], "charge_amount": "150.25", "units": "2", "diagnosis_pointers": [1],
            "service_from_on": "2026-02-20", "place_of_service_code": "11", "line_control_number": "1",
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        yield client


def test_a_fhir_claim_scores_as_the_same_claim_in_json(client: TestClient) -> None:
    answer = client.post(CALL, json=make.claim())
    (scored,) = client.post("/v1/claims/score", json=SAME).json()["scored"]
    assert answer.headers["content-type"] == "application/fhir+json"
    risk = answer.json()
    RiskAssessment.model_validate(risk)
    assert risk["prediction"][0]["probabilityDecimal"] == round(scored["denial_probability"], 6)
    assert [one["coding"][0]["code"] for one in risk["reasonCode"]] == [cause["id"] for cause in scored["root_causes"]]
    assert risk["method"]["text"] == scored["model_version"]
    assert "anary" not in answer.text


def test_claims_of_a_bundle_are_answered_one_by_one(client: TestClient) -> None:
    answer = client.post(CALL, json=make.bundle(make.claim("F1"), make.claim("F2", use="preauthorization"), make.claim("F3")))
    *risks, outcome = [entry["resource"] for entry in answer.json()["entry"]]
    assert [risk["basis"][0]["identifier"]["value"] for risk in risks] == ["F1", "F3"]
    OperationOutcome.model_validate(outcome)
    assert outcome["issue"][0]["expression"] == ["Bundle.entry[1].resource.use"]


@pytest.mark.parametrize("body", [{"resourceType": "Claim"}, {"resourceType": "Patient"}, {}, [1]])
def test_what_is_no_claim_is_an_operation_outcome(client: TestClient, body: object) -> None:
    answer = client.post(CALL, json=body)
    assert answer.status_code == 422
    OperationOutcome.model_validate(answer.json())


def test_the_service_starts_without_the_models_of_fhir() -> None:
    code = "import sys, serving.app; sys.exit(any(name.startswith('fhir.') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
