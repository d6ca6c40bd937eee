"""The calls for measures, on the service as it runs."""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from claims.history.store import HistoryStore
from claims.home import Home
from serving.analytics.definitions import dimensions, measures
from serving.api.analytics_models import FigureQuery
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END


@pytest.fixture(scope="module")
def client(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    database = f"sqlite:///{tmp_path_factory.mktemp('analytics') / 'queue.db'}"
    settings = Settings(home_path=trained_home.path, today=END, database_url=database)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/v1/analytics{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_list_names_every_measure_with_its_definition(client: TestClient) -> None:
    listed = get(client, "")
    assert [one["id"] for one in listed["measures"]] == list(measures())
    assert all(one["numerator"] and one["source"] and one["available"] for one in listed["measures"])
    assert listed["usual_days"]["answer"] > 20


def test_every_dimension_can_be_a_filter() -> None:
    assert set(dimensions()) <= set(FigureQuery.model_fields)


@pytest.mark.parametrize("measure", measures())
def test_every_measure_answers_cut_by_two_dimensions(client: TestClient, measure: str) -> None:
    answer = get(client, f"/{measure}", by="payer", by2="month")
    assert answer["by"] == ["payer", "month"]
    assert sum(one["n"] for one in answer["segments"]) == answer["overall"]["n"]


def test_figure_opens_the_claims_behind_it(client: TestClient) -> None:
    answer = get(client, "/initial_denial_rate", by="payer", by2="month", **{"from": "2024-03-01", "to": "2024-12-31"})
    shown = answer["segments"][0]
    behind = get(client, "/initial_denial_rate/claims", **{"from": "2024-03-01", "to": "2024-12-31"}, **shown["keys"], limit=1000)
    assert behind["total"] == len(behind["claims"]) == shown["n"]
    assert sum(one["counts"] for one in behind["claims"]) == shown["numerator"]
    hits = get(client, "/initial_denial_rate/claims", part="hits", **{"from": "2024-03-01", "to": "2024-12-31"}, **shown["keys"])
    assert hits["total"] == shown["numerator"]
    assert all(one["denied_amount"] > 0 for one in hits["claims"])


def test_csv_says_what_json_says(client: TestClient) -> None:
    told = get(client, "/denied_dollars", by="reason")["segments"]
    for way in ({"params": {"by": "reason", "format": "csv"}}, {"params": {"by": "reason"}, "headers": {"accept": "text/csv"}}):
        answer = client.get("/v1/analytics/denied_dollars", **way)  # type: ignore[arg-type]
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [(row["reason"], float(row["value"])) for row in rows] == [(one["keys"]["reason"], one["value"]) for one in told]


@pytest.mark.parametrize(
    ("path", "status", "nearest"),
    [
        ("/inital_denial_rate", 404, "initial_denial_rate"),
        ("/inital_denial_rate/claims", 404, "initial_denial_rate"),
        ("/denial_rate?by=payr", 422, "payer"),
        ("/denial_rate?locaton=1", 422, "location"),
        ("/denial_rate?by=payer&by2=payer", 422, ""),
        ("/denial_rate?month=May", 422, "2026-01"),
        ("/denial_rate?from=yesterday", 422, "date"),
    ],
)
def test_wrong_names_are_problems_with_the_nearest(client: TestClient, path: str, status: int, nearest: str) -> None:
    answer = client.get(f"/v1/analytics{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert nearest in answer.text


def test_touches_of_the_queue_are_counted_at_once(client: TestClient) -> None:
    before = get(client, "/closed_items")["overall"]["n"]
    item = client.post("/v1/queue/next", json={"by": "ann"}).json()
    closed = {"version": item["version"], "by": "ann", "outcome": "written_off"}
    assert client.post(f"/v1/queue/{item['id']}/outcome", json=closed).status_code == 200
    assert get(client, "/closed_items")["overall"]["n"] == before + 1
    assert get(client, "/write_off_dollars", reason=item["denial_category"])["overall"]["n"] >= 1
    reopened = {"version": item["version"] + 1, "by": "ann", "status": "open"}
    assert client.patch(f"/v1/queue/{item['id']}", json=reopened).status_code == 200
    assert get(client, "/closed_items")["overall"]["n"] == before


def test_no_member_or_patient_key_leaves(client: TestClient, trained_home: Home) -> None:
    page = client.get("/v1/analytics/denied_claims/claims?limit=1000").text
    people = HistoryStore(trained_home.history_uri).read("claims", columns=["patient_key", "subscriber_key"]).to_pylist()
    assert all(key not in page for row in people[:2000] for key in row.values() if key)


def test_brief_of_an_owner_is_the_same_as_in_the_list_and_in_every_format(client: TestClient) -> None:
    briefs = client.get("/v1/briefs").json()["briefs"]
    brief = next(one for one in briefs if one["owner"] == "authorization desk")
    path = "/v1/briefs/authorization desk"
    assert client.get(path).json() == brief
    assert brief["dollars"] == pytest.approx(sum(one["dollars"] for one in brief["causes"]))
    listed = list(csv.DictReader(io.StringIO(client.get(path, params={"format": "csv"}).text)))
    assert [one["cause"] for one in listed] == [one["cause"] for one in brief["causes"]]
    drawn = client.get(path, params={"format": "pdf"}).content
    written = "".join(page.extract_text() for page in PdfReader(io.BytesIO(drawn)).pages)
    page = client.get(path, params={"format": "html"})
    assert 'filename="authorization_desk.html"' in page.headers["content-disposition"]
    for text in (written, page.text):
        assert f"${brief['dollars']:,.0f} denied" in text
        assert brief["causes"][0]["example_claim_ids"][0] in text


def test_brief_of_nobody_names_the_nearest_owner(client: TestClient) -> None:
    answer = client.get("/v1/briefs/registratoin")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "nearest is registration" in answer.json()["detail"]


def test_warnings_are_newest_first_and_carry_their_claims(client: TestClient) -> None:
    found = client.get("/v1/warnings").json()["warnings"]
    days = [one["raised_on"] for one in found]
    assert found
    assert days == sorted(days, reverse=True)
    assert all(one["claim_ids"] and one["first_on"] <= one["raised_on"] and one["count"] >= 2 for one in found)
    later = client.get("/v1/warnings", params={"since": days[0]}).json()["warnings"]
    assert {one["raised_on"] for one in later} == {days[0]}


def test_prevention_action_is_written_once_and_judged(trained_home: Home, tmp_path: Path) -> None:
    shutil.copytree(trained_home.path, tmp_path / "home")
    asked = {"cause": "referral", "started_on": "2025-06-20", "description": "Ask for the referral when booking"}
    with TestClient(create_app(Settings(home_path=tmp_path / "home", today=END))) as client:
        known = client.get("/v1/fixes").json()["fixes"]
        assert {one["verdict"] for one in known} <= {"held", "did not hold", "too early to tell"}
        for _ in range(2):
            made = client.post("/v1/fixes", json=asked)
            assert made.status_code == 201
            assert (made.json()["verdict"], made.json()["owner"]) == ("too early to tell", "authorization desk")
        assert len(client.get("/v1/fixes").json()["fixes"]) == len(known) + 1


def test_prevention_action_against_no_cause_is_refused_with_the_nearest(client: TestClient) -> None:
    answer = client.post("/v1/fixes", json={"cause": "referal", "started_on": "2025-06-20", "description": "x"})
    assert answer.status_code == 422
    assert "referral" in answer.text
