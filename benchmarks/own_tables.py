"""Measure models on tables of strangers beside a plain LightGBM on the raw columns, and beside the oracle where there is one.

Run: `python -m benchmarks.own_tables`. IMR: the model of each of the last four years learns from the years before it. Needs the
files in DENIALS_SHARED_DATA (default ../shared/data); what is not there is skipped. Figures: benchmarks/results/own_tables.json.
"""

import json
import os
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from claims.privacy import PersonHasher
from models.bundle import Json
from models.spec import ModelSpec
from models.table_encoder import read_days, read_levels, read_numbers
from training.dataset import Dataset
from training.metrics import Flags, Numbers, log_loss, measure, paired_difference
from training.pipeline import FittedModel, fit_model
from training.table import read_table, table_dataset, used_rule

RESULTS = Path(__file__).parent / "results" / "own_tables.json"
DATA = Path(os.environ.get("DENIALS_SHARED_DATA", Path(__file__).parents[1] / ".." / "shared" / "data"))
IMR, FOREIGN = "imr_2001_2013.csv", "foreign_claims_with_oracle.csv"
TEST_YEARS = (2010, 2011, 2012, 2013)
SHOWN = ("auc", "log_loss", "brier", "ece")
HASHER = PersonHasher(b"rows of a benchmark are not kept")
RESAMPLES, SEED = 500, 20


def plain_probability(table: pd.DataFrame, spec: ModelSpec, made: Dataset, fitted: FittedModel) -> Numbers:
    """Fit LightGBM with its defaults on the raw columns, categories native, on all rows known before the test part."""
    rule = used_rule(spec.table)
    categorical = {column: pd.Series(read_levels(table, column)).astype("category") for column in rule.categorical}
    raw = pd.DataFrame({**categorical, **{column: read_numbers(table, column) for column in rule.numeric}})
    rows = fitted.split.fitted
    data = lgb.Dataset(raw.iloc[rows], made.label[rows].astype(float))
    booster = lgb.train({"objective": "binary", "verbosity": -1, "seed": 1, "num_threads": 1}, data, num_boost_round=100)
    return np.asarray(booster.predict(raw.iloc[fitted.split.tested]))


def compare(table: pd.DataFrame, spec: ModelSpec, *, oracle: str = "") -> dict[str, Json]:
    """Measure our model, the plain one and the base rate on the test part, and ours less plain with intervals."""
    made = table_dataset(table, spec, hasher=HASHER)
    fitted = fit_model(made, spec)
    ordered = made.table if made.table is not None else table
    label, ours = fitted.holdout.label, fitted.holdout.probability
    others = {"plain": plain_probability(ordered, spec, made, fitted), "base_rate": fitted.holdout.baselines["base_rate"]}
    if oracle:
        others["oracle"] = read_numbers(ordered.iloc[fitted.split.tested], oracle)
    found: dict[str, Json] = {"row_count": len(label), "ours": _shown(label, ours)}
    found.update({name: _shown(label, probability) for name, probability in others.items()})
    found["ours_less_plain"] = {
        "auc": list(paired_difference(label, ours, others["plain"], figure=_auc, resamples=RESAMPLES, seed=SEED)),
        "log_loss": list(paired_difference(label, ours, others["plain"], figure=log_loss, resamples=RESAMPLES, seed=SEED)),
    }
    return found


def measure_imr(path: Path) -> dict[str, Json]:
    """Give the comparison of each test year, learned from the years before it."""
    table, spec = read_table(path), ModelSpec.load("imr")
    years = pd.to_datetime(pd.Series(read_days(table, spec.table.time)), unit="D").dt.year.to_numpy()
    return {str(year): compare(table[years <= year].reset_index(drop=True), spec) for year in TEST_YEARS}


def main() -> int:
    """Measure what is there and keep the figures."""
    found: dict[str, Json] = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for name, path in (("imr", DATA / IMR), ("foreign_claims", DATA / FOREIGN)):
        if not path.is_file():
            print(f"{name}: skipped, {path.name} is not in DENIALS_SHARED_DATA")
            continue
        spec = ModelSpec.load(name)
        reports = measure_imr(path) if name == "imr" else {"newest fifth": compare(read_table(path), spec, oracle=FOREIGN_ORACLE)}
        found[name] = reports
        for part, report in reports.items():
            print(f"{name} {part}: {json.dumps(report)}", flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


FOREIGN_ORACLE = "denial_probability_true"


def _shown(label: Flags, probability: Numbers) -> dict[str, Json]:
    figures = measure(label, probability)
    return {name: round(figures[name], 4) for name in SHOWN}


def _auc(label: NDArray[np.bool_], probability: Numbers, weight: Numbers) -> float:
    return measure(label, probability, weight)["auc"]


if __name__ == "__main__":
    sys.exit(main())
