import re
from collections.abc import Iterator

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from claims.home import Home
from serving.api.caller import Caller, put_caller
from serving.app import create_app
from serving.dashboard.site_nav import PAGES, nav_entries
from serving.security.access import access_table
from serving.security.roles import Identity, Means, Role
from serving.settings import Settings
from tests.conftest import END

LINK = re.compile(r'<a href="([^"]+)"( aria-current="\w+")?>')


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        yield client


def links(page: str) -> list[tuple[str, str]]:
    return LINK.findall(page.split('<nav class="site"')[1].split("</nav>")[0])


def shown_to(role: Role, path: str) -> dict[str, str]:
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    put_caller(scope, Caller(Identity(name="somebody", roles=frozenset({role}), means=Means.KEY)))
    entries = nav_entries(Request(scope))["nav"]
    assert isinstance(entries, list)
    return {entry.path: entry.current for entry in entries}


def test_every_page_links_all_and_marks_itself_alone(client: TestClient) -> None:
    for path in PAGES:
        found = links(client.get(path).text)
        assert [link for link, _ in found] == list(PAGES)
        assert [(link, mark) for link, mark in found if mark] == [(path, ' aria-current="page"')]


def test_item_of_work_stands_under_work(client: TestClient) -> None:
    key = client.get("/v1/queue", params={"limit": 1}).json()["items"][0]["id"]
    marked = [one for one in links(client.get(f"/work/{key}").text) if one[1]]
    assert marked == [("/work", ' aria-current="true"')]


@pytest.mark.parametrize("role", Role)
def test_reader_sees_what_the_access_table_opens(role: Role) -> None:
    shown = shown_to(role, "/docs")
    for path in PAGES:
        rule = access_table().find("GET", path)
        assert rule is not None
        assert (path in shown) == (rule.roles is None or role in rule.roles)


def test_auditor_is_led_to_no_page_of_claims() -> None:
    assert shown_to(Role.AUDITOR, "/docs") == {"/admin": "", "/docs": "page"}
