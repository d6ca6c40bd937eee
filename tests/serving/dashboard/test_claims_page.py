import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

CLAIM = re.compile(r'<tr><td class="id"><a href="/claims/[^"]+">([^<]+)</a></td>')


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        yield client


def test_page_lists_the_claims_of_the_api_and_as_many(client: TestClient) -> None:
    payer = client.get("/v1/analytics/denied_claims", params={"by": "payer"}).json()["segments"][0]
    told = client.get("/v1/analytics/denied_claims/claims", params={"payer": payer["keys"]["payer"]}).json()
    page = client.get("/claims", params={"measure": "denied_claims", "payer": payer["keys"]["payer"]}).text
    assert [unescape(one) for one in CLAIM.findall(page)] == [one["claim_id"] for one in told["claims"]]
    assert f"of {payer['n']:,}, latest first" in page
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)


def test_pages_follow_each_other_to_the_end(client: TestClient) -> None:
    asked = {"measure": "initial_denial_rate", "part": "hits", "limit": "1000"}
    page, seen = client.get("/claims", params={**asked, "limit": "150"}).text, []
    while True:
        seen += CLAIM.findall(page)
        found = re.search(r'href="(/claims\?[^"]+)" rel="next"', page)
        if found is None:
            break
        page = client.get(unescape(found.group(1))).text
    assert len(seen) == client.get("/v1/analytics/initial_denial_rate").json()["overall"]["numerator"] > 150


def test_export_is_of_the_same_claims(client: TestClient) -> None:
    page = client.get("/claims", params={"measure": "denied_claims", "tier": ["clinical", "technical"], "limit": 1000}).text
    found = re.search(r'href="(/v1/analytics/denied_claims/claims\?[^"]+)"', page)
    assert found
    answer = client.get(unescape(found.group(1)))
    assert answer.headers["content-type"].startswith("text/csv")
    rows = answer.text.splitlines()[1:]
    assert len(rows) == len(CLAIM.findall(page)) > 0


def test_unknown_measure_and_filter_are_refused(client: TestClient) -> None:
    assert client.get("/claims", params={"measure": "denied_clams"}).status_code == 404
    assert client.get("/claims", params={"colour": "red"}).status_code == 422
