"""Owns what a model must beat: the base rate, a smoothed rate by payer and group, logistic regression, and rules alone.

The rules are those of a claim scrubber: facts that a biller would stop a claim for, without any statistics.
"""

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

# A claim is flagged where the column is at least the bound; a missing value flags nothing.
RULES: dict[str, float] = {
    "member_id_missing": 1,
    "birth_date_missing": 1,
    "sex_missing": 1,
    "address_missing": 1,
    "accident_date_missing": 1,
    "procedure_missing": 1,
    "pointers_missing": 1,
    "replacement_without_reference": 1,
    "modifier_repeated": 1,
    "eligibility_inactive": 1,
    "eligibility_not_found": 1,
    "provider_not_enrolled": 1,
    "authorization_not_on_file": 1,
    "authorization_expired": 1,
    "authorization_units_over": 1,
    "authorization_of_another": 1,
    "authorization_for_other_service": 1,
    "service_authorization_habit_unmet": 0.9,
    "service_referral_habit_unmet": 0.9,
    "same_service_accepted": 1,
    "same_service_paid": 1,
}
PAST_LIMIT = "days_left_to_file"  # negative once past


def baseline_probabilities(dataset: Dataset, *, fitted: Rows, tested: Rows) -> dict[str, NDArray[np.float64]]:
    """Predict the tested rows by every baseline, each learned on the fitted rows."""
    found = {
        "base_rate": np.full(len(tested), float(dataset.label[fitted].mean())),
        "payer_group_rate": _payer_group_rate(dataset, fitted=fitted, tested=tested),
        "logistic_regression": _logistic(dataset, fitted=fitted, tested=tested),
    }
    if set(RULES) <= set(dataset.matrix.names):
        found["rules_only"] = _rules(dataset, fitted=fitted, tested=tested)
    return found


def _rules(dataset: Dataset, *, fitted: Rows, tested: Rows) -> NDArray[np.float64]:
    """Give the learned rate of claims that break no rule, one, or several."""
    names, values = list(dataset.matrix.names), dataset.matrix.values
    broken = sum((values[:, names.index(name)] >= bound).astype(np.int64) for name, bound in RULES.items())
    if PAST_LIMIT in names:
        broken = broken + (values[:, names.index(PAST_LIMIT)] < 0)
    count = np.minimum(broken, 2)
    base = float(dataset.label[fitted].mean())
    rows = np.bincount(count[fitted], minlength=3)
    positives = np.bincount(count[fitted], dataset.label[fitted], 3)
    rate: NDArray[np.float64] = (positives + PRIOR_ROWS * base) / (rows + PRIOR_ROWS)
    return rate[count[tested]]


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
