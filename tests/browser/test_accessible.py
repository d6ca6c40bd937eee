"""axe-core finds nothing to mend on any page, and the keyboard reaches what the mouse does."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from serving.dashboard.site_nav import PAGES
from tests.browser.conftest import Site

PHONE = {"width": 390, "height": 844}
QUICK = ("/", "/causes", "/claims")  # the others are of the slow proofs: each takes two seconds
IN_DARK = ("/", "/work")  # every kind of part that pages are made of: tiles, bars, charts, forms, tables, marks
FLUID = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
UNREACHED = """[...document.querySelectorAll('main *')]
    .filter(one => one.tabIndex < 0 && one.clientWidth && one.scrollWidth > one.clientWidth + 1)
    .filter(one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)).map(one => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize(
    "path", [path if path in QUICK else pytest.param(path, marks=pytest.mark.slow) for path in (*PAGES, "/claims")]
)
def test_page_has_no_violation_and_fits_a_phone(page: Page, path: str) -> None:
    page.goto(path)
    assert _violations(page) == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate(FLUID), "the page itself scrolls sideways"
    assert page.evaluate(UNREACHED) == [], "scrolls sideways out of the keyboard's reach"


@pytest.mark.parametrize("path", IN_DARK)
def test_page_has_no_violation_in_the_dark(page: Page, path: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(path)
    assert _violations(page) == []


@pytest.mark.parametrize(("listing", "link"), [("/work", ".work tbody a"), ("/claims", "main td a"), ("/payers", ".cut th a")])
def test_page_behind_a_row_has_no_violation(page: Page, listing: str, link: str) -> None:
    page.goto(listing)
    page.locator(link).first.click()
    page.wait_for_url(lambda url: not url.endswith(listing))
    assert _violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sign_in_has_no_violation(stranger: Page, site: Site, scheme: Literal["light", "dark"]) -> None:
    stranger.emulate_media(color_scheme=scheme)
    stranger.goto(f"{site.address}/login")
    assert _violations(stranger) == []


def test_first_tab_skips_to_the_content_and_the_next_ones_show_where_they_are(page: Page) -> None:
    page.goto("/work")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Owner")).to_be_focused()
    expect(page.get_by_label("Owner")).to_have_css("outline-style", "solid")


def test_phone_hides_rows_that_a_filter_leaves_out_and_shows_the_head_that_has_the_focus(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/work")
    rows = page.locator(".work tbody tr")
    page.get_by_role("searchbox").fill(rows.first.locator("a").inner_text())
    expect(rows.first).to_be_visible()
    expect(rows.last).to_be_hidden()
    head = page.locator(".work thead button").first
    head.focus()
    expect(page.locator(".work thead")).to_have_css("clip-path", "none")


def _violations(page: Page) -> list[str]:
    """Name what axe finds: rule, how many and the first place."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {len(one['nodes'])} x, first {one['nodes'][0]['target']}" for one in found]
