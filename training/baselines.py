"""Owns what a model must beat: the base rate, a smoothed rate by payer and group, and a logistic regression on all columns."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.dataset import Dataset

PRIOR_ROWS = 20.0  # a rate weighs its own rows against this many at its parent's rate
RIDGE = 0.01  # inverse strength of the penalty: many columns, few positives

Rows = NDArray[np.int64]


def baseline_probabilities(dataset: Dataset, *, fitted: Rows, tested: Rows) -> dict[str, NDArray[np.float64]]:
    """Predict the tested rows by every baseline, each learned on the fitted rows."""
    return {
        "base_rate": np.full(len(tested), float(dataset.label[fitted].mean())),
        "payer_group_rate": _payer_group_rate(dataset, fitted=fitted, tested=tested),
        "logistic_regression": _logistic(dataset, fitted=fitted, tested=tested),
    }


def _payer_group_rate(dataset: Dataset, *, fitted: Rows, tested: Rows) -> NDArray[np.float64]:
    """Give the rate of the row's payer and group, pulled towards the payer's, and that towards the overall rate."""
    base = float(dataset.label[fitted].mean())
    count: dict[tuple[str, ...], float] = defaultdict(float)
    positive: dict[tuple[str, ...], float] = defaultdict(float)
    for payer, group, label in zip(dataset.payer_id[fitted], dataset.group[fitted], dataset.label[fitted], strict=True):
        for key in ((payer,), (payer, group)):
            count[key] += 1
            positive[key] += float(label)

    def rate(key: tuple[str, ...], parent: float) -> float:
        return (positive[key] + PRIOR_ROWS * parent) / (count[key] + PRIOR_ROWS)

    pairs = zip(dataset.payer_id[tested], dataset.group[tested], strict=True)
    return np.array([rate((payer, group), rate((payer,), base)) for payer, group in pairs])


def _logistic(dataset: Dataset, *, fitted: Rows, tested: Rows) -> NDArray[np.float64]:
    model = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(C=RIDGE, max_iter=1000, tol=1e-3),
    )
    model.fit(dataset.matrix.values[fitted], dataset.label[fitted])
    return np.asarray(model.predict_proba(dataset.matrix.values[tested])[:, 1], dtype=np.float64)
