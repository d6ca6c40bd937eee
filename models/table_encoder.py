"""Owns how a stranger's flat table becomes numbers: plain JSON in the bundle, the same for training, batches and single rows.

Columns of the matrix, in order: the row's time, numeric columns (and whether they are missing, where training rows were), dates
as days before the row's time, one code per categorical column, one flag per frequent level of a column or cross and one for a
level rarely or never seen, and the smoothed rates of the target by the groups of the spec. A rate knows only earlier outcomes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.matrix import FeatureMatrix
from models.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.float64]
Days = NDArray[np.int64]  # days since 1970-01-01

BETWEEN = "\x1f"  # joins the levels of a group
MISSING = ""  # the level of an empty cell
DAYS_PER_YEAR = 365.25
YEARS = (1900, 2200)  # a whole number in this range is a year


@dataclass(frozen=True, kw_only=True)
class GroupFlags:
    """The frequent levels of a categorical column, or the frequent joint levels of several; each has a flag of its own."""

    columns: tuple[str, ...]
    levels: tuple[str, ...]  # the columns' levels, joined

    @property
    def names(self) -> tuple[str, ...]:
        """Name the flags, and after them the one of a level rare or never seen."""
        title = " x ".join(self.columns)
        shown = (" x ".join(part or "empty" for part in level.split(BETWEEN)) for level in self.levels)
        return (*(f"{title} = {level}" for level in shown), f"{title}: rare or unseen")

    def find(self, groups: NDArray[np.object_]) -> NDArray[np.int64]:
        """Give the flag that stands for each row's group."""
        position = {level: at for at, level in enumerate(self.levels)}
        return np.array([position.get(group, len(self.levels)) for group in groups], dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class GroupRates:
    """What is known of the target by group on the encoder's day: `counts` and `positives`, older outcomes decayed."""

    columns: tuple[str, ...]
    levels: tuple[str, ...]  # the columns' levels, joined
    counts: tuple[float, ...]
    positives: tuple[float, ...]

    @cached_property
    def _position(self) -> dict[str, int]:
        return {level: at for at, level in enumerate(self.levels)}

    def find(self, groups: NDArray[np.object_]) -> tuple[Numbers, Numbers]:
        """Give (counts, positives) of each row's group; 0 for one never seen."""
        at = np.array([self._position.get(group, -1) for group in groups], dtype=np.int64)
        counts, positives = (np.append(np.asarray(part, dtype=np.float64), 0.0) for part in (self.counts, self.positives))
        return counts[at], positives[at]


@dataclass(frozen=True, kw_only=True)
class TableEncoder:
    """Turns rows of a table into a matrix. `rates` stand parents first; a group's parent is itself less its last column."""

    time: str
    numeric: tuple[str, ...]
    missing: tuple[str, ...]  # numeric columns with empty cells among the training rows
    dates: tuple[str, ...]
    flags: tuple[GroupFlags, ...]  # of every categorical column, then of crosses
    rates: tuple[GroupRates, ...]
    base_count: float
    base_positives: float
    as_of: int  # the day that the rates stand on
    half_life_days: float
    prior_rows: float

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns of the table that a row must have."""
        categorical = (flags.columns[0] for flags in self.flags if len(flags.columns) == 1)
        return (self.time, *self.numeric, *self.dates, *categorical)

    @property
    def codes(self) -> range:
        """Give the places of the categorical codes among `names`: numbers without an order."""
        first = 1 + len(self.numeric) + len(self.missing) + len(self.dates)
        return range(first, first + sum(len(flags.columns) == 1 for flags in self.flags))

    @property
    def group_columns(self) -> range:
        """Give the places of flags and rates among `names`: all that stands after the codes."""
        return range(self.codes.stop, len(self.names))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name the columns of the matrix, in order."""
        return (
            self.time,
            *self.numeric,
            *(f"{column}: missing" for column in self.missing),
            *(f"{column}: days before" for column in self.dates),
            *(f"{flags.columns[0]}: code" for flags in self.flags if len(flags.columns) == 1),
            *(name for flags in self.flags for name in flags.names),
            *(f"{what} by {' x '.join(rate.columns)}" for rate in self.rates for what in ("rate", "rows")),
        )

    def encode(self, table: "pd.DataFrame") -> FeatureMatrix:
        """Encode rows as of the encoder's day. Raises: TableError, naming the column, and the row of a cell it cannot read."""
        refuse_missing_columns(table, self.columns)
        day = read_days(table, self.time)
        plain = self.plain(table, day)
        rates = []
        for groups in self.rates:
            counts, positives = groups.find(join_levels(table, groups.columns))
            rates.append((groups.columns, counts, positives))
        faded = fade(np.maximum(day - self.as_of, 0), self.half_life_days)
        base = np.full(len(table), self.base_count), np.full(len(table), self.base_positives)
        values = np.column_stack([plain, *smooth(rates, base=base, faded=faded, prior_rows=self.prior_rows)])
        return FeatureMatrix(values=values, names=self.names, ids=row_ids(table))

    def plain(self, table: "pd.DataFrame", day: Days) -> Numbers:
        """Encode all but the rates, shape (n, k)."""
        numeric = {column: read_numbers(table, column) for column in self.numeric}
        parts: list[NDArray[Any]] = [day / DAYS_PER_YEAR, *numeric.values()]
        parts += [np.isnan(numeric[column]).astype(np.float64) for column in self.missing]
        for column in self.dates:
            at = read_days(table, column, may_be_empty=True)
            parts.append(np.where(at == NO_DAY, np.nan, day - at))
        found = [flags.find(join_levels(table, flags.columns)) for flags in self.flags]
        parts += [at for flags, at in zip(self.flags, found, strict=True) if len(flags.columns) == 1]
        parts += [at[:, None] == np.arange(len(flags.levels) + 1) for flags, at in zip(self.flags, found, strict=True)]
        return np.column_stack(parts).astype(np.float64)

    def to_json(self) -> dict[str, Any]:
        """Give the content for bundle.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "TableEncoder":
        """Read what `to_json` gave. Raises: KeyError or TypeError for another shape."""

        def frozen(row: Mapping[str, Any]) -> dict[str, Any]:
            return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}

        groups = {
            "flags": tuple(GroupFlags(**frozen(row)) for row in content["flags"]),
            "rates": tuple(GroupRates(**frozen(row)) for row in content["rates"]),
        }
        return cls(**{**frozen(content), **groups})


NO_DAY = np.iinfo(np.int64).min


def smooth(
    rates: Sequence[tuple[tuple[str, ...], Numbers, Numbers]], *, base: tuple[Numbers, Numbers], faded: Numbers, prior_rows: float
) -> list[Numbers]:
    """Give, per group, the log-odds of its rate pulled towards its parent's by `prior_rows`, and log(1 + rows)."""
    base_count, base_positives = base
    root = (base_positives * faded + 0.5) / (base_count * faded + 1.0)
    found: dict[tuple[str, ...], Numbers] = {}
    columns = []
    for group, counts, positives in rates:
        parent = found.get(group[:-1], root)
        rate = (positives * faded + prior_rows * parent) / (counts * faded + prior_rows)
        found[group] = rate
        columns += [np.log(rate) - np.log1p(-rate), np.log1p(counts * faded)]
    return columns


def fade(age_days: Days, half_life_days: float) -> Numbers:
    """Give the weight of an outcome by its age; 1 where the half-life is 0."""
    faded: Numbers = np.exp2(-age_days / half_life_days) if half_life_days else np.ones(len(age_days))
    return faded


def refuse_missing_columns(table: "pd.DataFrame", columns: Sequence[str]) -> None:
    """Check that a table has these columns. Raises: TableError that names the first it lacks."""
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        raise TableError(f"table: expected a column {lacking[0]}, got none of that name ({len(lacking)} lacking)")


def read_levels(table: "pd.DataFrame", column: str) -> NDArray[np.object_]:
    """Read a categorical column as text, blanks stripped; an empty cell is its own level, `MISSING`."""
    cells = table[column]
    text = cells.astype("string").str.strip().fillna(MISSING)
    return np.asarray(text.to_numpy(dtype=object))


def join_levels(table: "pd.DataFrame", columns: Sequence[str]) -> NDArray[np.object_]:
    """Name each row's group over some columns."""
    parts = [read_levels(table, column) for column in columns]
    return np.array([BETWEEN.join(row) for row in zip(*parts, strict=True)], dtype=object)


def read_numbers(table: "pd.DataFrame", column: str) -> Numbers:
    """Read a numeric column, NaN where empty. Raises: TableError with the row of the first cell that is no number."""
    import pandas as pd  # for tables of strangers alone

    cells = table[column]
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    _refuse_unread(cells, numbers.isna(), column=column, expected="a number")
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def read_days(table: "pd.DataFrame", column: str, *, may_be_empty: bool = False) -> Days:
    """Read years or dates (ISO) as days since 1970-01-01; a year stands on its first day; `NO_DAY` where empty and allowed.

    Raises: TableError with the row of the first cell that is neither.
    """
    import pandas as pd  # for tables of strangers alone

    cells = table[column]
    years = pd.to_numeric(cells, errors="coerce")
    is_year = (years >= YEARS[0]) & (years <= YEARS[1]) & (years % 1 == 0)
    text = cells.astype("string").where(~is_year, years.astype("Float64").round().astype("Int64").astype("string") + "-01-01")
    moments = pd.to_datetime(text, errors="coerce", format="ISO8601", utc=True)
    _refuse_unread(cells, moments.isna(), column=column, expected="a year or a date like 2026-01-31")
    if moments.isna().any() and not may_be_empty:
        row = int(np.flatnonzero(moments.isna())[0]) + 1
        raise TableError(f"table, row {row}, {column}: expected a year or a date like 2026-01-31, got an empty cell")
    whole = moments.dt.tz_localize(None).to_numpy(dtype="datetime64[D]").astype(np.int64)
    return np.where(moments.isna(), NO_DAY, whole)


def row_ids(table: "pd.DataFrame") -> NDArray[np.object_]:
    """Name rows by their place, from 1: a stranger's own ids may name people."""
    return np.array([f"row {number}" for number in range(1, len(table) + 1)], dtype=object)


def _refuse_unread(cells: "pd.Series[str]", unread: "pd.Series[bool]", *, column: str, expected: str) -> None:
    bad = np.flatnonzero(unread.to_numpy() & cells.notna().to_numpy() & (cells.astype("string").str.strip() != "").to_numpy())
    if len(bad):
        raise TableError(f"table, row {bad[0] + 1}, {column}: expected {expected}, got something else ({len(bad)} such rows)")
