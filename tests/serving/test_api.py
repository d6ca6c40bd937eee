import gzip
import json
import math
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from claims.fix import fixes
from claims.home import Home
from claims.root_cause import root_causes
from serving.api.answers import ScoresOut
from serving.api.scoring_routes import Detail
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

ROOT = Path(__file__).resolve().parents[2]
CLAIM = json.loads((ROOT / "docs/examples/claim.json").read_text())
X12 = (ROOT / "docs/examples/claims.837").read_bytes()
CANARY = "ZZCANARYNAME"


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END)), raise_server_exceptions=False) as client:
        yield client


def test_json_claim_comes_back_scored(client: TestClient) -> None:
    answer = client.post("/v1/claims/score", json=CLAIM)
    assert answer.status_code == 200
    scored = answer.json()["scored"][0]
    assert 0 < scored["denial_probability"] < 1
    assert 0 < scored["expected_denied_amount"] < scored["charge_amount"]
    assert len(scored["root_causes"]) == 3
    assert scored["model_version"].startswith("denial_risk-")


def test_root_causes_are_of_the_vocabulary_with_owner_and_fix(client: TestClient) -> None:
    causes = client.post("/v1/claims/score", json=CLAIM).json()["scored"][0]["root_causes"]
    shares = [cause["share"] for cause in causes]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.0 + 1e-9
    for cause in causes:
        known = root_causes()[cause["id"]]
        assert (cause["owner"], cause["fix"], cause["tier"]) == (known.owner, known.fix, known.tier.value)


def test_an_answer_reads_as_its_model_says(client: TestClient) -> None:
    for detail in Detail:
        answer = client.post(f"/v1/claims/score?detail={detail}", json=CLAIM)
        assert json.loads(ScoresOut.model_validate_json(answer.content).model_dump_json()) == answer.json()


def test_a_shallower_answer_has_the_same_numbers(client: TestClient, practice: Path) -> None:
    claims = _practice_claims(practice)
    whole, causes, score = (
        client.post(f"/v1/claims/score/x12?{asked}", content=claims).json()["scored"]
        for asked in ("", "fixes=false", "detail=score")
    )
    of_advice = {"fixes", "advice", "expected_saving"}
    for one, explained, scored in zip(whole, causes, score, strict=True):
        assert {key for key in one if one[key] != explained[key]} <= of_advice
        assert {key for key in one if one[key] != scored[key]} <= {*of_advice, "root_causes"}
        assert one["fixes"] or one["advice"] == explained["advice"] == scored["advice"]
        assert (explained["fixes"], scored["fixes"], scored["root_causes"]) == (None, None, [])


def test_claims_together_score_as_they_do_alone(client: TestClient) -> None:
    one = client.post("/v1/claims/score", json=CLAIM).json()["scored"][0]
    many = client.post("/v1/claims/score", json=[CLAIM | {"claim_id": f"E-{at}"} for at in range(40)]).json()["scored"]
    assert [found | {"claim_id": one["claim_id"]} for found in many] == [one] * 40


def _practice_claims(practice: Path) -> bytes:
    return sorted((practice / "files" / "837").iterdir())[-3].read_bytes()


def test_fix_says_what_to_verify_and_what_the_changed_claim_scores(client: TestClient, practice: Path) -> None:
    scored = client.post("/v1/claims/score/x12", content=_practice_claims(practice)).json()["scored"]
    fixed = [one for one in scored if one["fixes"]]
    assert fixed
    for one in fixed:
        assert one["fixes"]["flag"] == "verify, then change"
        assert one["fixes"]["denial_probability"] < 0.2 * one["denial_probability"] + 1e-9
        for change in one["fixes"]["changes"]:
            assert change["fix"] in fixes()
            assert change["verify"] == fixes()[change["fix"]].verify
            assert change["instruction"]


def test_advice_follows_fix_certain_edits_and_cost(client: TestClient, practice: Path) -> None:
    scored = client.post("/v1/claims/score/x12", content=_practice_claims(practice)).json()["scored"]
    assert {one["advice"] for one in scored} == {"send", "fix_then_send", "hold"}
    for one in scored:
        broken = any(edit["is_denial"] for edit in one["certain"])
        if one["advice"] == "send":
            assert (broken, one["expected_saving"]) == (False, 0.0)
        if one["advice"] == "fix_then_send":
            assert one["fixes"]
            assert one["expected_saving"] > 0
            assert not broken
        if broken:
            assert one["advice"] == "hold"


def test_answers_hold_no_member_id(client: TestClient, practice: Path) -> None:
    body = _practice_claims(practice)
    members = {part.split("*")[9] for part in body.decode().split("~") if part.strip().startswith("NM1*IL*")}
    answer = client.post("/v1/claims/score/x12", content=body).text
    assert len(members) > 20
    assert not [member for member in members if member and member in answer]


def test_late_claim_is_certain_with_the_source_of_its_limit(client: TestClient) -> None:
    late = json.loads(json.dumps(CLAIM))
    for line in late["lines"]:
        line["service_from_on"] = line["service_to_on"] = "2020-01-02"
    answer = client.post("/v1/claims/score", json=late).json()["scored"][0]
    (edit,) = [edit for edit in answer["certain"] if edit["id"] == "filing_limit_passed"]
    assert edit["source"]
    assert (answer["advice"], edit["cause"]) == ("hold", "timely_filing")


def test_many_claims_score_as_one_by_one(client: TestClient) -> None:
    claims = [CLAIM | {"claim_id": f"C{at}", "payer_id": payer} for at, payer in enumerate(["SH428", "NOBODY", "99999"])]
    together = client.post("/v1/claims/score", json=claims).json()["scored"]
    alone = [client.post("/v1/claims/score", json=claim).json()["scored"][0] for claim in claims]
    assert together == alone


def test_837_body_scores_like_its_json(client: TestClient) -> None:
    scored = client.post("/v1/claims/score/x12", content=X12).json()["scored"]
    assert [one["claim_id"] for one in scored] == ["EXAMPLE-1", "EXAMPLE-2", "EXAMPLE-3"]


def test_json_example_scores_as_the_same_claim_of_the_837(client: TestClient) -> None:
    by_json = client.post("/v1/claims/score", json=CLAIM).json()["scored"][0]
    assert by_json == client.post("/v1/claims/score/x12", content=X12).json()["scored"][0]


def test_837_files_of_a_form_score_like_bodies(client: TestClient) -> None:
    plain = client.post("/v1/claims/score/x12", content=X12).json()
    form = [("files", ("a.837", X12)), ("files", ("a.837.gz", gzip.compress(X12)))]
    answer = client.post("/v1/claims/score/x12", files=form).json()
    assert (answer["scored"], answer["rejected"]) == (plain["scored"] * 2, [])


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
def test_form_that_is_none_is_a_clear_problem(client: TestClient, kind: str) -> None:
    answer = client.post("/v1/claims/score/x12", content=X12, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_packed_837_scores_like_the_plain_one(client: TestClient) -> None:
    plain = client.post("/v1/claims/score/x12", content=X12).json()
    assert client.post("/v1/claims/score/x12", content=gzip.compress(X12)).json() == plain


def test_broken_claim_is_listed_and_the_others_scored(client: TestClient) -> None:
    broken = X12.replace(b"CLM*EXAMPLE-2*", b"CLM*EXAMPLE-2*x", 1)
    answer = client.post("/v1/claims/score/x12", content=broken).json()
    assert [one["claim_id"] for one in answer["scored"]] == ["EXAMPLE-1", "EXAMPLE-3"]
    assert [one["claim_id"] for one in answer["rejected"]] == ["EXAMPLE-2"]
    assert "charge amount" in answer["rejected"][0]["place"]


@pytest.mark.parametrize("body", [b"", b"hello", b"ISA*00*", b"\x1f\x8bnot gzip", b"PK\x03\x04broken"])
def test_body_that_is_no_837_is_a_clear_problem(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/claims/score/x12", content=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "expected" in answer.json()["detail"]


def test_invalid_json_claim_names_the_place_and_not_the_value(client: TestClient) -> None:
    wrong = CLAIM | {"subscriber": {"last_name": CANARY, "birth_on": CANARY}, "lines": [{"charge_amount": "-5"}]}
    answer = client.post("/v1/claims/score", json=wrong)
    assert answer.status_code == 422
    assert any(place["place"].endswith("subscriber.birth_on") for place in answer.json()["errors"])
    assert CANARY not in answer.text


def test_list_with_claims_at_fault_scores_the_others_as_alone(client: TestClient) -> None:
    wrong = CLAIM | {"claim_id": "WRONG", "lines": [CLAIM["lines"][0] | {"charge_amount": CANARY}], "payer_id": ""}
    answer = client.post("/v1/claims/score", json=[CLAIM, wrong, CANARY, CLAIM | {"claim_id": "LAST"}])
    assert answer.status_code == 200
    found = answer.json()
    assert [one["claim_id"] for one in found["scored"]] == [CLAIM["claim_id"], "LAST"]
    assert found["scored"][0] == client.post("/v1/claims/score", json=CLAIM).json()["scored"][0]
    first, second = found["rejected"]
    assert (first["claim_id"], first["position"]) == ("WRONG", 2)
    assert [one["place"] for one in first["errors"]] == ["/1/payer_id", "/1/lines/0/charge_amount"]
    assert (second["claim_id"], second["position"], second["place"]) == (None, 3, "/2")
    assert CANARY not in answer.text


def test_list_without_a_claim_that_fits_is_a_problem_that_names_every_place(client: TestClient) -> None:
    answer = client.post("/v1/claims/score", json=[{"claim_id": "A"}, {"payer_id": "B"}])
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    places = {place["place"] for place in answer.json()["errors"]}
    assert places == {"body.0.payer_id", "body.0.lines", "body.1.claim_id", "body.1.lines"}


def test_unknown_field_is_not_called_by_its_name_but_a_slip_is_told(client: TestClient) -> None:
    answer = client.post("/v1/claims/score", json=CLAIM | {CANARY: 1, "frequency_cod": "1"})
    assert answer.status_code == 422
    assert CANARY not in answer.text
    assert {place["place"] for place in answer.json()["errors"]} == {"body.(unknown field)"}
    assert any("frequency_code is close" in place["expected"] for place in answer.json()["errors"])


def test_claim_of_too_many_lines_is_listed_and_the_others_scored(trained_home: Home) -> None:
    settings = Settings(home_path=trained_home.path, today=END, most_lines_per_claim=4)
    short, long = CLAIM | {"lines": CLAIM["lines"][:1]}, CLAIM | {"claim_id": "LONG", "lines": CLAIM["lines"][:1] * 5}
    with TestClient(create_app(settings)) as client:
        found = client.post("/v1/claims/score", json=[short, long]).json()
        alone = client.post("/v1/claims/score", json=long)
    assert [one["claim_id"] for one in found["scored"]] == [CLAIM["claim_id"]]
    assert [(one["claim_id"], one["expected"], one["got"]) for one in found["rejected"]] == [("LONG", "at most 4 lines", "5")]
    assert alone.status_code == 422


def test_claim_of_too_many_lines_is_told_by_its_place_in_the_list(trained_home: Home) -> None:
    settings = Settings(home_path=trained_home.path, today=END, most_lines_per_claim=4)
    long = CLAIM | {"claim_id": "LONG", "lines": CLAIM["lines"][:1] * 5}
    short = CLAIM | {"lines": CLAIM["lines"][:1]}
    with TestClient(create_app(settings)) as client:
        found = client.post("/v1/claims/score", json=["no claim", short, {"claim_id": "WRONG"}, long]).json()
    told = {one["position"]: (one["claim_id"], one["place"]) for one in found["rejected"]}
    assert told == {1: (None, "/0"), 3: ("WRONG", "/2/payer_id"), 4: ("LONG", "/3/lines")}


def test_too_many_claims_are_refused(trained_home: Home) -> None:
    settings = Settings(home_path=trained_home.path, today=END, most_claims_per_request=2)
    with TestClient(create_app(settings)) as client:
        answer = client.post("/v1/claims/score", json=[CLAIM] * 3)
    assert answer.status_code == 422
    assert "at most 2 claims" in answer.json()["detail"]


def test_unknown_path_is_a_problem(client: TestClient) -> None:
    answer = client.get("/v1/nothing")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")


def test_queue_is_ranked_and_filters(client: TestClient) -> None:
    page = client.get("/v1/queue", params={"limit": 5}).json()
    assert [item["rank"] for item in page["items"]] == [1, 2, 3, 4, 5]
    owner = page["items"][0]["owner"]
    kept = client.get("/v1/queue", params={"owner": owner, "limit": 1000}).json()
    assert {item["owner"] for item in kept["items"]} == {owner}
    assert 0 < kept["total"] <= page["total"]


def test_queue_pages_hold_every_item_once(client: TestClient) -> None:
    total = client.get("/v1/queue").json()["total"]
    ranks: list[int] = []
    for offset in range(0, total, 40):
        ranks += [item["rank"] for item in client.get("/v1/queue", params={"offset": offset, "limit": 40}).json()["items"]]
    assert ranks == list(range(1, total + 1))


def test_open_denial_is_scored_by_claim_id(client: TestClient) -> None:
    first = client.get("/v1/queue", params={"limit": 1}).json()["items"][0]
    answer = client.post("/v1/denials/score", json={"claim_ids": [first["claim_id"], "NOBODY"]}).json()
    assert first in answer["scored"]
    assert answer["not_open"] == ["NOBODY"]


def test_models_in_service_are_listed(client: TestClient) -> None:
    assert [model["name"] for model in client.get("/v1/models").json()] == ["denial_risk", "appeal_success"]


def test_ready_names_model_and_history(client: TestClient) -> None:
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready"
    assert ready["model_version"].startswith("denial_risk-")
    assert date.fromisoformat(ready["history_read_at"][:10])


def test_page_is_served_without_outside_assets(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Work next" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    for name in ("page.css", "page.js", "icon.svg", "example.837"):
        assert client.get(f"/static/{name}").status_code == 200
    assert client.get("/static/../app.py").status_code == 404


def test_api_reference_shows_every_call_without_outside_assets(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert not re.search(r"(?:src|href|action|url\()[=\s\"']*(?:https?:)?//", page.text)
    for path in client.get("/openapi.json").json()["paths"]:
        assert path in page.text


def test_openapi_document_describes_errors_as_they_are_sent(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert "HTTPValidationError" not in json.dumps(document)
    answers = document["paths"]["/v1/queue/{id}"]["patch"]["responses"]
    assert {code for code, answer in answers.items() if "application/problem+json" in answer["content"]} == {
        "404", "409", "422", "503",
    }  # fmt: skip
    sent = client.get("/v1/queue/nothing").json()
    assert set(sent) <= set(document["components"]["schemas"]["Problem"]["properties"])


def test_every_cause_says_why_in_a_sentence(client: TestClient) -> None:
    for cause in client.post("/v1/claims/score", json=CLAIM).json()["scored"][0]["root_causes"]:
        texts = [fact["text"] for fact in cause["evidence"]]
        assert cause["reason"] in texts
        assert all(text.endswith(".") and len(text) > 20 for text in texts)


def test_the_whole_explanation_comes_when_asked_for_and_adds_up(client: TestClient) -> None:
    plain = client.post("/v1/claims/score", json=CLAIM).json()["scored"][0]
    full = client.post("/v1/claims/score?detail=full", json=CLAIM).json()["scored"][0]
    assert plain["explanation"] is None
    found = full["explanation"]["waterfall"]
    total = found["base"] + sum(step["contribution"] for step in found["steps"]) + found["rest"]
    assert total == pytest.approx(found["margin"], abs=1e-9)
    assert 1 - math.exp(-found["margin"]) == pytest.approx(plain["denial_probability"], abs=1e-12)
    assert found["svg"].startswith("<svg")
    assert all(fact["contribution"] < 0 for fact in full["explanation"]["protective"])
    assert {**full, "explanation": None} == plain
