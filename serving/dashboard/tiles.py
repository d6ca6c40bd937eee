"""Owns single figures and bars on pages: values of the book in words, each with the way to the claims behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from serving.analytics.book import Book
from serving.analytics.figure_words import figure_marks, value_words
from serving.analytics.figures import Figure, Part
from serving.dashboard.segment import PageQuery, claims_path, words_of

MOST_BARS = 8
TileSpec: TypeAlias = tuple[str, Part, str]  # measure, what the link opens, what the note says of `hits` and `n`


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure of all claims asked about, with the way to the claims behind it."""

    title: str
    text: str
    note: str
    marks: Sequence[str]
    path: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: `share` of the longest one, for its width."""

    label: str
    note: str
    figure: Figure
    share: float
    path: str


def tiles(book: Book, asked: PageQuery, specs: Sequence[TileSpec]) -> list[Tile]:
    """Make the figures that can be asked for."""
    return [_tile(book, asked, *one) for one in specs if book.is_available(asked.about(one[0]).definition)]


def _tile(book: Book, asked: PageQuery, measure: str, part: Part, note: str) -> Tile:
    question = asked.about(measure)
    figure = book.ask(question).overall
    waiting = f"; {figure.awaiting:,} wait" if figure.awaiting else ""
    return Tile(
        title=question.definition.title,
        text=value_words(figure.value, question.definition.unit),
        note=note.format(hits=f"{figure.numerator:,.0f}", n=f"{figure.n:,}") + waiting,
        marks=figure_marks(figure),
        path=claims_path(question, part=part),
    )


def bars(book: Book, asked: PageQuery, dimension: str) -> list[Bar]:
    """Draw the denied dollars of the largest segments."""
    question = asked.about("denied_dollars", dimension)
    figures = book.ask(question, limit=MOST_BARS).segments
    longest = max((one.value or 0.0 for one in figures), default=0.0) or 1.0
    found = []
    for one in figures:
        label, note = words_of(book, dimension, one.keys[dimension])
        share = (one.value or 0.0) / longest
        found.append(Bar(label=label, note=note, figure=one, share=share, path=claims_path(question, one)))
    return found
