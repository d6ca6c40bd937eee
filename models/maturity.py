"""Owns the censoring rule: how long a payer takes to answer, and so how old a submission must be before it may count.

Whoever counts answered claims only sees the fast answers of recent weeks. So a part of the history that ends on a day takes
only submissions that were old enough on that day, and those of them without an answer are counted, never called paid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.spec import MaturityRule

Days = NDArray[np.int64]  # days since 1970-01-01
UNKNOWN = np.iinfo(np.int64).max  # day of an outcome that has not come


@dataclass(frozen=True, kw_only=True)
class Maturity:
    """Days from submission within which the rule's share of answers comes, by payer, and over all for payers with few."""

    days_by_payer: dict[str, int]
    overall_days: int

    def of(self, payer_id: NDArray[np.object_]) -> Days:
        """Give the days of each row, shape (n,)."""
        return np.array([self.days_by_payer.get(payer, self.overall_days) for payer in payer_id], dtype=np.int64)


def learn_maturity(*, payer_id: NDArray[np.object_], sent: Days, known: Days, end: int, rule: MaturityRule) -> Maturity:
    """Learn each payer's answer lag from what was known before the day `end`.

    Two passes: recent submissions show only their fast answers, so the second pass leaves out those younger than twice the
    first estimate, where a payer has enough older ones.
    """
    is_answered = known < end
    lag = known[is_answered] - sent[is_answered]
    payers, age = payer_id[is_answered], end - sent[is_answered]
    overall = _quantile(lag, rule.quantile)
    overall = _settled(lag, age, first=overall, rule=rule)
    days = {}
    for payer in np.unique(payers.astype(str)):
        own = payers == payer
        if own.sum() >= rule.smallest_count:
            days[str(payer)] = _settled(lag[own], age[own], first=_quantile(lag[own], rule.quantile), rule=rule)
    return Maturity(days_by_payer=days, overall_days=overall)


def _settled(lag: Days, age: Days, *, first: int, rule: MaturityRule) -> int:
    older = age > 2 * first
    return _quantile(lag[older], rule.quantile) if older.sum() >= rule.smallest_count else first


def _quantile(lag: Days, quantile: float) -> int:
    return int(np.quantile(lag, quantile, method="higher")) if len(lag) else 0
