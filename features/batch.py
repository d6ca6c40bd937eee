"""Owns the columns of a batch of claims: rows of the history's tables as numpy arrays, one entry per claim, and per line.

A claim from the wire becomes rows through `claims.history.rows.claim_tables`, like a stored one: there is one code path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from claims.claim import Claim
from claims.history.rows import claim_column, line_column, row_ids
from claims.privacy import PersonHasher
from features.registry import FeatureError
from features.wire_rows import WireColumn, WireRows

Texts = NDArray[np.object_]  # str, "" where the claim says nothing
Days = NDArray[np.int64]  # days since 1970-01-01, NO_DAY where absent
Numbers = NDArray[np.float64]  # NaN where absent
NO_DAY = np.int64(-1_000_000)
Read = TypeVar("Read")
AnyColumn: TypeAlias = "pa.ChunkedArray | WireColumn"
_EPOCH = date(1970, 1, 1).toordinal()


def texts(column: AnyColumn) -> Texts:
    """Read a string column; absent becomes ""."""
    if isinstance(column, WireColumn):
        found = np.empty(len(column), dtype=object)
        found[:] = ["" if value is None else value for value in column]
        return found
    values = np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)
    if column.null_count:
        values = values.copy()
        values[np.asarray(pc.is_null(column).to_numpy(zero_copy_only=False), dtype=np.bool_)] = ""
    return values


def is_one_of(values: Texts, known: frozenset[str]) -> NDArray[np.bool_]:
    """Tell which texts are among those known."""
    return np.fromiter((value in known for value in values.tolist()), dtype=np.bool_, count=len(values))


def days(column: AnyColumn) -> Days:
    """Read a date32 column as day numbers; absent becomes NO_DAY."""
    if isinstance(column, WireColumn):
        return np.array([NO_DAY if value is None else value.toordinal() - _EPOCH for value in column], dtype=np.int64)
    numbered = column.cast(pa.int32())
    filled = pc.fill_null(numbered, int(NO_DAY)) if column.null_count else numbered
    return np.asarray(filled.to_numpy(), dtype=np.int64)


def numbers(column: AnyColumn) -> Numbers:
    """Read any numeric, money or flag column as float64; absent becomes NaN."""
    if isinstance(column, WireColumn):
        return np.array([_number(value) for value in column], dtype=np.float64)
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)  # Arrow writes nulls as NaN here


def flags(column: AnyColumn) -> Numbers:
    """Read a boolean column as 1.0 and 0.0; absent is 0."""
    if isinstance(column, WireColumn):
        return np.array([1.0 if value else 0.0 for value in column], dtype=np.float64)
    return np.asarray(pc.fill_null(column, False).cast(pa.float64()).to_numpy(), dtype=np.float64)


def lists(column: AnyColumn) -> list[tuple[Any, ...]]:
    """Read a list column; absent becomes ()."""
    if isinstance(column, WireColumn):
        return [tuple(entry) if entry else () for entry in column.to_pylist()]
    return _entries(column)


def are_filled(column: AnyColumn) -> NDArray[np.bool_]:
    """Tell which entries of a list column hold something."""
    if isinstance(column, WireColumn):
        return np.fromiter(map(bool, column.to_pylist()), dtype=np.bool_, count=len(column))
    counts = pc.fill_null(pc.list_value_length(column), 0)
    return np.asarray(counts.to_numpy(zero_copy_only=False) > 0, dtype=np.bool_)


def _entries(column: pa.ChunkedArray) -> list[tuple[Any, ...]]:
    """Read a stored list column; absent becomes (). Its values are read at once: Arrow reads lists one by one, slowly."""
    values = pc.list_flatten(column).to_pylist()
    stop = np.cumsum(pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False), dtype=np.int64).tolist()
    return [tuple(values[first:last]) for first, last in pairwise([0, *stop])]


def day_number(day: date) -> int:
    """Number a day since 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_date(number: int) -> date:
    """Give the day of a number, the other way round."""
    return date.fromordinal(number + _EPOCH)


@dataclass(frozen=True, kw_only=True)
class ClaimBatch:
    """Claims in row order, their lines sorted by claim. `line_start` has shape (n + 1,): claim i's are start[i]:start[i+1].

    `prediction_day` is the clock of each row: features see what was known on days before it. It is the submission day, unless
    `as_of` set another.
    """

    claims: pa.Table | WireRows
    lines: pa.Table | WireRows
    line_start: NDArray[np.int64]
    prediction_day: Days

    @classmethod
    def from_tables(cls, claims: pa.Table, lines: pa.Table) -> "ClaimBatch":
        """Build from rows of the history's `claims` and `claim_lines`; lines of other claims are left out."""
        claims = claims.combine_chunks()
        order = {key: position for position, key in enumerate(claims["submission_id"].to_pylist())}
        if len(order) != claims.num_rows:
            raise FeatureError("claim batch: expected each submission_id once, got a repeated one")
        owner = np.array([order.get(key, -1) for key in lines["submission_id"].to_pylist()], dtype=np.int64)
        number = lines["line_number"].to_numpy() if lines.num_rows else np.zeros(0, dtype=np.int64)
        sorting = np.lexsort((number, owner))
        sorting = sorting[owner[sorting] >= 0]
        start = np.searchsorted(owner[sorting], np.arange(claims.num_rows + 1))
        return cls(
            claims=claims,
            lines=lines.take(pa.array(sorting)).combine_chunks(),
            line_start=start.astype(np.int64),
            prediction_day=days(claims["submitted_on"]),
        )

    @classmethod
    def from_claims(cls, claims: Sequence[Claim], *, hasher: PersonHasher) -> "ClaimBatch":
        """Build from claim records, as the service gets them. A row's key is unique within the batch only."""
        lines = [sorted(claim.lines, key=lambda line: line.line_number) for claim in claims]
        every_line = [line for of_claim in lines for line in of_claim]
        rows = WireRows(
            len(claims),
            lambda name: claim_column(name, claims, hasher=hasher),
            {"submission_id": WireColumn(row_ids([""] * len(claims)))},
        )
        return cls(
            claims=rows,
            lines=WireRows(len(every_line), lambda name: line_column(name, every_line)),
            line_start=np.cumsum([0, *map(len, lines)], dtype=np.int64),
            prediction_day=days(rows["submitted_on"]),
        )

    def as_of(self, day: date) -> "ClaimBatch":
        """Give the same claims, to be seen with what was known before `day`."""
        return replace(self, prediction_day=np.full(len(self), day_number(day), dtype=np.int64))

    def take(self, rows: NDArray[np.int64]) -> "ClaimBatch":
        """Give the claims at these positions, in that order."""
        return self.at(rows, self.prediction_day[rows])

    def at(self, rows: NDArray[np.int64], prediction_day: Days) -> "ClaimBatch":
        """Give these claims on these days; a claim may stand here more than once."""
        counts = np.diff(self.line_start)[rows]
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        lines = np.repeat(self.line_start[rows] - start[:-1], counts) + np.arange(start[-1])
        return ClaimBatch(
            claims=_take(self.claims, rows),
            lines=_take(self.lines, lines),
            line_start=start,
            prediction_day=prediction_day,
        )

    def with_text(self, columns: Mapping[str, Sequence[str | None]]) -> "ClaimBatch":
        """Give the same claims with other texts in these columns."""
        if isinstance(self.claims, WireRows):
            return replace(self, claims=self.claims.with_columns(columns))
        claims = self.claims
        for name, values in columns.items():
            claims = claims.set_column(claims.schema.get_field_index(name), name, pa.array(values, pa.string()))
        return replace(self, claims=claims)

    def __len__(self) -> int:
        return int(self.claims.num_rows)

    @cached_property
    def submission_ids(self) -> Texts:
        """Our key of each row."""
        return texts(self.claims["submission_id"])

    @cached_property
    def line_owner(self) -> NDArray[np.int64]:
        """Position of the claim that each line belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.line_start))

    @cached_property
    def _read(self) -> dict[object, Any]:
        return {}

    def once(self, key: object, read: Callable[[], Read]) -> Read:
        """Read a column once per batch. Not to be written to."""
        found: Read | None = self._read.get(key)
        if found is None:
            found = self._read[key] = read()
        return found

    def text(self, column: str) -> Texts:
        """Read a claim column as text, "" where absent. Not to be written to: it is read once."""
        return self.once(("claims", column), lambda: texts(self.claims[column]))

    def line_text(self, column: str) -> Texts:
        """Read a line column as text, "" where absent. Not to be written to: it is read once."""
        return self.once(("lines", column), lambda: texts(self.lines[column]))

    def number(self, column: str) -> Numbers:
        """Read a claim column as numbers, NaN where absent. Not to be written to: it is read once."""
        return self.once(("numbers", column), lambda: numbers(self.claims[column]))

    def line_number(self, column: str) -> Numbers:
        """Read a line column as numbers, NaN where absent. Not to be written to: it is read once."""
        return self.once(("numbers of lines", column), lambda: numbers(self.lines[column]))

    @cached_property
    def line_pointers(self) -> list[tuple[int, ...]]:
        """Positions in the claim's diagnoses that each line points to, 0-based, those that exist only."""
        found = []
        for owner, pointers in zip(self.line_owner.tolist(), lists(self.lines["diagnosis_pointers"]), strict=True):
            count = len(self.diagnoses[owner])
            found.append(tuple(pointer - 1 for pointer in pointers if 0 < pointer <= count))
        return found

    @cached_property
    def diagnoses(self) -> list[tuple[str, ...]]:
        """Diagnosis codes of each claim, principal first."""
        return lists(self.claims["diagnosis_codes"])

    @cached_property
    def modifiers(self) -> list[tuple[str, ...]]:
        """Modifiers of each line."""
        return lists(self.lines["modifiers"])

    @cached_property
    def pointed_diagnosis(self) -> Texts:
        """First diagnosis that each line points to; the principal one where it points to none, "" where there is none."""
        found = []
        for owner, pointers in zip(self.line_owner.tolist(), self.line_pointers, strict=True):
            codes = self.diagnoses[owner]
            found.append(codes[pointers[0] if pointers else 0] if codes else "")
        return np.array(found, dtype=object)


def _take(rows: pa.Table | WireRows, places: NDArray[np.int64]) -> pa.Table | WireRows:
    return rows.take(places if isinstance(rows, WireRows) else pa.array(places))


def _number(value: Decimal | float | None) -> float:
    """Give a number, with the bits that Arrow gives a stored amount: its cents times 0.01."""
    if value is None:
        return np.nan
    return float(value * 100) * 0.01 if isinstance(value, Decimal) else float(value)
