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


def test_briefs_say_what_the_api_says_and_link_the_files(client: TestClient) -> None:
    told = client.get("/v1/briefs").json()["briefs"]
    page = unescape(client.get("/briefs").text)
    assert re.findall(r'<h2 id="owner-\d+">([^<]+) <small>', page) == [one["owner"].capitalize() for one in told]
    for cause in (cause for one in told for cause in one["causes"]):
        assert f"<strong>${cause['dollars']:,.0f}</strong>" in page
        assert cause["change"] in page
        assert all(f"<code>{claim_id}</code>" in page for claim_id in cause["example_claim_ids"])
    links = re.findall(r'href="(/v1/briefs/[^"]+)"', page)
    assert len(links) == 3 * len(told)
    assert [client.get(link).headers["content-type"].split(";")[0] for link in links[:3]] == [
        "application/pdf", "text/csv", "text/html",
    ]  # fmt: skip
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
