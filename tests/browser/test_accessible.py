"""axe-core finds nothing to mend, in light and in dark."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Site

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def test_page_of_claims_has_no_violation(page: Page) -> None:
    page.goto("/claims")
    assert _violations(page) == []


def test_sign_in_has_no_violation(stranger: Page, site: Site) -> None:
    stranger.goto(f"{site.address}/login")
    assert _violations(stranger) == []


def _violations(page: Page) -> list[str]:
    """Name what axe finds in either scheme: rule, scheme and the first place."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        broken = Axe().run(page).response["violations"]
        found += [f"{one['id']} ({scheme}): {len(one['nodes'])} x, first {one['nodes'][0]['target']}" for one in broken]
    return found
