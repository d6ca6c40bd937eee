"""Owns the line of monthly initial denial rates: the months, and where they stand on the chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from serving.analytics.book import Book
from serving.analytics.figures import Figure, Question
from serving.dashboard.segment import PageQuery, claims_path

MOST_MONTHS = 18
WIDTH, HEIGHT = 640, 170


@dataclass(frozen=True, kw_only=True)
class Month:
    """Initial denial rate of the claims submitted in a month."""

    first_on: date
    figure: Figure
    path: str
    hits_path: str


@dataclass(frozen=True, kw_only=True)
class Point:
    """One month on the chart, in its coordinates."""

    x: float
    y: float
    month: Month


@dataclass(frozen=True, kw_only=True)
class RateChart:
    """The line. `path` goes through mature months, `young_path` from the last of them on; `months` are all of the table."""

    months: Sequence[Month]
    points: Sequence[Point]
    path: str
    young_path: str
    top_rate: float


def rate_chart(book: Book, asked: PageQuery) -> RateChart:
    """Ask the book for the months of the claims asked about, and place them."""
    months = _months(book, asked)
    rated = [month for month in months if month.figure.value is not None]
    top = max((month.figure.value or 0.0 for month in rated), default=0.1)
    top = max(0.05, -(-top // 0.05) * 0.05)
    step = WIDTH / max(1, len(rated) - 1)
    points = [
        Point(x=round(at * step, 1), y=round(HEIGHT * (1 - (month.figure.value or 0.0) / top), 1), month=month)
        for at, month in enumerate(rated)
    ]
    mature = [point for point in points if not point.month.figure.is_immature]
    young = [*mature[-1:], *(point for point in points if point.month.figure.is_immature)]
    return RateChart(months=months, points=points, path=_path(mature), young_path=_path(young), top_rate=top)


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


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{'L' if at else 'M'}{point.x} {point.y}" for at, point in enumerate(points))
