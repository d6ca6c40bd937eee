"""Owns the page of what became of denials: appealed, overturned, recovered, written off, and where open ones stall."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import median

from fastapi import APIRouter, Request

from serving.api.analytics_routes import book_of
from serving.api.scoring_routes import state_of
from serving.dashboard.cut_table import cut_table
from serving.dashboard.page_templates import asked_page_router, page_context
from serving.dashboard.segment import PageQuery, filter_form, page_path
from serving.dashboard.tiles import TileSpec, tiles
from serving.work_queue.records import StoredItem
from serving.work_queue.search import QueueFilter, Search

PATH = "/recovery"
MOST_ITEMS = 100_000
_TILES: tuple[TileSpec, ...] = (
    ("appeal_rate", "hits", "{hits} of {n} denied claims"),
    ("overturn_rate", "hits", "{hits} of {n} decided appeals"),
    ("recovered_dollars", "known", "cash after a denial, {n} claims"),
    ("recovered_share", "known", "of what was denied, {n} claims"),
    ("write_off_dollars", "known", "{n} closed items"),
    ("avoidable_write_off_dollars", "known", "{n} closed items, of them avoidable"),
    ("median_time_to_resolution", "known", "days from denial, {n} resolved"),
    ("time_to_appeal", "known", "days from denial to the first appeal, {n} appealed"),
    ("open_denied_dollars", "known", "{n} denied claims still open"),
    ("unanswered_dollars", "known", "{n} claims wait for an answer"),
)
_AGED = ("open_denied_dollars", "denied_dollars", "unanswered_dollars", "rejected_open_dollars")
_OUTCOMES = (
    "denied_dollars", "appeal_rate", "overturn_rate", "recovered_dollars", "recovered_share", "write_off_dollars",
    "avoidable_write_off_dollars", "median_time_to_resolution",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Stall:
    """Open work of one next action: how many, how much, and how long since the denial (days)."""

    next_action: str
    count: int
    dollars: float
    median_age: float
    oldest_age: int
    untouched: int  # nobody has taken or changed it


def router() -> APIRouter:
    """Make the route."""
    return asked_page_router(PATH, "recovery.html", _context, query=PageQuery)


def _context(request: Request, asked: PageQuery) -> dict[str, object]:
    state, book = state_of(request), book_of(request)
    today = state.settings.current_day()
    where = QueueFilter(payer_id=asked.payer[0] if asked.payer and len(asked.payer) == 1 else None)
    items = state.work_queue.find(Search(where=where, limit=MOST_ITEMS), as_of=today).items
    return {
        **page_context(request),
        "form": filter_form(book, asked),
        "tiles": tiles(book, asked, _TILES),
        "aged": cut_table(book, asked, "aging", _AGED),
        "reasons": cut_table(book, asked, "reason", _OUTCOMES, opens=lambda key: page_path(PATH, asked, reason=key)),
        "payers": cut_table(book, asked, "payer", _OUTCOMES, opens=lambda key: page_path(PATH, asked, payer=key)),
        "stalls": find_stalls(items, today=today),
    }


def find_stalls(items: Iterable[StoredItem], *, today: date) -> list[Stall]:
    """Sum open work up by next action, most dollars first. Ages count from the denial; other work has none and is left out."""
    groups: dict[str, list[StoredItem]] = {}
    for stored in items:
        if stored.item.denied_on is not None:
            groups.setdefault(stored.item.next_action, []).append(stored)
    found = []
    for action, of in groups.items():
        ages = [(today - stored.item.denied_on).days for stored in of if stored.item.denied_on]
        found.append(
            Stall(
                next_action=action,
                count=len(of),
                dollars=float(sum(stored.item.recoverable_amount for stored in of)),
                median_age=median(ages),
                oldest_age=max(ages),
                untouched=sum(stored.version == 1 for stored in of),
            )
        )
    return sorted(found, key=lambda stall: -stall.dollars)
