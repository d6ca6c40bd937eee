"""Owns the practice's own records (eligibility, authorizations, enrollments) as look-ups by key and day known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claims.history.store import HistoryStore
from features.batch import NO_DAY, Days, Numbers, Texts, days, numbers, texts
from features.events import EventIndex, Flags, Ints, Span
from features.text_keys import join

# A key with more rows than this is searched among its newest ones only.
MOST_ROWS = 8


@dataclass(frozen=True, kw_only=True)
class Register:
    """Rows of a table under a key, each from the day it was known; rows of one day stand in the order of their own dates."""

    index: EventIndex
    columns: dict[str, Texts | Days | Numbers]

    def latest(self, keys: Texts, day: Days) -> "Found":
        """Find the newest row under each key known before `day`."""
        return Found(register=self, row=self.index.last_row(self._span(keys, day)))

    def best(self, keys: Texts, day: Days, fits: Callable[["Found"], Flags]) -> "Found":
        """Find the newest row under each key known before `day` that fits, else the newest one."""
        span = self._span(keys, day)
        newest = found = Found(register=self, row=self.index.last_row(span))
        fitting = newest.is_known & fits(newest)
        for step in range(1, MOST_ROWS):
            earlier = Span(start=span.start, stop=np.maximum(span.stop - step, span.start))
            if fitting.all() or not (earlier.stop > earlier.start).any():
                break
            candidate = Found(register=self, row=self.index.last_row(earlier))
            better = ~fitting & candidate.is_known & fits(candidate)
            found = Found(register=self, row=np.where(better, candidate.row, found.row))
            fitting = fitting | better
        return found

    def with_newer(self, keys: Texts, known_day: Days, columns: dict[str, Texts | Days | Numbers]) -> "LayeredRegister":
        """Give the same rows with these on top, as if they had been filed; every column must be given.

        `known_day` must not lie before any row that a question to the new register may find beside them.
        """
        joined = {name: np.concatenate([own, columns[name]]) for name, own in self.columns.items()}
        top = Register(index=EventIndex.build(keys, known_day, {}), columns=columns)
        return LayeredRegister(index=self.index, columns=joined, top=top)

    def _span(self, keys: Texts, day: Days) -> Span:
        return self.index.before(self.index.encode(keys), day)


@dataclass(frozen=True, kw_only=True)
class LayeredRegister(Register):
    """A register with newer rows on top, without indexing the old ones anew: for asking what a claim would be like if."""

    top: Register

    def latest(self, keys: Texts, day: Days) -> "Found":
        """Find the newest row under each key known before `day`."""
        return self._over(self.top.latest(keys, day), Register.latest(self, keys, day))

    def best(self, keys: Texts, day: Days, fits: Callable[["Found"], Flags]) -> "Found":
        """Find the newest row under each key known before `day` that fits, else the newest one."""
        upper, lower = self.top.best(keys, day, fits), Register.best(self, keys, day, fits)
        prefers_lower = ~(upper.is_known & fits(upper)) & lower.is_known & fits(lower)
        return Found(register=self, row=np.where(prefers_lower, lower.row, self._over(upper, lower).row))

    def _over(self, upper: "Found", lower: "Found") -> "Found":
        start = len(next(iter(self.columns.values()))) - len(next(iter(self.top.columns.values())))
        return Found(register=self, row=np.where(upper.is_known, upper.row + start, lower.row))


@dataclass(frozen=True, kw_only=True)
class Found:
    """The rows a look-up found: `row` -1 = none."""

    register: Register
    row: Ints

    @property
    def is_known(self) -> Flags:
        """Tell which look-ups found a row."""
        return np.asarray(self.row >= 0, dtype=np.bool_)

    def text(self, column: str) -> Texts:
        """Give a text column; "" where nothing was found."""
        return self._pick(self.register.columns[column], "")

    def day(self, column: str) -> Days:
        """Give a day column; NO_DAY where nothing was found or the row says nothing."""
        return self._pick(self.register.columns[column], NO_DAY)

    def number(self, column: str) -> Numbers:
        """Give a number column; NaN where nothing was found."""
        return self._pick(self.register.columns[column], np.nan)

    def covers(self, day: Days, *, first: str, last: str) -> Flags:
        """Tell whether a day lies in the row's span, as `within` does. False where nothing was found."""
        return within(day, self.day(first), self.day(last)) & self.is_known

    def _pick(self, values: NDArray[Any], missing: Any) -> NDArray[Any]:
        if not len(values):
            return np.full(len(self.row), missing, dtype=values.dtype)
        return np.asarray(np.where(self.row >= 0, values[np.maximum(self.row, 0)], missing))


def within(day: Days, first: Days, last: Days) -> Flags:
    """Tell whether a day lies in a span; an open end is no limit, and a day that is not known breaks none."""
    inside = ((first == NO_DAY) | (day >= first)) & ((last == NO_DAY) | (day <= last))
    return np.asarray(inside | (day == NO_DAY), dtype=np.bool_)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    table: str
    key: tuple[str, ...]
    columns: dict[str, str]


_PLANS: dict[str, _Plan] = {
    "eligibility": _Plan(
        table="eligibility",
        key=("subscriber_key", "payer_id"),
        columns={"checked_on": "day", "plan_begin": "day", "plan_end": "day", "status": "text"},
    ),
    "authorizations": _Plan(
        table="authorizations",
        key=("authorization_number", "payer_id"),
        columns={
            "valid_from": "day",
            "valid_to": "day",
            "subscriber_key": "text",
            "procedure_code": "text",
            "units_approved": "number",
        },
    ),
    "service_authorizations": _Plan(
        table="authorizations",
        key=("subscriber_key", "payer_id", "procedure_code"),
        columns={"valid_from": "day", "valid_to": "day", "units_approved": "number", "authorization_number": "text"},
    ),
    "enrollments": _Plan(table="enrollments", key=("npi", "payer_id"), columns={"effective_from": "day", "effective_to": "day"}),
    "npis": _Plan(table="enrollments", key=("npi",), columns={"effective_from": "day"}),
    "enrolling_payers": _Plan(table="enrollments", key=("payer_id",), columns={"effective_from": "day"}),
}


def read_registers(
    store: HistoryStore, *, before: date | None, payer_names: Callable[[Texts], Texts] = lambda payers: payers
) -> dict[str, Register]:
    """Read every register as known before a day (`None` = all), each row under the name that `payer_names` gives its payer."""
    tables = {plan.table: store.read(plan.table, before=before) for plan in _PLANS.values()}
    return {name: _register(plan, tables[plan.table], payer_names) for name, plan in _PLANS.items()}


def _register(plan: _Plan, rows: pa.Table, payer_names: Callable[[Texts], Texts]) -> Register:
    readers: dict[str, Callable[[pa.ChunkedArray], Any]] = {"day": days, "text": texts, "number": numbers}
    # The store keeps no order; without one of our own, rows of one day would answer differently after a compaction.
    own_days = [column for column, kind in plan.columns.items() if kind == "day"]
    rows = rows.sort_by([(column, "ascending") for column in ("known_on", *own_days, "source_key")])
    keys = {column: texts(rows[column]) for column in plan.key}
    if "payer_id" in keys:
        keys["payer_id"] = payer_names(keys["payer_id"])
    return Register(
        index=EventIndex.build(join(*keys.values()), days(rows["known_on"]), {}),
        columns={column: readers[kind](rows[column]) for column, kind in plan.columns.items()},
    )
