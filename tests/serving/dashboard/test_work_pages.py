import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

CALL = re.compile(r'<form data-method="(\w+)" data-path="([^"]+)"')


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        yield client


def listed(page: str) -> list[str]:
    return [unquote(unescape(key)) for key in re.findall(r'href="/work/([^"]+)"', page)]


def test_list_shows_what_the_api_lists(client: TestClient) -> None:
    asked = {"category": "eligibility", "sort": "denied_amount"}
    told = client.get("/v1/queue", params=asked).json()
    page = client.get("/work", params={**asked, "owner": ""}).text
    assert listed(page) == [item["id"] for item in told["items"]]
    assert f"{told['total']:,} items, worth" in page


def test_pages_follow_each_other_to_the_end(client: TestClient) -> None:
    page, seen = client.get("/work", params={"kind": "denial"}).text, []
    while True:
        seen += listed(page)
        found = re.search(r'href="(/work\?[^"]+)" rel="next"', page)
        if found is None:
            break
        page = client.get(unescape(found.group(1))).text
    assert len(seen) == len(set(seen)) == client.get("/v1/queue", params={"kind": "denial", "limit": 1}).json()["total"]


def test_filter_that_is_none_is_refused(client: TestClient) -> None:
    answer = client.get("/work", params={"colour": "red"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "query.(unknown field)" in answer.text


def test_item_page_tells_the_item_and_runs_nothing_inline(client: TestClient) -> None:
    item = client.get("/v1/queue", params={"limit": 1}).json()["items"][0]
    answer = client.get(f"/work/{item['id']}")
    assert item["claim_id"] in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert re.findall(r"<script[^>]*>", answer.text) == [
        '<script src="/static/tables.js" defer>',
        '<script src="/static/work.js" defer>',
    ]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", answer.text)


def test_every_form_names_a_call_of_the_api(client: TestClient) -> None:
    known = {(method.upper(), path) for path, calls in client.get("/openapi.json").json()["paths"].items() for method in calls}
    key = client.get("/v1/queue", params={"limit": 1}).json()["items"][0]["id"]
    forms = {call for path in ("/", "/work", f"/work/{key}") for call in CALL.findall(client.get(path).text)}
    assert len(forms) >= 4
    assert {(method, unquote(path).replace(key, "{id}")) for method, path in forms} <= known


def test_unknown_item_is_a_problem(client: TestClient) -> None:
    assert client.get("/work/nothing").status_code == 404
