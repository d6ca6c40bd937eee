"""Owns which claims a page of figures is about: filters that stand in its address, the form that sets them, and the way from a
figure to the page of the claims behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pydantic import model_validator

from claims.root_cause import root_causes
from serving.analytics.book import Book
from serving.analytics.definitions import dimensions
from serving.analytics.figures import Figure, Part, Question
from serving.api.analytics_models import SegmentQuery

CHOSEN = ("payer", "location")  # dimensions with a list of their own in the form; the others come by links
MOST_CHOICES = 500


class PageQuery(SegmentQuery):
    """The filters of `GET /v1/analytics/{metric}`, in the address of a page. A field that a form sends empty filters nothing."""

    @model_validator(mode="before")
    @classmethod
    def leave_out_empty(cls, given: Any) -> Any:
        """Drop what a form sends for its fields that nobody filled in."""
        if not isinstance(given, Mapping):
            return given
        kept = {name: [one for one in value if one] if isinstance(value, list) else value for name, value in given.items()}
        return {name: value for name, value in kept.items() if value not in ("", [])}

    def about(self, measure: str, *by: str) -> Question:
        """Ask a measure of these claims."""
        return self.question(measure, by)

    def pairs(self) -> list[tuple[str, str]]:
        """Give the filters as they stand in an address."""
        return _pairs(self.about("submitted_claims"))


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value of a filter, under its name."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class FilterForm:
    """The form of a page: its lists by dimension, the days, the filters that have no list, and all of it in words."""

    lists: Mapping[str, Sequence[Choice]]
    titles: Mapping[str, str]
    since: str
    until: str
    others: Sequence[tuple[str, str]]
    words: Sequence[tuple[str, str]]
    query: str  # the address of the view, for links that keep it


def filter_form(book: Book, asked: PageQuery) -> FilterForm:
    """Lay out the form for what was asked, with the payers and locations that the book knows."""
    question = asked.about("submitted_claims")
    return FilterForm(
        lists={name: _choices(book, name, question.filters.get(name, ())) for name in CHOSEN},
        titles={name: dimensions()[name].title for name in CHOSEN},
        since=asked.since.isoformat() if asked.since else "",
        until=asked.until.isoformat() if asked.until else "",
        others=[(name, value) for name, value in asked.pairs() if name not in (*CHOSEN, "from", "to")],
        words=segment_words(book, question),
        query=urlencode(asked.pairs()),
    )


def segment_words(book: Book, question: Question) -> list[tuple[str, str]]:
    """Say which claims a question is about: title and values of each filter."""
    parts = [
        (dimensions()[name].title, ", ".join(label_of(book, name, value) for value in values))
        for name, values in question.filters.items()
    ]
    days = (("From", question.since), ("To", question.until))
    return parts + [(title, day.isoformat()) for title, day in days if day is not None]


def label_of(book: Book, dimension: str, value: str) -> str:
    """Name a value of a dimension as people know it."""
    label = book.facts.labels.get(dimension, {}).get(value)
    return label.title() if label else value or "none"


def words_of(book: Book, dimension: str, key: str) -> tuple[str, str]:
    """Name a segment, and say beside it who can prevent it where it is a root cause."""
    cause = root_causes().get(key) if dimension == "reason" else None
    return (cause.title, cause.owner) if cause else (label_of(book, dimension, key), "")


def page_path(path: str, asked: PageQuery, **changes: str) -> str:
    """Give the address of a page about the same claims, but for these filters."""
    kept = [(name, value) for name, value in asked.pairs() if name not in changes]
    query = urlencode(kept + [(name, value) for name, value in changes.items() if value])
    return f"{path}?{query}" if query else path


def claims_path(question: Question, figure: Figure | None = None, *, part: Part = "known") -> str:
    """Give the address of the claims behind a figure; of all that was asked about without one."""
    keys = {} if figure is None else {name: (value,) for name, value in figure.keys.items()}
    narrowed = Question(
        measure=question.measure, filters={**question.filters, **keys}, since=question.since, until=question.until
    )
    chosen = [] if part == "known" else [("part", part)]
    return f"/claims?{urlencode([('measure', question.measure), *_pairs(narrowed), *chosen])}"


def _pairs(question: Question) -> list[tuple[str, str]]:
    days = (("from", question.since), ("to", question.until))
    filters = [(name, value) for name, values in question.filters.items() for value in values]
    return filters + [(name, day.isoformat()) for name, day in days if day is not None]


def _choices(book: Book, dimension: str, chosen: Sequence[str]) -> list[Choice]:
    found = book.ask(Question(measure="submitted_claims", by=(dimension,)), limit=MOST_CHOICES).segments
    values = [one.keys[dimension] for one in found if one.keys[dimension]]
    choices = [Choice(value=one, label=label_of(book, dimension, one), is_chosen=one in chosen) for one in values]
    return sorted(choices, key=lambda one: one.label)
