"""Owns the search for columns that know the outcome: each one alone, before anything is fitted.

Half of the rows teach the rate of each level (numbers are cut into bins), the other half is judged. A column is refused when it
ranks the outcome almost perfectly, when levels of its own say almost surely "positive" for a good part of the positives (or
"negative" of the negatives), or when it is a date from after the row's day.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.spec import TableRule
from models.table_encoder import NO_DAY, read_days, read_levels, read_numbers
from training.errors import LeakFound
from training.metrics import measure

LARGEST_AUC = 0.97  # of one column: no honest single fact about a claim ranks its outcome so well
SURE = 0.998  # a level with this share of one outcome determines it
SMALLEST_COVER = 0.25  # of that outcome's rows, in such levels
LARGEST_COMMON = 0.8  # an outcome this frequent makes sure levels ordinary
SMALLEST_LEVEL = 20  # rows
BINS = 50
LARGEST_LATE_SHARE = 0.01  # of rows whose date stands after the row's day


@dataclass(frozen=True, kw_only=True)
class Leak:
    """A column and what speaks against it."""

    column: str
    evidence: str


def refuse_leaks(table: pd.DataFrame, rule: TableRule, label: NDArray[np.bool_], has_outcome: NDArray[np.bool_]) -> None:
    """Raise LeakFound with every column that nearly determines the target and is not under `allow`."""
    leaks = [leak for leak in find_leaks(table, rule, label, has_outcome) if leak.column not in rule.allow]
    if leaks:
        raise LeakFound([f"{leak.column}: {leak.evidence}" for leak in leaks])


def find_leaks(table: pd.DataFrame, rule: TableRule, label: NDArray[np.bool_], has_outcome: NDArray[np.bool_]) -> list[Leak]:
    """Judge every used column by itself on the rows with an outcome."""
    rows = np.flatnonzero(has_outcome)
    table, label = table.iloc[rows], label[rows]
    found = []
    for column in (*rule.numeric, *rule.dates, *rule.categorical):
        if column in rule.categorical:
            levels = np.unique(read_levels(table, column).astype(str), return_inverse=True)[1]
        else:
            levels = _bins(_as_numbers(table, column, rule))
        evidence = _late_dates(table, column, rule) if column in rule.dates else ""
        evidence = evidence or _judge(levels, label)
        if evidence:
            found.append(Leak(column=column, evidence=evidence))
    return found


def _judge(levels: NDArray[np.int64], label: NDArray[np.bool_]) -> str:
    teaches = np.random.default_rng(0).random(len(label)) < 0.5
    base, size = label[teaches].mean(), int(levels.max(initial=0)) + 1
    count = np.bincount(levels[teaches], minlength=size)
    rate = (np.bincount(levels[teaches], label[teaches], size) + 2 * base) / (count + 2)
    judged, seen = label[~teaches], levels[~teaches]
    auc = measure(judged, rate[seen]).get("auc", 0.5)
    if auc >= LARGEST_AUC:
        return f"alone it ranks the outcome with an AUC of {auc:.3f} on {len(judged)} rows (bound {LARGEST_AUC})"
    for outcome, name in ((True, "positive"), (False, "negative")):
        share = rate if outcome else 1 - rate
        of_outcome = judged == outcome
        if not of_outcome.any() or of_outcome.mean() > LARGEST_COMMON:
            continue
        raw = np.bincount(levels[teaches], label[teaches] == outcome, size) / np.maximum(count, 1)
        sure = ((raw >= SURE) & (share > 0.5) & (count >= SMALLEST_LEVEL))[seen]
        cover = float(sure[of_outcome].mean())
        if cover >= SMALLEST_COVER and of_outcome[sure].mean() >= SURE:
            return (
                f"values that are {of_outcome[sure].mean():.1%} {name} cover {cover:.0%} of the {name} rows "
                f"({int(sure.sum())} of {len(judged)} rows judged)"
            )
    return ""


def _late_dates(table: pd.DataFrame, column: str, rule: TableRule) -> str:
    at, day = read_days(table, column, may_be_empty=True), read_days(table, rule.time)
    late = float(((at != NO_DAY) & (at > day)).mean())
    return f"it stands after {rule.time} in {late:.1%} of rows" if late > LARGEST_LATE_SHARE else ""


def _as_numbers(table: pd.DataFrame, column: str, rule: TableRule) -> NDArray[np.float64]:
    if column in rule.numeric:
        return read_numbers(table, column)
    at = read_days(table, column, may_be_empty=True)
    return np.where(at == NO_DAY, np.nan, read_days(table, rule.time) - at)


def _bins(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Cut numbers into bins of equal count; frequent single values and missing ones have bins of their own."""
    known = values[~np.isnan(values)]
    distinct, count = np.unique(known, return_counts=True)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.zeros(0)
    frequent = distinct[count >= max(SMALLEST_LEVEL, len(values) / BINS)]
    levels = np.searchsorted(edges, values, side="right")
    own = np.searchsorted(frequent, values)
    is_frequent = np.isin(values, frequent)
    levels = np.where(is_frequent, len(edges) + 1 + own, levels)
    return np.where(np.isnan(values), len(edges) + 2 + len(frequent), levels).astype(np.int64)
