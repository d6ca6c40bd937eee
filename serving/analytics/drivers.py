"""Owns what drives a rate: how much each segment added to the change of the initial denial rate between two quarters.

A segment adds its denials as a share of all answered claims of the later quarter, less the same of the earlier one. What all
segments of a dimension add is the change itself, so that a shift of volume towards a segment counts as its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from serving.analytics.book import Book
from serving.analytics.figures import Figure, Question

RATE = "initial_denial_rate"
MONTHS_OF_A_QUARTER = 3
BEYOND_CHANCE = 1.96  # standard errors, of counts taken as Poisson


@dataclass(frozen=True, kw_only=True)
class Span:
    """Whole months of submission; both days are part of it."""

    since: date
    until: date


@dataclass(frozen=True, kw_only=True)
class Driver:
    """One segment. `added` is its part of the change of the whole rate; `error` the standard error of that."""

    key: str
    before: Figure | None
    after: Figure | None
    added: float
    error: float

    @property
    def is_beyond_chance(self) -> bool:
        """Tell whether so much is seldom seen where nothing changed."""
        return abs(self.added) > BEYOND_CHANCE * self.error


@dataclass(frozen=True, kw_only=True)
class Change:
    """The rate of two quarters and what drives it apart, by dimension, largest part first."""

    earlier: Span
    later: Span
    before: Figure
    after: Figure
    drivers: Mapping[str, Sequence[Driver]]

    @property
    def added(self) -> float:
        """Give the change of the rate; 0 where either is not known."""
        if self.before.value is None or self.after.value is None:
            return 0.0
        return self.after.value - self.before.value


def find_change(book: Book, filters: Mapping[str, Sequence[str]], by: Sequence[str]) -> Change | None:
    """Compare the last three mature months with the three before; `None` while there are not six."""
    spans = _last_two_quarters(book, filters)
    if spans is None:
        return None
    earlier, later = spans

    def ask(span: Span, *cut: str) -> Question:
        return Question(measure=RATE, by=cut, filters=filters, since=span.since, until=span.until)

    before, after = book.ask(ask(earlier)).overall, book.ask(ask(later)).overall
    if not before.n or not after.n:
        return None
    drivers = {
        name: _drivers(
            {one.keys[name]: one for one in book.ask(ask(earlier, name), limit=100_000).segments},
            {one.keys[name]: one for one in book.ask(ask(later, name), limit=100_000).segments},
            answered=(before.n, after.n),
        )
        for name in by
    }
    return Change(earlier=earlier, later=later, before=before, after=after, drivers=drivers)


def _drivers(before: Mapping[str, Figure], after: Mapping[str, Figure], *, answered: tuple[int, int]) -> list[Driver]:
    found = []
    for key in dict.fromkeys([*after, *before]):
        hits = [one.numerator if one else 0.0 for one in (before.get(key), after.get(key))]
        if not any(hits):
            continue
        shares = [count / n for count, n in zip(hits, answered, strict=True)]
        error = sqrt(sum(count / n**2 for count, n in zip(hits, answered, strict=True)))
        added = shares[1] - shares[0]
        found.append(Driver(key=key, before=before.get(key), after=after.get(key), added=added, error=error))
    return sorted(found, key=lambda driver: (-abs(driver.added), driver.key))


def _last_two_quarters(book: Book, filters: Mapping[str, Sequence[str]]) -> tuple[Span, Span] | None:
    """Find the last six months in a row whose outcomes are known, as far as they ever are."""
    figures = book.ask(Question(measure=RATE, by=("submission_month",), filters=filters), limit=100_000).segments
    mature = [one.keys["submission_month"] for one in figures if one.keys["submission_month"] and not one.is_immature]
    if not mature:
        return None
    last = date.fromisoformat(f"{mature[-1]}-01")
    starts = [_months_before(last, count) for count in range(2 * MONTHS_OF_A_QUARTER - 1, -1, -1)]
    if any(f"{start:%Y-%m}" not in mature for start in starts):
        return None
    middle, after = starts[MONTHS_OF_A_QUARTER], _months_before(last, -1)
    day = timedelta(days=1)
    return Span(since=starts[0], until=middle - day), Span(since=middle, until=after - day)


def _months_before(start: date, count: int) -> date:
    number = start.year * 12 + start.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
