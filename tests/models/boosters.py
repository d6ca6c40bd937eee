"""Boosters over made-up rows, with every kind of split that LightGBM knows."""

from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

CODES = 90  # categories of column 0: three words of a bit set
WIDTH = 8


def rows(count: int = 400, *, seed: int = 1) -> NDArray[np.float64]:
    """Give numbers, whole numbers, many zeros and missing values; column 0 and 1 hold codes."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, WIDTH))
    values[:, 0], values[:, 1] = random.integers(0, CODES, count), random.integers(0, 5, count)
    values[:, 2] = random.integers(-2, 3, count)
    values[random.random(values.shape) < 0.15] = 0.0
    values[random.random(values.shape) < 0.15] = np.nan
    return values


def strange_rows() -> NDArray[np.float64]:
    """Give values that no training row had: far codes, broken codes, infinities, next to nothing."""
    odd = [
        -1.0,
        -0.5,
        0.5,
        1.7,
        31.0,
        32.0,
        63.9,
        89.0,
        95.0,
        96.0,
        1e6,
        2**31,
        1e300,
        np.inf,
        -np.inf,
        1e-36,
        -1e-36,
        -0.0,
        np.nan,
    ]
    values = rows(len(odd) * WIDTH, seed=9)
    for at, value in enumerate(odd):
        for column in range(WIDTH):
            values[at * WIDTH + column, column] = value
    return values


def train(*, rounds: int = 25, categorical: bool = True, seed: int = 1, **parameters: Any) -> lgb.Booster:
    """Fit a booster to labels in which every column has a say."""
    values = rows(3000, seed=seed + 100)
    known = np.nan_to_num(values)
    random = np.random.default_rng(seed)
    signal = (known[:, 0] % 3) + 0.5 * (known[:, 1] == 2) + known[:, 3] * known[:, 4] + np.abs(known[:, 5]) + known[:, 2]
    signal += 0.7 * np.isnan(values[:, 6]) + 0.4 * (known[:, 7] == 0)
    labels = (signal + random.normal(size=len(values)) > 2).astype(float)
    fixed = {"objective": "binary", "verbosity": -1, "seed": seed, "num_threads": 1, "deterministic": True, "learning_rate": 0.2}
    grouped = {"min_data_per_group": 5, "cat_smooth": 1.0, "max_cat_to_onehot": 2} if categorical else {}
    data = lgb.Dataset(values, labels, categorical_feature=[0, 1] if categorical else "auto")
    return lgb.train({**fixed, **grouped, **parameters}, data, num_boost_round=rounds)


def chain(length: int) -> tuple[lgb.Booster, NDArray[np.float64]]:
    """Fit one tree whose longest path splits on `length` columns, one after the other; gives one row of each of its leaves."""
    group = np.repeat(np.arange(length + 1), 20)
    values = np.eye(length + 1, length)[group]
    parameters = {"objective": "regression", "verbosity": -1, "num_leaves": length + 1, "min_data_in_leaf": 1, "num_threads": 1}
    data = lgb.Dataset(values, 2.0 ** -group.astype(float), params={"enable_bundle": False, "min_data_in_bin": 1})
    booster = lgb.train({**parameters, "min_sum_hessian_in_leaf": 0.0, "learning_rate": 1.0}, data, num_boost_round=1)
    return booster, values[::20]
