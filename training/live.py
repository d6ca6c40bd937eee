"""Owns the check of a model in service against outcomes that came after its training: observed over expected, and log-loss."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from models.bundle import Json
from training.metrics import log_loss, mean_draws, row_losses

RESAMPLES, SEED = 500, 41
SMALLEST_GROUP = 50  # rows
SHIFT_STEPS = 25


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Outcomes observed over outcomes expected in one group of rows, with an interval of the ratio."""

    name: str
    row_count: int
    observed: int
    expected: float
    ratio: float
    low: float
    high: float

    @property
    def is_off(self) -> bool:
        """Tell whether 1 lies outside the interval."""
        return not self.low <= 1 <= self.high

    def to_json(self) -> dict[str, Json]:
        """Give the figures."""
        return {**asdict(self), "is_off": self.is_off}


@dataclass(frozen=True, kw_only=True)
class LiveLoss:
    """Log-loss on live outcomes with its 95 % interval, and what knowing the live level of each payer would have saved of it."""

    log_loss: float
    low: float
    high: float
    recalibration_gain: float

    def to_json(self) -> dict[str, Json]:
        """Give the figures."""
        return asdict(self)


def calibrate_groups(
    label: NDArray[np.bool_], probability: NDArray[np.float64], groups: NDArray[np.object_]
) -> tuple[Calibration, ...]:
    """Check every group of 50 rows or more; intervals are widened for their number, so that few are off by chance."""
    named = [(str(name), groups == name) for name in np.unique(groups.astype(str))]
    large = [(name, own) for name, own in named if own.sum() >= SMALLEST_GROUP]
    return tuple(calibration_of(name, label[own], probability[own], tests=len(large)) for name, own in large)


def calibration_of(name: str, label: NDArray[np.bool_], probability: NDArray[np.float64], *, tests: int = 1) -> Calibration:
    """Compare outcomes with probabilities; the interval holds 95 % over `tests` such comparisons.

    Byar's approximation to the exact Poisson interval: holds from 0 observed on, a little wide where outcomes are frequent.
    Source: Breslow, Day, "Statistical Methods in Cancer Research II", 1987, section 2.3.
    """
    observed, expected = int(label.sum()), max(float(probability.sum()), 1e-9)
    reach = NormalDist().inv_cdf(1 - 0.05 / (2 * tests))
    above = observed + 1
    low = observed * (1 - 1 / (9 * observed) - reach / (3 * observed**0.5)) ** 3 if observed else 0.0
    high = above * (1 - 1 / (9 * above) + reach / (3 * above**0.5)) ** 3
    return Calibration(
        name=name,
        row_count=len(label),
        observed=observed,
        expected=expected,
        ratio=observed / expected,
        low=max(low, 0.0) / expected,
        high=high / expected,
    )


def live_loss(label: NDArray[np.bool_], probability: NDArray[np.float64], payer_id: NDArray[np.object_]) -> LiveLoss:
    """Measure the loss on live rows, and the part of it that a new level for each payer would have saved."""
    losses = row_losses(label, probability)
    low, high = np.quantile(mean_draws(losses, resamples=RESAMPLES, seed=SEED), [0.025, 0.975])
    saved = 0.0
    for payer in np.unique(payer_id.astype(str)):
        own = payer_id == payer
        # One fitted number gains half a nat in sample and loses half out of it, over all rows of the payer.
        saved += max(0.0, losses[own].sum() - own.sum() * _loss_after_shift(label[own], probability[own]) - 1.0)
    return LiveLoss(log_loss=float(losses.mean()), low=float(low), high=float(high), recalibration_gain=saved / len(label))


def learning_gain(curve: Sequence[tuple[int, float]], *, trained: int, more: int) -> float | None:
    """Expect of `more` rows what the last doubling brought, by doublings; `None` without a curve of two points."""
    points = sorted(curve)
    if len(points) < 2 or not trained:
        return None
    (fewer, before), (most, after) = points[-2:]
    per_doubling = (before - after) / np.log2(most / fewer)
    return max(0.0, float(per_doubling * np.log2((trained + more) / trained)))


def _loss_after_shift(label: NDArray[np.bool_], probability: NDArray[np.float64]) -> float:
    """Give the log-loss after the one shift of the log-odds that suits these outcomes best."""
    if not 0 < label.sum() < len(label):
        return log_loss(label, probability)
    clipped = np.clip(probability, 1e-9, 1 - 1e-9)
    margin = np.log(clipped) - np.log1p(-clipped)
    shift = 0.0
    for _ in range(SHIFT_STEPS):
        shown = 1 / (1 + np.exp(-(margin + shift)))
        step = (label - shown).sum() / max((shown * (1 - shown)).sum(), 1e-9)
        shift += float(np.clip(step, -2, 2))
    return log_loss(label, 1 / (1 + np.exp(-(margin + shift))))
