"""Made-up datasets with known structure, so that a test can say what a fit must find."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from features.catalog import CLAIM_FEATURES
from features.matrix import FeatureMatrix
from features.registry import FEATURES
from models.maturity import UNKNOWN
from models.spec import ModelSpec, RoundRule
from training.appeal_facts import AppealFacts
from training.dataset import Dataset


def _first(cause: str | None) -> str:
    return next(name for name in CLAIM_FEATURES if FEATURES[name].root_cause == cause and FEATURES[name].monotone != -1)


# A column that speaks for each of two causes, and one that speaks for none.
ELIGIBILITY, AUTHORIZATION, NEUTRAL = _first("eligibility"), _first("authorization"), _first(None)
COLUMNS = tuple(sorted((ELIGIBILITY, AUTHORIZATION, NEUTRAL), key=CLAIM_FEATURES.index))
PAYERS = ("QUICK", "SLOW")


def dataset(row_count: int = 3000, *, seed: int = 1, days: int = 400, **changes: Any) -> Dataset:
    """Denials for eligibility follow one column, for authorization another; SLOW answers after 40 to 60 days, QUICK 10 to 20."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(row_count, len(COLUMNS)))
    sent = np.sort(random.integers(19_000, 19_000 + days, row_count))
    payer = np.array(PAYERS, dtype=object)[random.integers(0, 2, row_count)]
    lag = np.where(payer == "SLOW", random.integers(40, 61, row_count), random.integers(10, 21, row_count))
    end = 19_000 + days
    known = np.where(sent + lag < end, sent + lag, UNKNOWN)
    eligibility = random.random(row_count) < _sigmoid(1.5 * values[:, COLUMNS.index(ELIGIBILITY)] - 3)
    authorization = random.random(row_count) < _sigmoid(1.5 * values[:, COLUMNS.index(AUTHORIZATION)] - 3)
    cause = np.where(eligibility, "eligibility", np.where(authorization, "authorization", "")).astype(object)
    ids = np.array([f"s-{row}" for row in range(row_count)], dtype=object)
    made = Dataset(
        matrix=FeatureMatrix(values=values, names=COLUMNS, ids=ids),
        claim_ids=np.array([f"c-{row}" for row in range(row_count)], dtype=object),
        payer_id=payer,
        group=np.array(["99213", "70553"], dtype=object)[random.integers(0, 2, row_count)],
        sent=sent.astype(np.int64),
        known=known.astype(np.int64),
        label=(eligibility | authorization) & (known != UNKNOWN),
        cause=cause,
        amount=np.full(row_count, 100.0),
        outcome_amount=np.where(cause != "", 80.0, 0.0),
        end=end,
        data_version="1-test",
        left_out={},
    )
    return replace(made, **changes)


def appeal_facts(*, won: Sequence[tuple[str, float]] = (), **changes: Any) -> AppealFacts:
    """Won first-level appeals for coding, by payer and recovered share; each took 40 minutes and 30 days."""
    count = len(won)
    made = AppealFacts(
        payer_id=np.array([payer for payer, _ in won], dtype=object),
        category=np.full(count, "coding", dtype=object),
        level=np.ones(count, dtype=np.int64),
        share=np.array([share for _, share in won], dtype=np.float64),
        minutes=np.full(count, 40.0),
        filed_day=np.full(count, 19_070, dtype=np.int64),
        waited=np.full(count, 30, dtype=np.int64),
        known=np.full(count, 19_100, dtype=np.int64),
        is_decided=np.ones(count, dtype=np.bool_),
        allowed={},
        charged={},
        paid_count={},
    )
    return replace(made, **changes)


def spec(**changes: Any) -> ModelSpec:
    shipped = ModelSpec.load("denial_risk")
    return replace(shipped, rounds=RoundRule(most=60, patience=15, smallest_count=15), **changes)


def _sigmoid(margin: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(1 / (1 + np.exp(-margin)))
