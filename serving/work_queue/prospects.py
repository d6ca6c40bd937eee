"""Owns what the appeal model says of denials: chance and interval, share that comes back, minutes, days to a decision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.denial_batch import DenialBatch, build_denial_matrix
from features.history import History
from models.appeal_choice import AppealChoice, widen
from models.appeal_tables import AppealMinutes, DecisionDays, RecoveredShares, Wait
from models.bundle import ModelBundle

UNTRAINED = "category_payer_overturn_rate"

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """Of one denial: P(overturn), its interval where the model gives one, the share of the dollars that a won appeal brings
    back, and how long the payer takes to decide, where that is known."""

    chance: float
    low: float | None
    high: float | None
    recovered_share: float
    wait: Wait | None


@dataclass(frozen=True, kw_only=True)
class Prospects:
    """Of a batch of denials, in its order. Without a trained model the chance is the smoothed rate of category and payer."""

    batch: DenialBatch
    chance: Numbers
    interval: tuple[Numbers, Numbers] | None
    shares: RecoveredShares
    days: DecisionDays
    minutes: AppealMinutes  # what the practice wrote down, for `effort`

    @classmethod
    def of(cls, batch: DenialBatch, history: History, bundle: ModelBundle | None) -> "Prospects":
        """Ask the model once for all rows."""
        tables = bundle.tables if bundle else {}
        names = bundle.feature_names if bundle else (UNTRAINED,)
        matrix = build_denial_matrix(batch, history, names)
        interval, choice = bundle.interval(matrix) if bundle else None, AppealChoice.from_tables(tables)
        if interval is not None and choice is not None:
            interval = widen(*interval, chance=choice.chance(matrix), gamma=choice.gamma)
        return cls(
            batch=batch,
            chance=bundle.predict_probability(matrix) if bundle else matrix.values[:, 0],
            interval=interval,
            shares=RecoveredShares.from_tables(tables),
            days=DecisionDays.from_tables(tables),
            minutes=AppealMinutes.from_tables(tables),
        )

    def at(self, row: int, *, payer_id: str, category: str) -> Prospect:
        """Give one row's prospect, for a payer and category as the work queue sees them."""
        low, high = self.interval if self.interval is not None else (None, None)
        return Prospect(
            chance=float(self.chance[row]),
            low=None if low is None else float(low[row]),
            high=None if high is None else float(high[row]),
            recovered_share=self.shares.of(payer_id=payer_id, category=category),
            wait=self.days.of(level=int(self.batch.level[row]), payer_id=payer_id),
        )
