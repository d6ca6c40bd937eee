"""Owns the dataset of a stranger's flat table: outcomes, days, and features that know only outcomes from before each row's day.

Rows of the test part see rates as they stood on its first day, as a bundle in service does until it is trained anew.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from claims.privacy import PersonHasher
from features.matrix import FeatureMatrix
from models.errors import TableError
from models.maturity import UNKNOWN, learn_maturity
from models.spec import ModelSpec, TableRule
from models.table_encoder import (
    NO_DAY,
    Days,
    GroupFlags,
    GroupRates,
    Numbers,
    TableEncoder,
    fade,
    join_levels,
    read_days,
    read_levels,
    read_numbers,
    refuse_missing_columns,
    row_ids,
    smooth,
)
from training.dataset import Dataset
from training.errors import TooLittleData
from training.split import split_by_time

SMALLEST_TABLE = 100  # rows with an outcome
LARGEST_UNIQUE_SHARE = 0.5  # of rows whose level nobody else has: above, a column names rows instead of describing them
_FLAGS = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV (every cell as text) or Parquet file. Raises: TableError."""
    if not path.is_file():
        raise TableError(f"table {path.name}: expected a file, got none")
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    try:
        return pd.read_csv(path, dtype=str)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise TableError(f"table {path.name}: expected CSV with a header or Parquet, got {type(error).__name__}") from None


def table_dataset(table: pd.DataFrame, spec: ModelSpec, *, hasher: PersonHasher) -> Dataset:
    """Build the dataset of a `table` spec; its encoder stands on the day after the last outcome.

    Raises: TableError, naming column and row; TooLittleData below 100 outcomes.
    """
    rule = spec.table
    wanted = (rule.target, rule.time, rule.known, rule.id, rule.amount, rule.segment)
    kept = used_rule(rule)
    refuse_missing_columns(table, [column for column in (*wanted, *kept.numeric, *kept.dates, *kept.categorical) if column])
    table = table.iloc[np.argsort(read_days(table, rule.time), kind="stable")].reset_index(drop=True)
    _refuse_identifiers(table, kept)
    bare = _without_features(table, spec, hasher)
    if int(bare.is_known.sum()) < SMALLEST_TABLE:
        raise TooLittleData(what=f"{spec.name}: rows with an outcome", expected=SMALLEST_TABLE, got=int(bare.is_known.sum()))
    maturity = learn_maturity(payer_id=bare.payer_id, sent=bare.sent, known=bare.known, end=bare.end, rule=spec.maturity)
    test_start = split_by_time(bare, maturity, spec.split).test_start
    encoder = _fit_encoder(table, kept, bare, test_start=test_start)
    values = np.column_stack([encoder.plain(table, bare.sent), *_rates_in_time(table, kept, bare, test_start=test_start)])
    return replace(
        bare, matrix=FeatureMatrix(values=values, names=encoder.names, ids=bare.matrix.ids), encoder=encoder, table=table
    )


def used_rule(rule: TableRule) -> TableRule:
    """Give the rule without its leak suspects."""
    left_out = set(rule.leak_suspects)

    def used(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(column for column in columns if column not in left_out)

    def whole(groups: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        return tuple(group for group in groups if not left_out & set(group))

    return replace(
        rule,
        numeric=used(rule.numeric),
        categorical=used(rule.categorical),
        dates=used(rule.dates),
        crosses=whole(rule.crosses),
        rates=whole(rule.rates),
    )


def read_target(table: pd.DataFrame, rule: TableRule) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Read (positive, has an outcome) of each row. Raises: TableError for one class only, or a cell that is no flag."""
    cells = read_levels(table, rule.target)
    has_outcome = cells != ""
    if rule.positive:
        label = np.isin(cells.astype(str), np.array(rule.positive, dtype=str))
    else:
        flags = [_FLAGS.get(str(cell).lower()) for cell in cells]
        bad = [at for at, flag in enumerate(flags) if flag is None and has_outcome[at]]
        if bad:
            raise TableError(
                f"table, row {bad[0] + 1}, {rule.target}: expected 0 or 1 (or name the `positive` cells), got something else"
            )
        label = np.array([bool(flag) for flag in flags])
    positives, outcomes = int((label & has_outcome).sum()), int(has_outcome.sum())
    if not 0 < positives < outcomes:
        raise TableError(f"table, {rule.target}: expected rows of both outcomes, got {positives} positives of {outcomes}")
    return label & has_outcome, np.asarray(has_outcome, dtype=bool)


def _without_features(table: pd.DataFrame, spec: ModelSpec, hasher: PersonHasher) -> Dataset:
    rule = spec.table
    label, has_outcome = read_target(table, rule)
    sent = read_days(table, rule.time)
    known = read_days(table, rule.known, may_be_empty=True) if rule.known else sent
    known = np.where(has_outcome & (known != NO_DAY), np.maximum(known, sent), UNKNOWN)
    ids = row_ids(table)
    if rule.id:
        ids = np.array([hasher.subscriber_key(f"{spec.name} {own}") for own in read_levels(table, rule.id)], dtype=object)
    segment = read_levels(table, rule.segment) if rule.segment else np.full(len(table), "", dtype=object)
    amount = read_numbers(table, rule.amount) if rule.amount else np.full(len(table), 1.0)
    amount = np.nan_to_num(amount)
    return Dataset(
        matrix=FeatureMatrix(values=np.zeros((len(table), 0)), names=(), ids=ids),
        claim_ids=ids,
        payer_id=segment,
        group=read_levels(table, rule.categorical[0]) if rule.categorical else segment,
        sent=sent,
        known=known,
        label=label & (known != UNKNOWN),
        cause=np.full(len(table), "", dtype=object),
        amount=amount,
        outcome_amount=np.where(label, amount, 0.0),
        end=int(max(sent.max(), known[known != UNKNOWN].max(initial=0))) + 1,
        data_version=hashlib.sha256(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()[:16],
        left_out={},
    )


def _fit_encoder(table: pd.DataFrame, rule: TableRule, bare: Dataset, *, test_start: int) -> TableEncoder:
    """Choose levels on rows from before the test part; let the rates stand on the dataset's last day."""
    early = table[bare.sent < test_start]
    flags = []
    for columns in (*((column,) for column in rule.categorical), *rule.crosses):
        counts = pd.Series(join_levels(early, columns)).value_counts()
        flags.append(GroupFlags(columns=columns, levels=tuple(sorted(counts.index[counts >= rule.smallest_level]))))
    weight = np.where(bare.is_known, fade(bare.end - np.minimum(bare.known, bare.end), rule.half_life_days), 0.0)
    rates = []
    for group in rule.rates:
        names, code = np.unique(join_levels(table, group).astype(str), return_inverse=True)
        rates.append(
            GroupRates(
                columns=group,
                levels=tuple(names.tolist()),
                counts=tuple(np.bincount(code, weight).tolist()),
                positives=tuple(np.bincount(code, weight * bare.label).tolist()),
            )
        )
    return TableEncoder(
        time=rule.time,
        numeric=rule.numeric,
        missing=tuple(column for column in rule.numeric if np.isnan(read_numbers(early, column)).any()),
        dates=rule.dates,
        flags=tuple(flags),
        rates=tuple(rates),
        base_count=float(weight.sum()),
        base_positives=float((weight * bare.label).sum()),
        as_of=bare.end,
        half_life_days=rule.half_life_days,
        prior_rows=rule.prior_rows,
    )


def _rates_in_time(table: pd.DataFrame, rule: TableRule, bare: Dataset, *, test_start: int) -> list[Numbers]:
    """Give each row the rates as of its own day, or as of the test part's first day if that is earlier."""
    as_of = np.minimum(bare.sent, test_start)
    base = _counts_before(np.zeros(len(table), dtype=np.int64), bare, as_of, rule.half_life_days)
    found = []
    for group in rule.rates:
        code = np.unique(join_levels(table, group).astype(str), return_inverse=True)[1]
        found.append((group, *_counts_before(code, bare, as_of, rule.half_life_days)))
    return smooth(found, base=base, faded=fade(bare.sent - as_of, rule.half_life_days), prior_rows=rule.prior_rows)


def _counts_before(code: NDArray[np.int64], bare: Dataset, as_of: Days, half_life_days: float) -> tuple[Numbers, Numbers]:
    """Sum (rows, positives) of each row's group over outcomes known before `as_of`, faded to that day."""
    counts, positives = np.zeros((2, int(code.max(initial=0)) + 1))
    found = np.zeros((2, len(code)))
    waiting = np.argsort(bare.known, kind="stable")
    waiting = waiting[: int(bare.is_known.sum())]
    days_known = bare.known[waiting]
    done, before = 0, int(as_of.min(initial=0))
    for day in np.unique(as_of):
        faded = fade(np.array([day - before]), half_life_days)[0]
        counts *= faded
        positives *= faded
        upto = int(np.searchsorted(days_known, day, side="left"))
        fresh = waiting[done:upto]
        weight = fade(day - bare.known[fresh], half_life_days)
        np.add.at(counts, code[fresh], weight)
        np.add.at(positives, code[fresh], weight * bare.label[fresh])
        rows = np.flatnonzero(as_of == day)
        found[:, rows] = counts[code[rows]], positives[code[rows]]
        done, before = upto, int(day)
    return found[0], found[1]


def _refuse_identifiers(table: pd.DataFrame, rule: TableRule) -> None:
    for column in rule.categorical:
        levels = pd.Series(read_levels(table, column))
        alone = float((levels.map(levels.value_counts()) == 1).mean())
        if alone > LARGEST_UNIQUE_SHARE:
            raise TableError(
                f"table, {column}: expected levels that rows share, got {alone:.0%} of rows with one of their own; "
                "it looks like an identifier"
            )
