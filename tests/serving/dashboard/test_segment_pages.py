"""Pages of causes, payers and recovery show the figures of the API, and each leads to its claims."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from claims.root_cause import root_causes
from serving.analytics.figure_words import value_words
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

TABLE = re.compile(r'<table class="cut">\s*<caption>([^<]+)</caption>(.*?)</table>', re.DOTALL)
ROW = re.compile(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', re.DOTALL)
CELL = re.compile(r'<td class="n">(?:<a href="([^"]+)">)?([^<]+)')
PATHS = ("/causes", "/payers", "/recovery")


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        yield client


def segments(client: TestClient, measure: str, by: str, **query: str) -> dict[str, dict[str, Any]]:
    found = client.get(f"/v1/analytics/{measure}", params={"by": by, "limit": 1000, **query}).json()["segments"]
    return {one["keys"][by]: one for one in found}


def table(page: str, caption: str) -> dict[str, list[tuple[str, str]]]:
    body = next(body for title, body in TABLE.findall(page) if title.startswith(caption))
    rows = ROW.findall(body)
    return {unescape(re.sub(r"<small>.*?</small>|<[^>]+>", "", label)).strip(): CELL.findall(cells) for label, cells in rows}


@pytest.mark.parametrize("path", PATHS)
def test_page_runs_nothing_inline_and_every_figure_opens_claims(client: TestClient, path: str) -> None:
    page = client.get(path).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    links = [unescape(link) for link in re.findall(r'href="(/claims\?[^"]+)"', page)]
    assert len(links) > 10
    for link in (links[0], links[-1]):
        assert client.get(link).status_code == 200


def test_costs_of_causes_are_those_of_the_api(client: TestClient) -> None:
    shown = table(client.get("/causes").text, "Root causes")
    asked = segments(client, "denied_dollars", "reason")
    assert len(shown) == len(asked) > 5
    for reason, figure in asked.items():
        path, text = shown[root_causes()[reason].title][0]
        assert text == value_words(figure["value"], "dollars")
        assert f"reason={reason}" in path


def test_a_payer_shows_its_own_figures_rules_and_services(client: TestClient) -> None:
    payer = next(iter(segments(client, "submitted_claims", "payer")))
    page = client.get("/payers", params={"payer": payer}).text
    overall = client.get("/v1/analytics/initial_denial_rate", params={"payer": payer}).json()["overall"]
    assert value_words(overall["value"], "rate") in page
    assert "Timely filing" in page
    assert re.search(r"\d+ days after service", page)
    assert f"reason={next(iter(segments(client, 'denied_dollars', 'reason', payer=payer)))}" in page


def test_payers_stand_side_by_side_with_the_rates_of_the_api(client: TestClient) -> None:
    shown = table(client.get("/payers").text, "Payers")
    asked = segments(client, "initial_denial_rate", "payer")
    assert sorted(cells[1][1] for cells in shown.values()) == sorted(value_words(one["value"], "rate") for one in asked.values())


def test_open_denials_stall_where_the_queue_has_them(client: TestClient) -> None:
    page = client.get("/recovery").text
    found: dict[str, int] = {}
    offset = 0
    while items := client.get("/v1/queue", params={"limit": 200, "offset": offset}).json()["items"]:
        offset += len(items)
        for item in items:
            if item["denied_on"]:
                found[item["next_action"]] = found.get(item["next_action"], 0) + 1
    shown = dict(re.findall(r'<a href="/work\?action=(\w+)">[^<]+</a></th><td class="n">([\d,]+)</td>', page))
    assert {action: int(count.replace(",", "")) for action, count in shown.items()} == found


def test_balances_by_age_add_up_to_the_whole(client: TestClient) -> None:
    shown = table(client.get("/recovery").text, "Balances by age")
    total = sum(float(cells[0][1].strip("$").replace(",", "")) for cells in shown.values() if cells[0][1] != "–")
    whole = client.get("/v1/analytics/open_denied_dollars").json()["overall"]["value"]
    assert total == pytest.approx(whole, abs=3)
