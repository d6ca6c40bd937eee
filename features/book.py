"""Owns many event indexes as one: every table of a kind is looked up, counted and smoothed in one compiled pass over the rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.book_kernel import (
    CONSTANT,
    NO_RATE,
    OF_HALVES,
    OF_OWN,
    OF_OWN_MOVED,
    OF_PARENT,
    Jobs,
    Tables,
    fill_slots,
    find_codes,
    find_counts,
    smooth_rates,
)
from features.events import EventIndex, Ints, Span
from features.packed_keys import PackedKeys
from features.registry import Column
from features.tables import EVER, OVERALL_CAUSE_RATE, OVERALL_DENIAL_RATE, PRIOR_ANSWERS, SPANS, TABLES, parents

Job = tuple[str, str]  # table, span


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Jobs of one book in the order they are done, with the place of each."""

    jobs: Jobs
    place: dict[Job, int]
    column_count: int
    has_rates: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a plan gave for some rows. Counts and rates have shape (n_columns, n)."""

    plan: Plan
    codes: Ints  # (n_tables, n)
    start: Ints  # (n_jobs, n)
    stop: Ints
    counts: NDArray[np.float64]
    rates: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Book:
    """The tables of one kind over the same rows. `parts` are the rows of the numbers that a question hands in."""

    indexes: dict[str, EventIndex]
    parts: tuple[str, ...]
    place: dict[str, int]
    tables: Tables
    usual: Plan
    other_plans: dict[frozenset[Job], Plan]

    @classmethod
    def of(cls, indexes: Mapping[str, EventIndex], usual: Iterable[Job], *, rates: bool = False) -> "Book":
        """Bind indexes of packed keys. `usual` are the jobs that are always asked for; with `rates`, smoothed too."""
        keys = {name: _packed(index) for name, index in indexes.items()}
        parts = tuple(dict.fromkeys(part for one in keys.values() for part in one.parts))
        tables = _bind(indexes, keys, parts)
        bound = {name: _with_sums_of(index, tables, at) for at, (name, index) in enumerate(indexes.items())}
        place = {name: at for at, name in enumerate(indexes)}
        plan = _plan(usual, bound, place, rates=rates)
        return cls(indexes=bound, parts=parts, place=place, tables=tables, usual=plan, other_plans={})

    def plan_for(self, job: Job) -> Plan:
        """Give the usual plan where it has the job, else one of its own."""
        if job in self.usual.place:
            return self.usual
        wanted = frozenset((job,))
        if wanted not in self.other_plans:
            self.other_plans[wanted] = _plan(wanted, self.indexes, self.place, rates=self.usual.has_rates)
        return self.other_plans[wanted]

    def codes(self, numbers: Ints) -> Ints:
        """Look up the key of each row in each table; `numbers` has shape (n_parts, n)."""
        found = np.empty((len(self.place), numbers.shape[1]), dtype=np.int64)
        find_codes(self.tables, numbers, found)
        return found

    def open(self, plan: Plan, codes: Ints, day: Ints) -> Page:
        """Do the jobs of a plan, for keys as known before each row's day."""
        jobs, count = plan.jobs, codes.shape[1]
        start, stop = np.empty((2, len(jobs.table), count), dtype=np.int64)
        counts = np.empty((plan.column_count, count))
        find_counts(self.tables, jobs, codes, day, start, stop, counts)
        rates = np.empty((plan.column_count if plan.has_rates else 0, count))
        if plan.has_rates:
            smooth_rates(jobs, self.tables.width, counts, PRIOR_ANSWERS, rates)
        return Page(plan=plan, codes=codes, start=start, stop=stop, counts=counts, rates=rates)

    def span(self, page: Page, job: Job) -> tuple[EventIndex, Ints, Span]:
        """Give a job's index, the codes of the rows' keys and their spans."""
        at, table = page.plan.place[job], self.place[job[0]]
        return self.indexes[job[0]], page.codes[table], Span(start=page.start[at], stop=page.stop[at])

    def column(self, page: Page, job: Job, measure: str) -> int:
        """Give the column of a job's measure."""
        return int(page.plan.jobs.column[page.plan.place[job]]) + self.indexes[job[0]].measures[measure]

    def usual_column(self, job: Job, measure: str) -> int:
        """Give the column of a measure of a job that is always asked for."""
        return int(self.usual.jobs.column[self.usual.place[job]]) + self.indexes[job[0]].measures[measure]

    def count(self, page: Page, job: Job, measure: str) -> Column:
        """Give what a job counted."""
        found: Column = page.counts[self.column(page, job, measure)]
        return found

    def rate(self, page: Page, job: Job, measure: str) -> Column:
        """Give a job's smoothed rate."""
        found: Column = page.rates[self.column(page, job, measure)]
        return found


def _packed(index: EventIndex) -> PackedKeys:
    assert isinstance(index.codes, PackedKeys)  # noqa: S101  what `EventIndex.of_packed` makes
    return index.codes


def _bind(indexes: Mapping[str, EventIndex], keys: Mapping[str, PackedKeys], parts: tuple[str, ...]) -> Tables:
    sizes = [1 << max(int(2 * len(one.numbers)).bit_length(), 1) for one in keys.values()]
    slot_start = _starts(sizes)
    slot_key, slot_code = np.zeros(slot_start[-1], dtype=np.int64), np.full(slot_start[-1], -1, dtype=np.int32)
    shift = np.array([64 - (size.bit_length() - 1) for size in sizes], dtype=np.uint64)
    for at, one in enumerate(keys.values()):
        slots = slice(slot_start[at], slot_start[at + 1])
        fill_slots(one.numbers, shift[at], slot_key[slots], slot_code[slots])
    sums_start = _starts([index.sums.size for index in indexes.values()])
    sums = np.empty(sums_start[-1], dtype=np.int32)
    for at, index in enumerate(indexes.values()):
        sums[sums_start[at] : sums_start[at + 1]] = index.sums.ravel()
    return Tables(
        part_start=_starts([len(one.parts) for one in keys.values()]),
        part=np.array([parts.index(part) for one in keys.values() for part in one.parts], dtype=np.int64),
        radix=np.concatenate([one.radix for one in keys.values()]),
        slot_start=slot_start[:-1],
        shift=shift,
        slot_key=slot_key,
        slot_code=slot_code,
        begin_start=_starts([len(index.begin) for index in indexes.values()])[:-1],
        begin=np.concatenate([index.begin for index in indexes.values()]),
        event_start=_starts([len(index.order_key) for index in indexes.values()])[:-1],
        day=np.concatenate([index.days().astype(np.int32) for index in indexes.values()]),
        sums_start=sums_start[:-1],
        width=np.array([len(index.measures) for index in indexes.values()], dtype=np.int64),
        sums=sums,
    )


def _with_sums_of(index: EventIndex, tables: Tables, at: int) -> EventIndex:
    """Let an index read its sums where the book has them, so that they are kept once."""
    start = tables.sums_start[at]
    return replace(index, sums=tables.sums[start : start + index.sums.size].reshape(index.sums.shape))


def _starts(counts: Iterable[int]) -> Ints:
    return np.cumsum([0, *counts], dtype=np.int64)


def _plan(wanted: Iterable[Job], indexes: Mapping[str, EventIndex], place: Mapping[str, int], *, rates: bool) -> Plan:
    order: dict[Job, int] = {}
    for job in wanted:
        for one in _with_sources(job) if rates else (job,):
            order.setdefault(one, len(order))
    widths = [len(indexes[table].measures) for table, _ in order]
    column = _starts(widths)
    source, constant = np.zeros((3, column[-1]), dtype=np.int64), np.zeros(column[-1])
    prior = np.full(len(order), NO_RATE, dtype=np.int64)
    if rates:
        for at, job in enumerate(order):
            prior[at], sources = _prior(job)
            for measure, own in indexes[job[0]].measures.items():
                constant[column[at] + own] = OVERALL_DENIAL_RATE if measure == "denied" else OVERALL_CAUSE_RATE
                for which, other in enumerate(sources):
                    source[which, column[at] + own] = column[order[other]] + indexes[other[0]].measures[measure]
    spans = [SPANS[span] for _, span in order]
    jobs = Jobs(
        table=np.array([place[table] for table, _ in order], dtype=np.int64),
        window=np.array([-1 if window is None else window for window, _ in spans], dtype=np.int64),
        last=np.array([-1 if last is None else last for _, last in spans], dtype=np.int64),
        column=column[:-1],
        prior=prior,
        source=source,
        constant=constant,
    )
    return Plan(jobs=jobs, place=order, column_count=int(column[-1]), has_rates=rates)


def _with_sources(job: Job) -> list[Job]:
    """List a job after every job that its rates lean on."""
    _, sources = _prior(job)
    return [*(one for source in sources for one in _with_sources(source)), job]


def _prior(job: Job) -> tuple[int, tuple[Job, ...]]:
    """Say what a job's rates lean on, as `features.tables` describes it."""
    table, span = job
    parent = TABLES[table].parent
    if span != EVER:
        if not isinstance(parent, str):
            return OF_OWN, ((table, EVER),)
        return OF_OWN_MOVED, ((table, EVER), (parent, span), (parent, EVER))
    if parent is None:
        return CONSTANT, ()
    kind = OF_PARENT if isinstance(parent, str) else OF_HALVES
    return kind, tuple((name, EVER) for name in parents(table))
