"""A made-up flat table with known structure: refusals depend on clinic x service and on one number."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from models.spec import ModelSpec, TableRule, read_spec

SPEC = """
name = "refusals"
title = "Refusal"
subject = "table"

[table]
target = "refused"
positive = ["yes"]
time = "day"
known = "answered"
id = "number"
amount = "dollars"
segment = "clinic"
numeric = ["dollars", "wait"]
categorical = ["clinic", "service"]
dates = ["referred"]
crosses = [["clinic", "service"]]
rates = [["clinic"], ["clinic", "service"]]
half_life_days = 365.0

[rounds]
least = 10
most = 60
patience = 20

[linear]
weight = 0.4

[split]
test_fraction = 0.25
fold_starts = [0.6, 0.8]

[lightgbm]
objective = "binary"
learning_rate = 0.1
num_leaves = 4
deterministic = true
force_row_wise = true
num_threads = 1
verbosity = -1
"""


def table_spec(**changes: Any) -> ModelSpec:
    made = read_spec(SPEC, file="refusals.toml")
    return replace(made, table=replace(made.table, **changes))


def rule(**changes: Any) -> TableRule:
    return table_spec(**changes).table


def flat_table(row_count: int = 2400, *, seed: int = 4, signal: float = 1.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(random.integers(0, 500, row_count)), unit="D")
    clinic, service = random.integers(0, 4, row_count), random.integers(0, 3, row_count)
    wait = random.normal(size=row_count)
    strength = random.normal(0, 1.2, (4, 3))
    margin = -1 + signal * (strength[clinic, service] + 0.7 * wait)
    refused = random.random(row_count) < 1 / (1 + np.exp(-margin))
    return pd.DataFrame(
        {
            "number": [f"N{at}" for at in range(row_count)],
            "day": day.strftime("%Y-%m-%d"),
            "answered": (day + pd.to_timedelta(random.integers(5, 30, row_count), unit="D")).strftime("%Y-%m-%d"),
            "referred": (day - pd.to_timedelta(random.integers(1, 90, row_count), unit="D")).strftime("%Y-%m-%d"),
            "clinic": np.array(["north", "south", "east", "west"])[clinic],
            "service": np.array(["scan", "visit", "surgery"])[service],
            "dollars": (100 + 10 * random.gamma(2, 20, row_count)).round(2).astype(str),
            "wait": wait.round(4).astype(str),
            "refused": np.where(refused, "yes", "no"),
        }
    )
