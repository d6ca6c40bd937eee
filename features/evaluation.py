"""Owns one evaluation of features over a batch: looks each count up once and smooths rates towards their parents."""

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.batch import NO_DAY, ClaimBatch, Days, Texts, days
from features.book import Book, Page
from features.events import EventIndex, Flags, Ints, Span
from features.keys import CLAIM_KEYS, CLAIM_PARTS, LINE_KEYS, LINE_PARTS, SENT_CLAIM_KEYS, SENT_LINE_KEYS
from features.packed_keys import encode, learn
from features.registers import Found
from features.registry import Column
from features.tables import EVER
from features.text_keys import join

if TYPE_CHECKING:
    from features.history import History

Made = TypeVar("Made")
OUTCOMES, HABITS, SENT = "outcomes", "habits", "sent"  # kinds of books
PAID = "paid"  # first measure of every habit
_OF_ROWS = ("part", "numbers", "numbers on lines", "key")  # what does not depend on the history but for its vocabulary


@cache
def parts_of(table: str) -> tuple[str, ...]:
    """Name the parts of a table's key."""
    from features.states import CLAIM_STATE_KEYS, LINE_STATE_KEYS

    known = {**CLAIM_KEYS, **LINE_KEYS, **SENT_CLAIM_KEYS, **SENT_LINE_KEYS, **CLAIM_STATE_KEYS, **LINE_STATE_KEYS}
    return known[table]


@cache
def is_of_lines(table: str) -> bool:
    """Tell whether a table counts lines, not claims."""
    from features.states import LINE_STATE_KEYS

    return table in LINE_KEYS or table in SENT_LINE_KEYS or table in LINE_STATE_KEYS


@cache
def is_part_of_claims(part: str) -> bool:
    """Tell whether a part of keys is the same for all lines of a claim."""
    from features.states import CLAIM_STATES

    return part in CLAIM_PARTS or part in CLAIM_STATES


class Evaluation:
    """A batch seen through a history. Holds nothing beyond one `build_matrix` call.

    A column of a table of lines has shape (n_lines,), any other (n_claims,).
    """

    def __init__(self, batch: ClaimBatch, history: "History") -> None:
        self.batch = batch
        self.history = history
        self.day: Days = batch.prediction_day
        self._made: dict[object, object] = {}
        self._pages: dict[tuple[str, bool], Page] = {}

    def once(self, key: object, make: Callable[[], Made]) -> Made:
        """Make a thing once per evaluation."""
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = make()
        return made  # type: ignore[return-value]

    @cached_property
    def line_day(self) -> Days:
        """Prediction day of each line."""
        return self.day[self.batch.line_owner]

    @cached_property
    def service_from(self) -> Days:
        """First service day of each claim, NO_DAY where there is none."""
        return days(self.batch.claims["service_from_on"])

    @cached_property
    def service_to(self) -> Days:
        """Last service day of each claim, from which filing limits count."""
        return days(self.batch.claims["service_to_on"])

    @cached_property
    def line_service_from(self) -> Days:
        """First service day of each line, the claim's where it has none."""
        return self.service_days(self.batch)

    @staticmethod
    def service_days(batch: ClaimBatch) -> Days:
        """First service day of each line, the claim's where it has none."""
        own = days(batch.lines["service_from_on"])
        return np.where(own != NO_DAY, own, days(batch.claims["service_from_on"])[batch.line_owner])

    @cached_property
    def days_since_service(self) -> Column:
        """Days from the last service day to the prediction day; NaN without a service day."""
        return between(self.service_to, self.day)

    @cached_property
    def eligibility(self) -> Found:
        """Newest check of each subscriber at the claim's payer."""
        keys = join(self.batch.text("subscriber_key"), self.batch.text("payer_id"))
        return self.history.registers["eligibility"].latest(keys, self.day)

    @cached_property
    def days_since_same_procedure(self) -> Column:
        """Days from the service day last sent for patient and procedure to each line's own; NaN = none, or a later one."""
        index, _, span = self.look_up(SENT, "patient_procedure")
        row = index.last_row(span)
        sent = self.history.line_service_days
        last = np.where(row >= 0, sent[np.maximum(row, 0)] if len(sent) else NO_DAY, NO_DAY)
        gap = between(last, self.line_service_from)
        return np.where(gap >= 0, gap, np.nan)

    def same_procedure_count(self, window: int) -> Column:
        """Count lines sent for patient and procedure in the days before, per line."""
        job = ("patient_procedure", f"{window}d")
        book, page = self.page(SENT, job)
        return book.count(page, job, "submissions")

    def part(self, name: str) -> Texts:
        """Texts of one part of keys: per claim, or per line for a part of lines."""

        def make() -> Texts:
            from features.states import CLAIM_STATES, LINE_STATES

            definition = CLAIM_PARTS.get(name) or LINE_PARTS.get(name)
            return definition(self.batch) if definition else (CLAIM_STATES.get(name) or LINE_STATES[name])(self)

        return self.once(("part", name), make)

    def key(self, table: str) -> Texts:
        """Keys of this batch for a table as text: per claim, or per line."""
        parts, on_lines = parts_of(table), is_of_lines(table)
        return self.once(("key", table), lambda: join(*(self._texts(part, on_lines=on_lines) for part in parts)))

    def _texts(self, part: str, *, on_lines: bool) -> Texts:
        return self.part(part)[self.batch.line_owner] if on_lines and is_part_of_claims(part) else self.part(part)

    def numbers_of(self, part: str, *, on_lines: bool) -> Ints:
        """Number a part in the history's vocabulary, -1 = never seen: per claim, or per line."""
        own = self.once(("numbers", part), lambda: encode(self.history.vocabulary, part, self.part(part)))
        if not (on_lines and is_part_of_claims(part)):
            return own
        return self.once(("numbers on lines", part), lambda: own[self.batch.line_owner])

    def learn(self, parts: Iterable[str]) -> None:
        """Take the texts of these parts into the history's vocabulary."""
        for part in parts:
            self._made["numbers", part] = learn(self.history.vocabulary, part, self.part(part))

    def seen_through(self, history: "History") -> "Evaluation":
        """Give the same rows through a history that knows more; what was read off the form is kept."""
        other = Evaluation(self.batch, history)
        other._made = {key: made for key, made in self._made.items() if isinstance(key, tuple) and key[0] in _OF_ROWS}
        return other

    def page(self, kind: str, job: tuple[str, str]) -> tuple[Book, Page]:
        """Open the book of a kind (outcomes, habits, sent) at the plan that has a job."""
        on_lines = is_of_lines(job[0])
        book = self.history.books[kind, on_lines]
        if job in book.usual.place:
            return book, self.usual_page(kind, book, on_lines=on_lines)
        codes = self._codes(kind, book, on_lines=on_lines)
        return book, self.once(("page", kind, job), lambda: book.open(book.plan_for(job), codes, self._days(on_lines=on_lines)))

    def usual_page(self, kind: str, book: Book, *, on_lines: bool) -> Page:
        """Open a book at what is always asked."""
        found = self._pages.get((kind, on_lines))
        if found is None:
            codes = self._codes(kind, book, on_lines=on_lines)
            found = self._pages[kind, on_lines] = book.open(book.usual, codes, self._days(on_lines=on_lines))
        return found

    def _codes(self, kind: str, book: Book, *, on_lines: bool) -> Ints:
        def look_up() -> Ints:
            return book.codes(np.array([self.numbers_of(part, on_lines=on_lines) for part in book.parts]))

        return self.once(("codes", kind, on_lines), look_up)

    def _days(self, *, on_lines: bool) -> Days:
        return self.line_day if on_lines else self.day

    def look_up(self, kind: str, table: str, *, span: str = EVER) -> tuple[EventIndex, Ints, Span]:
        """Find a table's events before each prediction day: index, codes, span."""
        book, page = self.page(kind, (table, span))
        return book.span(page, (table, span))

    def counts(self, table: str, measure: str, *, span: str = EVER) -> Column:
        """Count first answers with a measure, known before each prediction day."""
        book, page = self.page(OUTCOMES, (table, span))
        return book.count(page, (table, span), measure)

    def habit(self, table: str, measures: tuple[str, ...]) -> Column:
        """Count answered claims or lines with habits: shape (n, len(measures))."""
        book, page = self.page(HABITS, (table, EVER))
        first = book.column(page, (table, EVER), PAID)
        wanted = book.indexes[table].columns_of(measures)
        return page.counts[first + wanted].T

    def habit_peak(self, table: str, name: str) -> Column:
        """Highest value of a habit so far; NaN = none."""
        index, encoded, found = self.look_up(HABITS, table)
        return index.peak(name, encoded, found)

    def sent_span(self, table: str) -> tuple[EventIndex, Ints, Span]:
        """Find earlier submissions: index, codes, span."""
        return self.look_up(SENT, table)

    def sent_count(self, table: str, measure: str = "submissions") -> Column:
        """Count earlier submissions."""
        book, page = self.page(SENT, (table, EVER))
        return book.count(page, (table, EVER), measure)

    def rate(self, table: str, measure: str, *, span: str = EVER) -> Column:
        """Share of answers with a measure, pulled towards the parent's; never NaN. See `features.tables`."""
        book, page = self.page(OUTCOMES, (table, span))
        return book.rate(page, (table, span), measure)

    def highest(self, per_line: Column) -> Column:
        """Highest value over a claim's lines; NaN for a claim without lines."""
        return self._reduce(np.fmax, per_line, np.nan)

    def lowest(self, per_line: Column) -> Column:
        """Lowest value over a claim's lines; NaN for a claim without lines."""
        return self._reduce(np.fmin, per_line, np.nan)

    def total(self, per_line: Column) -> Column:
        """Sum over a claim's lines of counts or flags; 0 for a claim without lines."""
        return self._reduce(np.add, per_line, 0.0)

    def at_least_one(self, per_line: Column) -> Column:
        """Chance that at least one line fires when each does with its own rate: 1 - prod(1 - rate)."""
        return 1.0 - self._reduce(np.multiply, 1.0 - per_line, 1.0)

    def reduce_lines(self, function: np.ufunc, by_line: NDArray[np.float64]) -> NDArray[np.float64]:
        """Reduce columns of lines, shape (k, n_lines), to their claims; NaN for a claim without lines. Returns (k, n_claims)."""
        start = self.batch.line_start
        if self._every_claim_has_lines:
            return np.asarray(function.reduceat(by_line, start[:-1], axis=1))
        found = np.full((len(by_line), len(self.day)), np.nan)
        filled = np.flatnonzero(start[1:] > start[:-1])
        if len(filled):
            found[:, filled] = function.reduceat(by_line, start[filled], axis=1)
        return found

    def _reduce(self, function: np.ufunc, per_line: Column, empty: float) -> Column:
        start = self.batch.line_start
        if self._every_claim_has_lines:
            return np.asarray(function.reduceat(per_line, start[:-1]))
        return reduce_groups(function, per_line, start, empty=empty)

    @cached_property
    def _every_claim_has_lines(self) -> bool:
        start = self.batch.line_start
        return len(start) > 1 and bool((start[1:] > start[:-1]).all())

    def on_lines(self, per_claim: Column) -> Column:
        """Repeat each claim's value on its lines."""
        return per_claim[self.batch.line_owner]


def reduce_groups(function: np.ufunc, values: Column, start: Ints, *, empty: float) -> Column:
    """Reduce values[start[i]:start[i + 1]] for each i; `empty` where there are none. Shape (len(start) - 1,)."""
    found = np.full(len(start) - 1, empty)
    filled = np.flatnonzero(start[1:] > start[:-1])
    if len(filled):
        found[filled] = function.reduceat(values, start[filled])
    return found


def between(first: Days, last: Days) -> Column:
    """Count days from one to another; NaN where either is absent."""
    return np.where((first != NO_DAY) & (last != NO_DAY), last - first, np.nan)


def as_flag(condition: Flags) -> Column:
    """Write a condition as 1.0 and 0.0."""
    return np.asarray(condition, dtype=np.float64)
