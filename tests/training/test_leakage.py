import numpy as np
import pandas as pd
import pytest

from tests.training.tables import flat_table, rule
from training.leakage import find_leaks
from training.table import read_target

Names = tuple[str, ...]


def leaks(table: pd.DataFrame, *, numeric: Names = (), categorical: Names = (), dates: Names = ()) -> dict[str, str]:
    made = rule(numeric=("wait", *numeric), categorical=("clinic", "service", *categorical), dates=("referred", *dates))
    return {leak.column: leak.evidence for leak in find_leaks(table, made, *read_target(table, made))}


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_honest_columns_pass(seed: int) -> None:
    table = flat_table(seed=seed, signal=2.0)
    random = np.random.default_rng(seed)
    refused = (table["refused"] == "yes").to_numpy()
    table["strong"] = (refused * 2.0 + random.normal(size=len(table))).astype(str)  # AUC 0.92: strong, not certain
    table["rule"] = np.where(refused & (random.random(len(table)) < 0.15), "always refused", "other")  # a true hard rule, for few
    assert leaks(table, numeric=("strong",), categorical=("rule",)) == {}


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_planted_leaks_are_named(seed: int) -> None:
    table = flat_table(seed=seed)
    random = np.random.default_rng(seed)
    refused = (table["refused"] == "yes").to_numpy()
    table["status"] = np.where(refused, "closed", "paid")
    table["noisy"] = np.where(refused ^ (random.random(len(table)) < 0.01), "1", "0")
    table["code"] = np.where(refused & (random.random(len(table)) < 0.5), "CO-16", None)  # filled for some of the refused only
    table["remark"] = np.where(refused & (random.random(len(table)) < 0.4), "55", None)  # a number that stands nowhere else
    table["decided"] = table["answered"]
    found = leaks(table, numeric=("remark",), categorical=("status", "noisy", "code"), dates=("decided",))
    assert set(found) == {"status", "noisy", "code", "remark", "decided"}
    assert "AUC of 1.000" in found["status"]
    assert "positive cover" in found["code"]
    assert "stands after day in 100.0% of rows" in found["decided"]
