"""Owns the measures of a probability: each takes weights, so that a bootstrap resample is a vector of counts, not a copy.

All are figures of one model on one set of rows with a known outcome; nothing here knows what the rows are.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

LARGEST_PROBABILITY = 1 - 1e-9
ECE_BINS = 10
PRECISION_FLOOR = 0.95
TOP_SHARE = 0.05


def measure(label: Flags, probability: Numbers, weight: Numbers | None = None) -> dict[str, float]:
    """Measure a probability. A figure that these rows cannot give (one class only) is left out."""
    weights = np.ones(len(label)) if weight is None else weight
    found = {
        "log_loss": log_loss(label, probability, weights),
        "brier": float(np.average((probability - label) ** 2, weights=weights)),
        "ece": calibration_error(label, probability, weights),
        "base_rate": float(np.average(label, weights=weights)),
        "mean_probability": float(np.average(probability, weights=weights)),
    }
    if 0 < weights[label].sum() < weights.sum():
        found.update(_ranking(label, probability, weights))
    return found


def log_loss(label: Flags, probability: Numbers, weight: Numbers | None = None) -> float:
    """Mean negative log-likelihood in nats; probabilities of exactly 0 or 1 are moved by 1e-9."""
    return float(np.average(row_losses(label, probability), weights=weight))


def row_losses(label: Flags, probability: Numbers) -> Numbers:
    """Give each row's part in the log-loss, shape (n,)."""
    clipped = np.clip(probability, 1 - LARGEST_PROBABILITY, LARGEST_PROBABILITY)
    losses: Numbers = -np.where(label, np.log(clipped), np.log1p(-clipped))
    return losses


def mean_draws(values: Numbers, *, resamples: int, seed: int) -> Numbers:
    """Give the mean of every bootstrap resample of the rows, shape (resamples,)."""
    random = np.random.default_rng(seed)
    return np.array([values[random.integers(0, len(values), len(values))].mean() for _ in range(resamples)])


def calibration_error(label: Flags, probability: Numbers, weight: Numbers | None = None) -> float:
    """Expected calibration error over ten bins of equal weight: mean |observed rate - mean probability|."""
    weights = np.ones(len(label)) if weight is None else weight
    return float(sum(share * abs(rate - mean) for share, rate, mean in calibration_bins(label, probability, weights)))


def calibration_bins(label: Flags, probability: Numbers, weight: Numbers | None = None) -> list[tuple[float, float, float]]:
    """Give (share of weight, observed rate, mean probability) of ten bins of equal weight, by rising probability."""
    weights = np.ones(len(label)) if weight is None else weight
    order = np.argsort(probability, kind="stable")
    ordered = weights[order]
    upto = np.cumsum(ordered)
    position = np.minimum(((upto - ordered / 2) / upto[-1] * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    total = np.bincount(position, ordered, ECE_BINS)
    positives = np.bincount(position, ordered * label[order], ECE_BINS)
    expected = np.bincount(position, ordered * probability[order], ECE_BINS)
    return [
        (float(mass / upto[-1]), float(good / mass), float(mean / mass))
        for mass, good, mean in zip(total, positives, expected, strict=True)
        if mass > 0
    ]


def confusion_curve(label: Flags, probability: Numbers, weight: Numbers | None = None) -> tuple[Numbers, Numbers, Numbers]:
    """Give cut-offs, falling, with the weight of positives and of negatives at or above each; ties share one cut-off."""
    weights = np.ones(len(label)) if weight is None else weight
    order = np.argsort(-probability, kind="stable")
    ordered = probability[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    hits = np.cumsum(weights[order] * label[order])[last]
    return ordered[last], hits, np.cumsum(weights[order])[last] - hits


def _ranking(label: Flags, probability: Numbers, weight: Numbers) -> dict[str, float]:
    _, hits, misses = confusion_curve(label, probability, weight)
    recall, fallout = hits / hits[-1], misses / misses[-1]
    flagged = hits + misses
    share = np.concatenate([[0.0], flagged / flagged[-1]])
    precision = hits / np.where(flagged > 0, flagged, 1.0)
    width = np.diff(fallout, prepend=0.0)
    auc = float((width * (recall + np.concatenate([[0.0], recall[:-1]])) / 2).sum())
    enough = precision >= PRECISION_FLOOR
    return {
        "auc": auc,
        "average_precision": float((np.diff(recall, prepend=0.0) * precision).sum()),
        "recall_at_95_precision": float(recall[enough].max()) if enough.any() else 0.0,
        "lift_at_5_percent": float(np.interp(TOP_SHARE, share, np.concatenate([[0.0], recall])) / TOP_SHARE),
    }


def bootstrap(
    label: Flags, probabilities: Mapping[str, Numbers], *, resamples: int, seed: int
) -> dict[str, dict[str, tuple[float, float]]]:
    """Give 95 % intervals of every measure but ECE for every model, from the same resamples of the rows.

    A resample adds its own noise to every bin, so the resampled ECE lies above the true one: no interval can be had this way.
    """
    random = np.random.default_rng(seed)
    draws: dict[str, list[dict[str, float]]] = {name: [] for name in probabilities}
    for _ in range(resamples):
        weight = random.multinomial(len(label), np.full(len(label), 1 / len(label))).astype(np.float64)
        for name, probability in probabilities.items():
            draws[name].append(measure(label, probability, weight))
    return {name: _intervals(found) for name, found in draws.items()}


def paired_difference(
    label: Flags,
    first: Numbers,
    second: Numbers,
    *,
    figure: Callable[[Flags, Numbers, Numbers], float],
    resamples: int,
    seed: int,
) -> tuple[float, float, float]:
    """Give figure(first) - figure(second) with its 95 % interval, both on the same resamples."""
    random = np.random.default_rng(seed)
    even = np.ones(len(label))
    draws = []
    for _ in range(resamples):
        weight = random.multinomial(len(label), np.full(len(label), 1 / len(label))).astype(np.float64)
        draws.append(figure(label, first, weight) - figure(label, second, weight))
    low, high = np.quantile(draws, [0.025, 0.975])
    return figure(label, first, even) - figure(label, second, even), float(low), float(high)


def _intervals(draws: list[dict[str, float]]) -> dict[str, tuple[float, float]]:
    names = set.intersection(*(set(draw) for draw in draws)) - {"ece"} if draws else set()
    found = {}
    for name in sorted(names):
        low, high = np.quantile([draw[name] for draw in draws], [0.025, 0.975])
        found[name] = (float(low), float(high))
    return found
