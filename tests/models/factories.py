"""Small bundles over real feature names and made-up numbers; a test names only what it is about."""

from dataclasses import replace
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.catalog import CLAIM_FEATURES
from features.matrix import FeatureMatrix
from models.bundle import ModelBundle
from models.calibration import Calibration
from models.feature_set import FeatureSet
from models.member import Member

NAMES = CLAIM_FEATURES[:12]
CAUSES = ("eligibility", "authorization", "payer_processing")
PLATT = Calibration(method="platt", log_slope=0.8, hazard_slope=0.8, intercept=-0.2)


def matrix(row_count: int = 300, *, seed: int = 3, names: tuple[str, ...] = NAMES) -> FeatureMatrix:
    random = np.random.default_rng(seed)
    values = random.normal(size=(row_count, len(names)))
    values[random.random(values.shape) < 0.1] = np.nan
    return FeatureMatrix(values=values, names=names, ids=np.array([f"s-{row}" for row in range(row_count)], dtype=object))


def member(cause: str, *, column: int, seed: int = 5, rounds: int = 20) -> Member:
    rows = matrix(1500, seed=seed)
    random = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(2.5 - 1.5 * np.nan_to_num(rows.values[:, column])))
    return fit_member(cause, rows.values, random.random(len(chance)) < chance, rounds=rounds)


def fit_member(cause: str, values: NDArray[np.float64], labels: NDArray[np.bool_], *, rounds: int) -> Member:
    parameters = {"objective": "binary", "num_leaves": 7, "verbosity": -1, "seed": 1, "num_threads": 1, "deterministic": True}
    booster = lgb.train(parameters, lgb.Dataset(values, labels.astype(float)), num_boost_round=rounds)
    text = booster.model_to_string()
    return Member(cause=cause, text=text, round_count=rounds, positive_count=int(labels.sum()))


def bundle(**changes: Any) -> ModelBundle:
    made = ModelBundle(
        name="denial_risk",
        title="Denial risk",
        subject="claim",
        features=FeatureSet.installed(NAMES),
        members=tuple(member(cause, column=at, seed=at) for at, cause in enumerate(CAUSES)),
        calibration=PLATT,
        data_version="7-abc",
        thresholds={"high_risk": 0.4},
    )
    return replace(made, **changes)
