"""Owns the page of root causes: what they cost, rejections beside denials, what moved the rate, what came again after a fix."""

from dataclasses import dataclass

from fastapi import APIRouter, Request

from claims.root_cause import root_causes
from serving.analytics.book import Book
from serving.analytics.definitions import dimensions
from serving.analytics.drivers import Change, Driver, find_change
from serving.api.analytics_routes import book_of
from serving.api.caller import showed
from serving.api.fix_routes import fixes_of
from serving.dashboard.cut_table import cut_table
from serving.dashboard.page_templates import asked_page_router, page_context
from serving.dashboard.segment import PageQuery, filter_form, page_path, words_of
from serving.dashboard.tiles import TileSpec, tiles

PATH = "/causes"
DRIVEN_BY = ("reason", "payer", "location", "provider", "procedure")
MOST_DRIVERS = 6
_TILES: tuple[TileSpec, ...] = (
    ("initial_denial_rate", "hits", "{hits} of {n} answered claims"),
    ("rejection_rate", "hits", "{hits} of {n} submissions, before adjudication"),
    ("denied_dollars", "known", "{n} claims"),
    ("rejected_open_dollars", "known", "{n} rejected and not sent again"),
    ("avoidable_write_off_dollars", "known", "{n} closed items"),
)
_MEASURES = (
    "denied_dollars", "denied_claims", "open_denied_dollars", "appeal_rate", "overturn_rate", "recovered_dollars",
    "avoidable_write_off_dollars",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Driven:
    """What one dimension did to the rate: its largest parts, as bars to both sides of a middle."""

    title: str
    parts: "tuple[DrivenPart, ...]"


@dataclass(frozen=True, kw_only=True)
class DrivenPart:
    """One part. `left` and `width` place its bar on a width of 100, whose middle is no change."""

    label: str
    driver: Driver
    path: str
    left: float
    width: float


def router() -> APIRouter:
    """Make the route."""
    return asked_page_router(PATH, "causes.html", _context, query=PageQuery)


def _context(request: Request, asked: PageQuery) -> dict[str, object]:
    book, fixes = book_of(request), fixes_of(request)
    showed(request, (claim.claim_id for fix in fixes for claim in fix.repeats))
    change = find_change(book, asked.about("submitted_claims").filters, DRIVEN_BY)
    return {
        **page_context(request),
        "form": filter_form(book, asked),
        "tiles": tiles(book, asked, _TILES),
        "causes": cut_table(book, asked, "reason", _MEASURES, opens=lambda key: page_path(PATH, asked, reason=key)),
        "tiers": cut_table(book, asked, "tier", _MEASURES, opens=lambda key: page_path(PATH, asked, tier=key)),
        "known_causes": root_causes(),
        "change": change,
        "driven": [_driven(book, asked, change, name) for name in DRIVEN_BY] if change else [],
        "repeats": sorted((fix for fix in fixes if fix.repeat_count), key=lambda fix: -fix.repeat_count),
    }


def _driven(book: Book, asked: PageQuery, change: Change, name: str) -> Driven:
    shown = change.drivers[name][:MOST_DRIVERS]
    widest = max((abs(driver.added) for driver in shown), default=0.0) or 1.0
    parts = []
    for driver in shown:
        width = 50 * abs(driver.added) / widest
        label, _ = words_of(book, name, driver.key)
        path = page_path(PATH, asked, **{name: driver.key})
        parts.append(DrivenPart(label=label, driver=driver, path=path, left=50 - width if driver.added < 0 else 50, width=width))
    return Driven(title=dimensions()[name].title, parts=tuple(parts))
