"""Schemathesis over the whole OpenAPI document of the real app: no call breaks, every answer is as the document says."""

import shutil
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from starlette.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SLOW_CALLS = ["/v1/models/reload"]  # asks MLflow: seconds each; tests/serving/test_upload.py
UNHURRIED = {
    "deadline": None,
    "derandomize": True,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": list(HealthCheck),
    "database": None,
}


@pytest.fixture(scope="module")
def document(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    folder = tmp_path_factory.mktemp("every_call") / "home"
    shutil.copytree(trained_home.path, folder)
    app = create_app(Settings(home_path=folder, today=END))
    with TestClient(app) as client:
        client.get("/v1/analytics")  # reads the history once, which takes longer than Schemathesis waits on a busy machine
        yield schemathesis.openapi.from_asgi("/openapi.json", app).exclude(path=SLOW_CALLS)


def faults(document: BaseSchema, *, examples: int) -> dict[str, str]:
    """Try every call; the first fault of each."""
    found = {}
    for one in document.get_all_operations():
        operation = one.ok()

        @settings(max_examples=examples, **UNHURRIED)  # type: ignore[arg-type]
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS)

        try:
            check()
        except Exception as fault:  # noqa: BLE001  told with the others
            found[operation.label] = str(fault)
    return found


def test_every_call_answers_as_the_document_says(document: BaseSchema) -> None:
    assert faults(document, examples=4) == {}


@pytest.mark.slow
def test_every_call_answers_as_the_document_says_at_length(document: BaseSchema) -> None:
    assert faults(document, examples=300) == {}
