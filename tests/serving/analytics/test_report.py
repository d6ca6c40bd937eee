"""A report over the simulated practice: what stands in which file, and what must not."""

import csv
import json
import re
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from claims.root_cause import root_causes
from serving.analytics.definitions import measures
from serving.analytics.figures import Question
from serving.analytics.report.briefs import brief_html, owner_briefs
from serving.analytics.report.files import write_report
from serving.analytics.report.page import render_page
from serving.analytics.report.pdf import render_brief_pdf, render_pdf
from serving.analytics.report.pictures import draw, picture_files
from tests.serving.analytics.conftest import World


@pytest.fixture(scope="module")
def report(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    assert write_report(world.book, out) == sum(1 for file in out.rglob("*") if file.is_file())
    return out


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_segments_of_a_csv_add_up_to_the_whole(report: Path, world: World) -> None:
    whole = {row["measure"]: row for row in rows(report / "csv" / "measures.csv")}
    for cut in ("payer", "month", "reason", "payer_and_month"):
        segments = rows(report / "csv" / f"denied_dollars_by_{cut}.csv")
        assert sum(float(row["value"]) for row in segments) == pytest.approx(float(whole["denied_dollars"]["value"]))
    assert int(whole["overturn_rate"]["n"]) == world.book.ask(Question(measure="overturn_rate")).overall.n


def test_claims_behind_are_listed_by_id(report: Path, world: World) -> None:
    listed = rows(report / "claims" / "open_denied_dollars.csv")
    assert len(listed) == world.book.ask(Question(measure="open_denied_dollars")).overall.n


def test_page_and_pdf_hold_no_claim_ids_and_need_nothing_from_outside(report: Path, world: World) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    pages = "".join(page.extract_text() for page in PdfReader(report / "report.pdf").pages)
    assert "Initial denial rate" in pages
    assert not re.search(r"<script|<link|src=\"http|@import", page)
    for one in world.book.claims(Question(measure="denied_claims"), limit=50):
        assert one.claim_id not in page
        assert one.claim_id not in pages


def test_every_file_is_its_owner_s_alone(report: Path) -> None:
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in report.rglob("*") if file.is_file())


def test_brief_tells_each_owner_its_causes_dollars_examples_and_change(report: Path, world: World) -> None:
    for owner, brief in owner_briefs(world.book).items():
        stem = report / "briefs" / owner.replace(" ", "_")
        told = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
        page = stem.with_suffix(".html").read_text(encoding="utf-8")
        assert [row["cause"] for row in rows(stem.with_suffix(".csv"))] == [one["cause"] for one in told["causes"]]
        for one in brief.causes:
            assert root_causes()[one.cause].owner == owner
            question = Question(measure="denied_dollars", filters={"reason": (one.cause,)}, since=brief.since, until=brief.until)
            assert one.claims == world.book.ask(question).overall.n
            assert set(one.example_claim_ids) <= {claim.claim_id for claim in world.book.claims(question, limit=1000)}
            assert one.change in page.replace("&#x27;", "'")


def test_brief_pdf_says_what_its_page_says(world: World) -> None:
    for brief in owner_briefs(world.book).values():
        text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(render_brief_pdf(brief))).pages).split())
        for one in brief.causes:
            assert one.title in text
            assert f"${one.dollars:,.0f} on {one.claims:,} claim" in text
        assert not re.search(r"\b1 claims", brief_html(brief) + text)


def test_same_figures_give_the_same_bytes(report: Path, world: World) -> None:
    briefs, available = owner_briefs(world.book), list(measures().values())
    pictures = {name: (report / "pictures" / f"{name}.png").read_bytes() for name in picture_files()}
    assert draw("aging", world.book) == pictures["aging"]
    assert render_pdf(world.book, available, pictures, briefs) == (report / "report.pdf").read_bytes()
    assert render_page(world.book, available, pictures, briefs) == (report / "report.html").read_text(encoding="utf-8")
