import json
import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        yield client


@pytest.fixture(scope="module")
def page(client: TestClient) -> str:
    return client.get("/").text


def test_page_runs_nothing_inline_and_forbids_it(client: TestClient, page: str) -> None:
    assert "default-src 'self'" in client.get("/").headers["content-security-policy"]
    scripts = ("tables.js", "page.js", "work.js")
    assert re.findall(r"<script[^>]*>", page) == [f'<script src="/static/{name}" defer>' for name in scripts]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)


def test_page_says_how_much_of_the_work_it_shows(client: TestClient, page: str) -> None:
    total = client.get("/v1/queue", params={"limit": 1}).json()["total"]
    assert f"First 15 of {total:,} items of work" in page
    assert page.count('class="n rank"') == 15


def test_script_gets_every_payer_by_name(client: TestClient, page: str) -> None:
    found = re.search(r'data-payers="([^"]*)"', page)
    assert found
    names = json.loads(unescape(found.group(1)))
    payers = {item["payer_id"] for item in client.get("/v1/queue", params={"limit": 1000}).json()["items"]}
    assert payers
    assert payers <= set(names)


def test_months_stand_as_a_table_too(page: str) -> None:
    assert page.count("<caption>Initial denial rate by month of submission</caption>") == 1
