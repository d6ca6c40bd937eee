"""What a manager does on a morning, in a real browser: from a rate that rose to a closed item and the figure that moved."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, sign_in

MANY = re.compile(r"([\d,]+) items?, worth")


def test_risen_rate_leads_to_its_claims_and_a_closed_item_moves_the_figures(stranger: Page, site: Site) -> None:
    page = stranger
    sign_in(page, site.key)
    expect(page.get_by_role("link", name="Overview")).to_have_attribute("aria-current", "page")
    closed_before = _claims_behind(page, "closed_items")

    page.get_by_role("link", name="Alerts").click()
    alert = page.get_by_role("region").filter(has=page.get_by_role("link", name="Open work on this")).first
    cause = alert.get_by_role("heading", level=2).inner_text().split(" at ")[0]
    alert.get_by_role("link", name="denials of this cause").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Claims behind")
    expect(page.locator("tbody tr").first).to_contain_text(cause)

    page.get_by_role("link", name="Work", exact=True).click()
    waiting = _number(MANY, page.locator("main").inner_text())
    page.get_by_role("button", name="Take the next item").click()
    expect(page.get_by_role("heading", name="Work it")).to_be_visible()
    claim_id = page.locator("h1 .id").inner_text()

    page.get_by_label("Outcome").select_option("written_off")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("button", name="Open it again")).to_be_visible()
    expect(page.get_by_role("region", name="What was done")).to_contain_text("admin")

    page.get_by_role("link", name="Work", exact=True).click()
    assert _number(MANY, page.locator("main").inner_text()) == waiting - 1
    assert _claims_behind(page, "closed_items") == closed_before + 1
    expect(page.locator("table")).to_contain_text(claim_id)

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_wrong_key_is_told_beside_the_field_and_nothing_opens(stranger: Page) -> None:
    sign_in(stranger, "denials_wrong")
    expect(stranger.get_by_role("alert")).to_have_text("This key is not valid (any more).")
    stranger.goto("/work")
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()


def _claims_behind(page: Page, measure: str) -> int:
    """Read how many claims stand behind a measure, on the page that lists them."""
    page.goto(f"/claims?measure={measure}")
    found = re.search(r"to [\d,]+ of ([\d,]+)", page.locator("main").inner_text())
    return int(found[1].replace(",", "")) if found else 0


def _number(pattern: "re.Pattern[str]", text: str) -> int:
    found = pattern.search(text)
    assert found, f"no {pattern.pattern} on the page"
    return int(found[1].replace(",", ""))
