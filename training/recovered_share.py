"""Owns how much of a denied amount comes back when an appeal is won: a smoothed mean by category, stored in the bundle."""

import numpy as np
from numpy.typing import NDArray

from models.bundle import Json
from training.dataset import Dataset

PRIOR_ROWS = 10.0  # won appeals at the overall share that a category's own are weighed against


def recovered_share_table(dataset: Dataset, rows: NDArray[np.int64]) -> dict[str, Json]:
    """Average recovered over denied dollars of won appeals: overall, and by category pulled towards it."""
    won = rows[dataset.label[rows] & (dataset.amount[rows] > 0)]
    share = dataset.outcome_amount[won] / dataset.amount[won]
    overall = float(share.mean()) if len(share) else 1.0
    by_category: dict[str, Json] = {}
    for category in np.unique(dataset.group[won].astype(str)):
        own = share[dataset.group[won] == category]
        by_category[str(category)] = float((own.sum() + PRIOR_ROWS * overall) / (len(own) + PRIOR_ROWS))
    return {"recovered_share": {"overall": overall, "by_category": by_category}}
