"""What is taken away as a sheet is what the JSON says, and a text never becomes a formula."""

import io
from collections.abc import Iterator
from datetime import date
from html import unescape
from re import findall
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.analytics.csv_text import table_xlsx
from serving.app import create_app
from serving.settings import Settings
from tests.conftest import END

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def client(trained_home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        yield client


def cells(sheet: bytes) -> tuple[list[list[str]], bool]:
    """Read a sheet as texts, and tell whether it holds a formula."""
    with ZipFile(io.BytesIO(sheet)) as packed:
        shared = [
            "".join(part.text or "" for part in one.iter(f"{MAIN}t"))
            for one in ElementTree.fromstring(packed.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")  # noqa: S314  our own
        ]
        root = ElementTree.fromstring(packed.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    rows = [
        [shared[int(cell.findtext(f"{MAIN}v") or 0)] if cell.get("t") == "s" else cell.findtext(f"{MAIN}v") or "" for cell in row]
        for row in root.iter(f"{MAIN}row")
    ]
    return rows, next(root.iter(f"{MAIN}f"), None) is not None


def test_figures_as_a_sheet_are_those_of_the_json(client: TestClient) -> None:
    asked = client.get("/v1/analytics/denied_dollars", params={"by": "payer"}).json()["segments"]
    sheet = client.get("/v1/analytics/denied_dollars", params={"by": "payer", "format": "xlsx"})
    assert sheet.headers["content-disposition"] == 'attachment; filename="denied_dollars.xlsx"'
    rows, _ = cells(sheet.content)
    assert rows[0][:3] == ["payer", "payer_label", "value"]
    assert {row[0]: round(float(row[2])) for row in rows[1:]} == {one["keys"]["payer"]: round(one["value"]) for one in asked}


def test_links_of_the_pages_give_both_kinds(client: TestClient) -> None:
    for path in ("/claims", "/causes"):
        links = [unescape(link) for link in findall(r'href="(/v1/analytics/[^"]+format=(?:csv|xlsx))"', client.get(path).text)]
        assert {link.rsplit("=")[-1] for link in links} == {"csv", "xlsx"}
        for link in links[:2]:
            assert client.get(link).status_code == 200


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    rows, has_formula = cells(table_xlsx(["claim", "day", "n"], [["=1+1", date(2026, 1, 2), 3]]))
    assert rows[1][0] == "=1+1"
    assert float(rows[1][1]) == 46024  # 2026-01-02, as sheets count days
    assert rows[1][2] == "3"
    assert not has_formula
