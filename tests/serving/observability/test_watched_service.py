"""A service as whoever runs it sees it: metrics, log lines, readiness."""

import json
import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from claims.home import Home
from serving.app import create_app
from serving.database.connection import writing
from serving.settings import Settings
from serving.state import Standing
from tests.conftest import END

CLAIM = json.loads((Path(__file__).resolve().parents[3] / "docs/examples/claim.json").read_text())


@pytest.fixture(scope="module")
def home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("watched") / "home"
    shutil.copytree(trained_home.path, folder)
    return Home(folder)


@pytest.fixture(scope="module")
def client(home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=home.path, today=END)), raise_server_exceptions=False) as client:
        yield client


def samples(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


def test_requests_are_counted_by_template_and_status(client: TestClient) -> None:
    for key in ("none-1", "none-2"):
        assert client.get(f"/v1/queue/{key}").status_code == 404
    client.get("/nowhere/at/all")
    found = samples(client)
    labels = (("method", "GET"), ("route", "/v1/queue/{id}"), ("status", "404"))
    assert found["denials_http_requests_total", labels] == 2
    assert found["denials_http_request_seconds_count", labels[:2]] == 2
    assert found["denials_http_requests_total", (("method", "GET"), ("route", "(none)"), ("status", "404"))] == 1


def test_scores_are_counted_and_no_claim_payer_or_person_becomes_a_label(client: TestClient) -> None:
    before = samples(client).get(("denials_score_probability_count", ()), 0)
    assert (
        client.post("/v1/claims/score", json=[CLAIM, {**CLAIM, "claim_id": "CANARY-7", "payer_id": "CANARY-8"}]).status_code
        == 200
    )
    assert samples(client)["denials_score_probability_count", ()] == before + 2
    text = client.get("/metrics").text
    assert not any(word in text for word in ("CANARY", "EXAMPLE", CLAIM["payer_id"], CLAIM["subscriber"]["member_id"]))


def test_methods_that_nobody_knows_share_one_label(client: TestClient) -> None:
    for method in ("BREW", "WHEN"):
        client.request(method, "/healthz")
    methods = {dict(labels)["method"] for name, labels in samples(client) if name == "denials_http_requests_total"}
    assert "OTHER" in methods
    assert not methods & {"BREW", "WHEN"}


def test_state_is_looked_up_when_asked(client: TestClient, home: Home) -> None:
    total = client.get("/v1/queue?limit=1").json()["total"]
    found = samples(client)
    work = sum(found["denials_work_items", (("status", status),)] for status in ("open", "in_progress", "waiting"))
    assert work == total > 0
    assert found["denials_up", (("part", "database"),)] == 1
    assert found["denials_history_claims", ()] > 1000
    models = {dict(labels)["model"]: dict(labels) for name, labels in found if name == "denials_model_info"}
    assert models["denial_risk"]["version"] in client.get("/readyz").json()["model_version"]
    assert not any(name.startswith("denials_drift") for name, _ in found)


def test_what_the_last_monitor_found_is_shown(client: TestClient, home: Home) -> None:
    home.logs.mkdir(exist_ok=True)
    report = {
        "model": "denial_risk", "score_drift": {"psi": 0.07}, "calibration": {"overall": None}, "retraining_pays": True,
    }  # fmt: skip
    home.last_monitor.write_text(json.dumps({"ran_at": "2025-07-01T00:00:00+00:00", "reports": [report]}))
    found = samples(client)
    label = (("model", "denial_risk"),)
    assert (found["denials_drift_score_psi", label], found["denials_retraining_pays", label]) == (0.07, 1)
    assert ("denials_observed_over_expected", label) not in found
    home.last_monitor.write_text("something else")
    assert ("denials_drift_score_psi", label) not in samples(client)


def test_each_answer_names_its_request_and_so_does_its_line(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="denials.requests"):
        answer = client.get("/v1/queue/CANARY-KEY?owner=CANARY", headers={"X-Request-ID": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    (record,) = [record for record in caplog.records if record.name == "denials.requests"]
    assert record.facts.items() >= {"method": "GET", "route": "/v1/queue/{id}", "status": 404}.items()  # type: ignore[attr-defined]
    assert "CANARY" not in json.dumps(record.__dict__, default=str)
    assert len(client.get("/healthz").headers["x-request-id"]) == 24


def test_probes_are_logged_only_when_debugging(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="denials.requests"):
        client.get("/healthz")
    assert not [record for record in caplog.records if record.name == "denials.requests"]


def test_a_sound_service_is_ready_with_every_part_looked_at(client: TestClient) -> None:
    answer = client.get("/readyz").json()
    assert answer["status"] == "ready"
    assert [check["part"] for check in answer["checks"]] == [
        *("denial_risk", "appeal_success", "history", "database", "work_queue", "score_log", "registry", "challenger"),
    ]


def test_a_work_queue_that_cannot_be_brought_in_step_is_degraded_until_it_can(home: Home) -> None:
    with TestClient(create_app(Settings(home_path=home.path, today=END)), raise_server_exceptions=False) as client:
        database = client.app.state.service.database  # type: ignore[attr-defined]
        with writing(database).begin() as connection:
            connection.execute(text("ALTER TABLE work_items RENAME TO aside"))
        try:
            assert client.get("/v1/queue?limit=1").status_code == 503
            _wait_for(client, ("degraded", Standing.FAILED))  # the first sync may only now begin, and fail too
        finally:
            with writing(database).begin() as connection:
                connection.execute(text("ALTER TABLE aside RENAME TO work_items"))
        assert client.get("/v1/queue?limit=1").json()["total"] > 0
        _wait_for(client, ("ready", Standing.IN_STEP))


def _wait_for(client: TestClient, standing: tuple[str, str]) -> None:
    deadline = time.monotonic() + 20
    while _standing_of_queue(client) != standing:
        assert time.monotonic() < deadline, _standing_of_queue(client)
        time.sleep(0.1)


def _standing_of_queue(client: TestClient) -> tuple[str, str]:
    answer = client.get("/readyz").json()
    (found,) = (check["detail"] for check in answer["checks"] if check["part"] == "work_queue")
    return answer["status"], found


def test_a_champion_that_waits_for_a_reload_is_degraded_and_still_ready(client: TestClient, home: Home) -> None:
    pointer = home.path / "models" / "denial_risk" / "champion.json"
    kept = pointer.read_text()
    try:
        pointer.write_text(json.dumps({"version": "another", "registry_version": "9"}))
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert "another waits" in answer.json()["checks"][0]["detail"]
    finally:
        pointer.write_text(kept)


def test_a_history_that_is_away_is_degraded_since_the_one_in_memory_serves(client: TestClient, home: Home) -> None:
    history = Path(home.history_uri)
    history.rename(history.with_name("away"))
    try:
        answer = client.get("/readyz").json()
        assert answer["status"] == "degraded"
        assert client.post("/v1/claims/score", json=CLAIM).status_code == 200
    finally:
        shutil.rmtree(history, ignore_errors=True)
        history.with_name("away").rename(history)


def test_a_database_that_is_away_is_not_ready_and_its_calls_say_so(home: Home) -> None:
    with TestClient(create_app(Settings(home_path=home.path, today=END)), raise_server_exceptions=False) as client:
        assert client.get("/v1/queue?limit=1").status_code == 200  # in step, so that nothing writes while the file moves
        client.app.state.service.database.dispose()  # type: ignore[attr-defined]
        aside = home.path / "aside"
        aside.mkdir()
        for path in home.path.glob("serving.db*"):
            path.rename(aside / path.name)
        home.path.joinpath("serving.db").mkdir()
        try:
            answer = client.get("/readyz")
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert "database" in answer.json()["detail"]
            queue = client.get("/v1/queue")
            assert (queue.status_code, queue.headers["retry-after"]) == (503, "5")
            assert client.post("/v1/claims/score", json=CLAIM).status_code == 200
            assert samples(client)["denials_up", (("part", "database"),)] == 0
        finally:
            home.path.joinpath("serving.db").rmdir()
            for path in aside.iterdir():
                path.rename(home.path / path.name)
            aside.rmdir()
