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


def test_alerts_are_the_warnings_of_the_api_with_their_rates_as_text(client: TestClient) -> None:
    told = client.get("/v1/warnings", params={"limit": 50}).json()["warnings"]
    page = client.get("/alerts").text
    assert re.findall(r'<h2 id="alert-(\w+)"', page) == [one["id"] for one in told]
    first = told[0]
    assert f"{first['usual_rate'] * 100:.1f} %" in page
    assert f"{first['count']} of {first['answered']}" in page
    assert all(f'href="/claims/{claim_id}">{claim_id}</a>' in page for one in told for claim_id in one["claim_ids"])
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)


def test_links_of_an_alert_open_claims_and_work(client: TestClient) -> None:
    links = [unescape(link) for link in re.findall(r'href="(/(?:claims|work)[^"]*\?[^"]+)"', client.get("/alerts").text)]
    assert len(links) >= 2
    for link in links[:4]:
        assert client.get(link).status_code == 200
    claims = next(link for link in links if link.startswith("/claims"))
    assert "<tbody>" in client.get(claims).text


def test_without_a_rise_the_page_says_what_that_means(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.app.state.analytics, "warnings", lambda _: [])  # type: ignore[attr-defined]
    page = client.get("/alerts").text
    assert "No rise stands out." in page
    assert "About 1 alert a month" in page
