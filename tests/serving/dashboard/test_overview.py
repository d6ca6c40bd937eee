"""The front page counts nothing by itself: its figures are those of the API."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

TILE = re.compile(r'<h2>([^<]+)</h2><p class="value"><a href="(/claims[^"]+)">([^<]+)</a></p>\s*<p class="note">([^<]*)')
ROW = re.compile(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', re.DOTALL)
TOTAL = re.compile(r"1 to [\d,]+ of ([\d,]+), latest first")


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        yield client


@pytest.fixture(scope="module")
def payer(client: TestClient) -> str:
    return str(asked(client, "submitted_claims", by="payer")["segments"][0]["keys"]["payer"])


def asked(client: TestClient, measure: str, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/analytics/{measure}", params=query).json()
    return found


def tiles(client: TestClient, **query: str) -> dict[str, tuple[str, str, str]]:
    found = TILE.findall(client.get("/", params=query).text)
    return {unescape(title): (unescape(path), text, note) for title, path, text, note in found}


def written(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return {"rate": f"{100 * value:.1f} %", "dollars": f"${value:,.0f}"}.get(unit, f"{value:,.1f}")


def test_every_figure_is_that_of_the_api(client: TestClient) -> None:
    shown = tiles(client)
    known = {one["title"]: one for one in client.get("/v1/analytics").json()["measures"]}
    assert len(shown) == 9
    for title, (_, text, note) in shown.items():
        overall = asked(client, known[title]["id"])["overall"]
        assert text == written(overall["value"], known[title]["unit"]), title
        assert f"{overall['n']:,}" in note, title


def test_filters_of_the_address_narrow_every_figure(client: TestClient, payer: str) -> None:
    query = {"payer": payer, "from": "2024-03-01"}
    overall = asked(client, "initial_denial_rate", **query)["overall"]
    path, text, note = tiles(client, **query, location="", to="")["Initial denial rate"]
    assert (text, note.split(" answered")[0]) == (
        written(overall["value"], "rate"),
        f"{overall['numerator']:,.0f} of {overall['n']:,}",
    )
    assert path == f"/claims?measure=initial_denial_rate&payer={payer}&from=2024-03-01&part=hits"


def test_every_figure_opens_as_many_claims_as_it_counts(client: TestClient, payer: str) -> None:
    for title, (path, _, _) in tiles(client, payer=payer).items():
        measure = re.findall(r"measure=(\w+)", path)[0]
        overall = asked(client, measure, payer=payer)["overall"]
        expected = overall["numerator"] if "part=hits" in path else overall["n"]
        found = TOTAL.search(client.get(path).text)
        assert (int(found[1].replace(",", "")) if found else 0) == expected, title


def test_months_are_those_of_the_api_with_young_ones_marked(client: TestClient) -> None:
    segments = asked(client, "initial_denial_rate", by="month")["segments"][-18:]
    rows = ROW.findall(client.get("/").text)
    assert len(rows) == len(segments) > 6
    for (head, cells), segment in zip(rows, reversed(segments), strict=True):
        assert ("young" in head, "small n" in head) == (segment["is_immature"], segment["is_small"])
        assert f">{segment['n']:,}<" in cells
        assert written(segment["value"], "rate") in cells
    assert any(segment["is_immature"] for segment in segments)


def test_bars_stand_by_dollars_and_open_their_claims(client: TestClient) -> None:
    segments = asked(client, "denied_dollars", by="reason")["segments"][:8]
    page = client.get("/").text.split('id="cause-title"')[1].split("</section>")[0]
    assert re.findall(r"\$([\d,]+)</a>", page) == [f"{one['value']:,.0f}" for one in segments]
    assert re.findall(r"reason=(\w+)", page) == [one["keys"]["reason"] for one in segments]


def test_unknown_filter_is_refused(client: TestClient) -> None:
    assert client.get("/", params={"colour": "red"}).status_code == 422


def test_page_names_its_filters_and_links_back_to_all(client: TestClient, payer: str) -> None:
    page = client.get("/", params={"payer": payer, "reason": "coding"}).text
    assert f'<option value="{payer}" selected>' in page
    assert '<input type="hidden" name="reason" value="coding">' in page
    assert '<a href="/">Clear</a>' in page
