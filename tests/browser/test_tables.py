"""Tables sort by a column and filter by text, by hand and by an address that was shared."""

from playwright.sync_api import Page, expect


def _column(page: Page, at: int) -> list[float]:
    cells = page.locator(f"table.cut >> nth=0 >> tbody tr:visible td:nth-of-type({at})").all_inner_texts()
    return [float(cell.split("\n")[0].strip("$% ").replace(",", "")) for cell in cells if cell.strip() not in ("–", "")]


def test_a_column_sorts_both_ways_and_the_view_can_be_shared(page: Page) -> None:
    page.goto("/causes")
    table = page.locator("table.cut").first
    head = table.get_by_role("columnheader", name="Denied claims")
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert _column(page, 2) == sorted(_column(page, 2))
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    shown = _column(page, 2)
    assert shown == sorted(shown, reverse=True)
    shared = page.url
    page.goto("/payers")
    page.goto(shared)
    assert _column(page, 2) == shown


def test_a_long_table_shows_the_rows_that_hold_the_words(page: Page) -> None:
    page.goto("/causes")
    box = page.get_by_label("Filter: Root causes, most denied dollars first")
    box.fill("registration")
    rows = page.locator("table.cut").first.locator("tbody tr:visible")
    assert 0 < rows.count() < 17
    assert all("registration" in row for row in rows.all_inner_texts())
    expect(page.get_by_role("status").first).to_contain_text(f"{rows.count()} of ")
