import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.api.fix_routes import FixOut
from serving.app import create_app
from serving.dashboard.fix_page import Drawn
from serving.settings import Settings
from tests.conftest import END


@pytest.fixture(scope="module")
def client(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home: Path = tmp_path_factory.mktemp("fix_page") / "home"
    shutil.copytree(trained_home.path, home, ignore=shutil.ignore_patterns("serving.db*"))
    with TestClient(create_app(Settings(home_path=home, today=END))) as client:
        yield client


def test_fixes_are_those_of_the_api_with_their_verdicts(client: TestClient) -> None:
    told = client.get("/v1/fixes").json()["fixes"]
    page = client.get("/fixes").text
    assert re.findall(r'<h2 id="fix-(\w+)"', page) == [one["id"] for one in told]
    assert re.findall(r'<span class="advice \w+">([^<]+)</span>', page) == [one["verdict"] for one in told]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)


def test_fix_sent_as_the_form_does_stands_on_the_page_with_what_came_again(client: TestClient) -> None:
    page = client.get("/fixes").text
    form = re.search(r'<form data-method="POST" data-path="(/v1/fixes)">.*?</form>', page, re.DOTALL)
    assert form
    fields = set(re.findall(r' name="(\w+)"', form.group(0)))
    assert fields == {"cause", "payer_id", "started_on", "owner", "description"}
    words = "Ask <twice> for coverage"
    made = client.post(form.group(1), json={"cause": "eligibility", "started_on": "2025-01-10", "description": words})
    assert made.status_code == 201
    after = client.get("/fixes").text
    assert words not in after
    assert words in unescape(after)
    assert f"{made.json()['repeat_count']} denied again on claims sent since" in after
    assert f"{made.json()['repeats'][0]['claim_id']}" in after
    low, high = made.json()["low"], made.json()["high"]
    assert f"90 % interval {low:.2f} to {high:.2f}" in after
    kept = next(one for one in client.get("/v1/fixes").json()["fixes"] if one["id"] == made.json()["id"])
    assert kept == made.json()


def test_interval_is_drawn_between_none_left_and_twice_the_rate() -> None:
    fix = FixOut(
        id="a", cause="eligibility", payer_id="", started_on=END, owner="registration", description="Ask", verdict="held",
        ratio=0.5, low=0.25, high=3.0, denied_before=9, denied_after=9, expected_after=9.0, weeks_after=9,
        repeat_count=0, repeats=[],
    )  # fmt: skip
    drawn = Drawn.of(fix)
    assert (drawn.ratio, drawn.low, drawn.high) == (25.0, 12.5, 100.0)
    assert Drawn.of(fix.model_copy(update={"ratio": None})).ratio is None
