"""One service and one Chromium for all tests of this folder; they stop with it, since Playwright keeps an event loop running."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from claims.home import Home
from tests.served_process import served
from tests.serving.security.services import own_home

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20_000  # milliseconds for a page on a machine that other work keeps busy


@dataclass(frozen=True, kw_only=True)
class Site:
    """A service that asks for keys, with the key of its first admin, and a browser that shows it."""

    address: str
    key: str
    browser: Browser
    cookies: list[dict[str, object]]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(chromium: Browser, trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = own_home(trained_home, tmp_path_factory.mktemp("site"))
    _own_history(home, trained_home)
    with served(home, DENIALS_AUTHENTICATION="on") as client:
        address = str(client.base_url).rstrip("/")
        found = re.search(r"denials_\S+", (home / "serve.txt").read_text("utf-8"))
        assert found, "the first start prints a key"
        context = chromium.new_context(base_url=address)
        sign_in(context.new_page(), found[0])
        yield Site(address=address, key=found[0], browser=chromium, cookies=context.cookies())
        context.close()


@pytest.fixture
def stranger(site: Site) -> Iterator[Page]:
    """Give a page of somebody who has not signed in."""
    yield from _page(site)


@pytest.fixture
def page(site: Site) -> Iterator[Page]:
    """Give a page of the admin, signed in."""
    yield from _page(site, cookies=site.cookies)


def sign_in(page: Page, key: str) -> None:
    page.goto("/")
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in with a key").click()


def _page(site: Site, cookies: list[dict[str, object]] | None = None) -> Iterator[Page]:
    context = site.browser.new_context(base_url=site.address, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    if cookies:
        context.add_cookies(cookies)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def _own_history(home: Path, trained_home: Home) -> None:
    """Closing an item writes to the history: give the service one of its own."""
    (home / "history").unlink()
    shutil.copytree(trained_home.path / "history", home / "history")
