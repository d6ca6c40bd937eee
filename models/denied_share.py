"""Owns how much of the charge a denial takes: a mean by category, pulled towards the overall one, and that towards a prior."""

import numpy as np
from numpy.typing import NDArray

ANY = "any"
# A denied claim loses this share of its charge before the history has any of its own to say otherwise, worth so many claims.
PRIOR_DENIED_SHARE, PRIOR_CLAIMS = 0.8, 20.0


def learn_denied_shares(
    *, category: NDArray[np.object_], charge: NDArray[np.float64], denied_amount: NDArray[np.float64]
) -> dict[str, float]:
    """Average denied over charged dollars of denied claims, by category and under "any". Rows without a charge do not count."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(denied_amount / charge, 0.0, 1.0)
    counted = np.isfinite(share)

    def pulled(rows: NDArray[np.bool_], prior: float) -> float:
        return float((share[rows].sum() + PRIOR_CLAIMS * prior) / (rows.sum() + PRIOR_CLAIMS))

    overall = pulled(counted, PRIOR_DENIED_SHARE)
    names = np.unique(category[counted].astype(str)).tolist()
    return {ANY: overall} | {name: pulled(counted & (category == name), overall) for name in names}
