"""Owns the front page's figures: which measures it shows of the claims asked about. It counts nothing: the book does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from claims.root_cause import root_causes
from serving.analytics.book import Book
from serving.analytics.figure_words import figure_marks, value_words
from serving.analytics.figures import Figure, Part, Question
from serving.dashboard.segment import PageQuery, claims_path, label_of

MOST_BARS = 8
MOST_MONTHS = 18


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


@dataclass(frozen=True, kw_only=True)
class Month:
    """Initial denial rate of the claims submitted in a month."""

    first_on: date
    figure: Figure
    path: str
    hits_path: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What a practice sees first."""

    tiles: Sequence[Tile]
    causes: Sequence[Bar]
    payers: Sequence[Bar]
    months: Sequence[Month]


def overview(book: Book, asked: PageQuery) -> Overview:
    """Ask the book for every figure of the page."""
    return Overview(
        tiles=[_tile(book, asked, *one) for one in _TILES if book.is_available(asked.about(one[0]).definition)],
        causes=_bars(book, asked, "reason"),
        payers=_bars(book, asked, "payer"),
        months=_months(book, asked),
    )


# measure, what the link opens, what the note says of n
_TILES: tuple[tuple[str, Part, str], ...] = (
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


def _bars(book: Book, asked: PageQuery, dimension: str) -> list[Bar]:
    question = asked.about("denied_dollars", dimension)
    figures = book.ask(question, limit=MOST_BARS).segments
    longest = max((one.value or 0.0 for one in figures), default=0.0) or 1.0
    found = []
    for one in figures:
        label, note = _words(book, dimension, one.keys[dimension])
        share = (one.value or 0.0) / longest
        found.append(Bar(label=label, note=note, figure=one, share=share, path=claims_path(question, one)))
    return found


def _words(book: Book, dimension: str, key: str) -> tuple[str, str]:
    cause = root_causes().get(key) if dimension == "reason" else None
    return (cause.title, cause.owner) if cause else (label_of(book, dimension, key), "")


def _months(book: Book, asked: PageQuery) -> list[Month]:
    question = asked.about("initial_denial_rate", "month")
    return [_month(question, one) for one in book.ask(question).segments[-MOST_MONTHS:] if one.keys["month"]]


def _month(question: Question, figure: Figure) -> Month:
    return Month(
        first_on=date.fromisoformat(f"{figure.keys['month']}-01"),
        figure=figure,
        path=claims_path(question, figure),
        hits_path=claims_path(question, figure, part="hits"),
    )
