"""Measure how soon each page of the dashboard shows something, in a real Chromium.

Run: `python -m benchmarks.pages denials-home --today 2025-07-01`. Figures go to benchmarks/results/pages.json. A home is copied
first, since visits leave traces in its audit trail. Each visit begins with an empty browser cache; the time runs from the
click to the browser's own first-contentful-paint. The first visit after a start is kept apart: it reads what later ones
find. Beside them stands the processor time that the service used, which other work on the machine stretches less.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.reliability.service import Service
from serving.dashboard.site_nav import PAGES

RESULTS = Path(__file__).parent / "results" / "pages.json"
ROUNDS = 5
GOAL_MS = 1000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# The links to one item, one claim and one payer, by the page that lists them.
BEHIND = {
    "one item": ("/work", ".work tbody a"),
    "one claim": ("/claims", "td.id a"),
    "one payer": ("/payers", ".cut tbody th a"),
}
PAINT = """new Promise(told => new PerformanceObserver(list => {
    const found = list.getEntriesByName('first-contentful-paint')[0];
    if (found) told(found.startTime);
}).observe({type: 'paint', buffered: true}))"""


def paint_ms(browser: Browser, address: str) -> float:
    """Visit a page with an empty cache and give the milliseconds to its first paint."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)
    try:
        page = context.new_page()
        answer = page.goto(address)
        if answer is None or not answer.ok:
            raise RuntimeError(f"{address}: expected a page, got {answer.status if answer else 'nothing'}")
        return float(page.evaluate(PAINT))
    finally:
        context.close()


def measure(browser: Browser, service: Service, *, rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Visit every page, once for the first visit and then `rounds` times in turn; milliseconds by page."""
    site = f"http://127.0.0.1:{service.port}"
    addresses = {path: f"{site}{path}" for path in (*PAGES, "/claims")}
    first = {name: paint_ms(browser, address) for name, address in addresses.items()}
    for name, (listing, link) in BEHIND.items():
        addresses[name] = _linked(browser, f"{site}{listing}", link)
        first[name] = paint_ms(browser, addresses[name])
    seen: dict[str, list[float]] = {name: [] for name in addresses}
    worked: dict[str, list[float]] = {name: [] for name in addresses}
    for _ in range(rounds):
        for name, address in addresses.items():
            before = service.processor_seconds
            seen[name].append(paint_ms(browser, address))
            worked[name].append((service.processor_seconds - before) * 1000)
    return {
        name: {
            "median_ms": round(statistics.median(times)),
            "slowest_ms": round(max(times)),
            "first_visit_ms": round(first[name]),
            "server_processor_ms": round(statistics.median(worked[name])),
        }
        for name, times in seen.items()
    }


def _linked(browser: Browser, listing: str, link: str) -> str:
    page = browser.new_page()
    try:
        page.goto(listing)
        return str(page.locator(link).first.evaluate("one => one.href"))
    finally:
        page.close()


def main(words: Sequence[str] | None = None) -> int:
    """Serve a copy of the home, measure and keep; the exit code is 1 where a median misses the goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("home", type=Path)
    parser.add_argument("--today", required=True, help="the day of the home, as in 2025-07-01")
    asked = parser.parse_args(words)
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        print("no Chromium on this machine: apt-get install chromium", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        home = shutil.copytree(asked.home, Path(folder) / "home", symlinks=True)
        service = Service(home, today=asked.today)
        service.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=found)
                pages = measure(browser, service)
                version = browser.version
                browser.close()
        finally:
            service.stop()
    missed = [name for name, figures in pages.items() if figures["median_ms"] >= GOAL_MS]
    load = round(os.getloadavg()[0], 1)
    kept = {"goal_ms": GOAL_MS, "rounds": ROUNDS, "chromium": version, "load": load, "missed": missed, "pages": pages}
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    for name, figures in pages.items():
        print(f"{name:12}", ", ".join(f"{what} {figure:.0f}" for what, figure in figures.items()))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
