"""Owns where the distance to the best possible model comes from: by cause, with intervals, and against the floor of chance.

All of it needs the answer key of a simulated world (`training.truth`); nothing of it reaches a model.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claims.root_cause import root_causes
from models.bundle import Json
from training.holdout import cause_column
from training.metrics import calibration_error, log_loss, measure

Numbers = NDArray[np.float64]

RESAMPLES, SEED = 200, 20
SMALLEST_HAZARD = 1e-12


def gap_closed(label: NDArray[np.bool_], model: Numbers, oracle: Numbers) -> dict[str, Json]:
    """Give the share of the way from the rows' own base rate to the oracle, by log-loss and by AUC, with 95 % intervals.

    Base rate, model and oracle are measured on the same bootstrap resamples.
    """
    random = np.random.default_rng(SEED)
    even = np.ones(len(label))
    draws = [random.multinomial(len(label), even / len(label)).astype(np.float64) for _ in range(RESAMPLES)]
    shares = np.array([_shares(label, model, oracle, weight) for weight in [even, *draws]])
    low, high = np.quantile(shares[1:], [0.025, 0.975], axis=0)
    return {
        name: {"share": float(shares[0, at]), "interval": [float(low[at]), float(high[at])]}
        for at, name in enumerate(("log_loss", "auc"))
    }


def calibration_floor(probability: Numbers) -> float:
    """Give the mean ECE that these very probabilities would show if they were exactly right: what chance alone leaves."""
    random = np.random.default_rng(SEED)
    draws = [calibration_error(random.random(len(probability)) < probability, probability) for _ in range(RESAMPLES)]
    return float(np.mean(draws))


def by_cause(
    holdout: pa.Table, rows: NDArray[np.int64], *, label: NDArray[np.bool_], cause: NDArray[np.object_], truth: Numbers
) -> dict[str, Json]:
    """Measure each cause: is the row denied for it? `truth` (n, 17) are true posteriors, `cause` the planted one.

    `loss_if_known` is the log-loss of the whole model, were this cause's hazard the true one: what that cause costs.
    """
    ours = _ours(holdout, rows)
    total = _hazard(ours.sum(axis=1))
    hazards, best = _split(ours), _split(truth)
    standing = log_loss(label, -np.expm1(-total))
    found: dict[str, Json] = {}
    for at, name in enumerate(root_causes()):
        own = label & (cause == name)
        if not own.any():
            continue
        mended = np.maximum(total - hazards[:, at] + best[:, at], SMALLEST_HAZARD)
        model, oracle = measure(own, ours[:, at]), measure(own, truth[:, at])
        found[name] = {
            "denied_count": int(own.sum()),
            "expected_count": float(ours[:, at].sum()),
            "auc": model.get("auc"),
            "oracle_auc": oracle.get("auc"),
            "log_loss": model["log_loss"],
            "oracle_log_loss": oracle["log_loss"],
            "gain_if_known": standing - log_loss(label, -np.expm1(-mended)),
        }
    return found


def _shares(label: NDArray[np.bool_], model: Numbers, oracle: Numbers, weight: Numbers) -> tuple[float, float]:
    base = np.full(len(label), float(np.average(label, weights=weight)))
    constant, reached, best = (log_loss(label, each, weight) for each in (base, model, oracle))
    area, best_area = (measure(label, each, weight).get("auc", 0.5) for each in (model, oracle))
    return (constant - reached) / (constant - best), (area - 0.5) / (best_area - 0.5)


def _ours(holdout: pa.Table, rows: NDArray[np.int64]) -> Numbers:
    found = np.zeros((len(rows), len(root_causes())))
    for at, name in enumerate(root_causes()):
        if cause_column(name) in holdout.column_names:
            found[:, at] = np.asarray(holdout[cause_column(name)])[rows]
    return found


def _hazard(probability: Numbers) -> Numbers:
    hazard: Numbers = -np.log1p(-np.clip(probability, SMALLEST_HAZARD, 1 - 1e-9))
    return hazard


def _split(probabilities: Numbers) -> Numbers:
    """Split each row's hazard over the causes as its probability is split."""
    total = probabilities.sum(axis=1)
    share: Numbers = probabilities / np.maximum(total, SMALLEST_HAZARD)[:, None]
    return share * _hazard(total)[:, None]
