"""Owns the dollars of a model: what it expects of each row, and how that compares with what happened."""

import numpy as np
from numpy.typing import NDArray

from models.appeal_tables import RecoveredShares
from models.bundle import Json, ModelBundle
from models.denied_share import ANY, learn_denied_shares
from training.appeal_tables import learn_recovered_shares
from training.dataset import Dataset

RESAMPLES, SEED = 200, 21
TOP_SHARES = {"found_at_5_percent": 0.05, "found_at_20_percent": 0.2}

Rows = NDArray[np.int64]
Amounts = NDArray[np.float64]


def expected_amounts(bundle: ModelBundle, dataset: Dataset, *, causes: Amounts, fitted: Rows, tested: Rows) -> Amounts:
    """Expect dollars of the tested rows: denied ones of a claim, recovered ones of an appeal. Shares come of the fitted
    rows, or of the appeals decided before the first tested row.

    `causes` are the bundle's shares of each tested row's probability, shape (n, n_causes).
    """
    amount = np.nan_to_num(dataset.amount[tested])
    if bundle.subject == "claim":
        denied = fitted[dataset.label[fitted]]
        denied_shares = learn_denied_shares(
            category=dataset.cause[denied], charge=dataset.amount[denied], denied_amount=dataset.outcome_amount[denied]
        )
        found: Amounts = causes @ np.array([denied_shares.get(cause, denied_shares[ANY]) for cause in bundle.causes]) * amount
        return found
    shares = RecoveredShares()
    if dataset.appeal_facts is not None and len(tested):
        shares = learn_recovered_shares(dataset.appeal_facts.decided_before(int(dataset.sent[tested].min())))
    pairs = zip(dataset.payer_id[tested].tolist(), dataset.group[tested].tolist(), strict=True)
    share = np.array([shares.of(payer_id=payer, category=category) for payer, category in pairs], dtype=np.float64)
    return np.asarray(causes.sum(axis=1) * share * amount)


def measure_dollars(*, expected: Amounts, observed: Amounts, amount: Amounts) -> dict[str, Json]:
    """Measure expected against observed dollars; nothing where none were observed. `interval` holds 95 % bootstrap ends.

    `mae_flat_rate` is that of expecting the same share of every amount. `found_at_...` is the share of the observed dollars in
    the rows expected to cost most.
    """
    if observed.sum() <= 0 or expected.sum() <= 0:
        return {}
    amount = np.nan_to_num(amount)
    flat = amount * (observed.sum() / amount.sum())
    random = np.random.default_rng(SEED)
    draws = [
        _figures(expected[rows], observed[rows])
        for rows in (random.integers(0, len(expected), len(expected)) for _ in range(RESAMPLES))
        if observed[rows].sum() > 0
    ]
    ends = {name: np.quantile([draw[name] for draw in draws], [0.025, 0.975]) for name in draws[0]}
    return {
        "row_count": len(expected),
        "expected": float(expected.sum()),
        "observed": float(observed.sum()),
        **_figures(expected, observed),
        "mae_flat_rate": float(np.abs(flat - observed).mean()),
        "interval": {name: [float(low), float(high)] for name, (low, high) in ends.items()},
    }


def _figures(expected: Amounts, observed: Amounts) -> dict[str, float]:
    order = np.argsort(-expected, kind="stable")
    found = np.cumsum(observed[order]) / observed.sum()
    return {
        "observed_over_expected": float(observed.sum() / expected.sum()),
        "mae": float(np.abs(expected - observed).mean()),
        **{name: float(found[max(0, round(share * len(found)) - 1)]) for name, share in TOP_SHARES.items()},
    }
