"""Owns the front page's figures: which measures it shows of the claims asked about. It counts nothing: the book does."""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.analytics.book import Book
from serving.dashboard.segment import PageQuery
from serving.dashboard.tiles import Bar, Tile, TileSpec, bars, tiles


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What a practice sees first."""

    tiles: Sequence[Tile]
    causes: Sequence[Bar]
    payers: Sequence[Bar]


def overview(book: Book, asked: PageQuery) -> Overview:
    """Ask the book for every figure of the page."""
    return Overview(
        tiles=tiles(book, asked, _TILES),
        causes=bars(book, asked, "reason"),
        payers=bars(book, asked, "payer"),
    )


# measure, what the link opens, what the note says of n
_TILES: tuple[TileSpec, ...] = (
    ("initial_denial_rate", "hits", "{hits} of {n} answered claims"),
    ("denied_dollars", "known", "{n} claims, charges of their first denial"),
    ("open_denied_dollars", "known", "{n} claims"),
    ("recovered_dollars", "known", "cash after a denial, {n} claims"),
    ("first_pass_resolution", "hits", "{hits} of {n} claims"),
    ("rejection_rate", "hits", "{hits} of {n} submissions, before adjudication"),
    ("overturn_rate", "hits", "{hits} of {n} decided appeals"),
    ("median_time_to_resolution", "known", "days, of {n} resolved denials"),
    ("unanswered_dollars", "known", "{n} claims wait for an answer"),
)
