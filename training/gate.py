"""Owns the gate: a new model becomes champion only if it beats the standing one by log-loss on the same recent rows.

Recent rows that the champion never learned from are scored by its bundle. Where there are too few (a retrain on the same
history), both models' held-out predictions are compared on the rows that both held out.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.batch import day_number
from models.bundle import ModelBundle
from models.errors import BundleError
from training.dataset import Dataset
from training.holdout import Holdout, loss_on
from training.metrics import log_loss
from training.registry import CHAMPION, ModelRegistry

SMALLEST_WINDOW = 100


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate decided, in words for the registry; losses are `None` where there was nothing to compare."""

    promotes: bool
    reason: str
    row_count: int = 0
    champion_log_loss: float | None = None
    challenger_log_loss: float | None = None


def judge(registry: ModelRegistry, name: str, *, holdout: Holdout, dataset: Dataset, tested: NDArray[np.int64]) -> Verdict:
    """Judge the model whose held-out predictions these are against the champion in the registry."""
    if registry.find(name) is None:
        return Verdict(promotes=True, reason="first version")
    try:
        champion = ModelBundle.load(registry.bundle_dir(name))
    except BundleError as error:
        return Verdict(promotes=True, reason=f"the champion cannot run here: {error}")
    learned_until = day_number(date.fromisoformat(str(champion.training["as_of"])))
    fresh = np.flatnonzero(dataset.sent[tested] >= learned_until)
    if _is_enough(holdout, fresh):
        rows = dataset.matrix.take(tested[fresh])
        return _compare(log_loss(holdout.label[fresh], champion.predict_probability(rows)), holdout, fresh)
    stored = registry.holdout(name, CHAMPION)
    common = np.flatnonzero(np.isin(holdout.ids.astype(str), np.array(stored["id"].to_pylist(), dtype=str)))
    if _is_enough(holdout, common):
        return _compare(loss_on(stored, holdout.ids[common]), holdout, common)
    return Verdict(promotes=False, reason=f"fewer than {SMALLEST_WINDOW} rows to compare on", row_count=len(common))


def _is_enough(holdout: Holdout, rows: NDArray[np.int64]) -> bool:
    return len(rows) >= SMALLEST_WINDOW and 0 < holdout.label[rows].sum() < len(rows)


def _compare(champion_loss: float, holdout: Holdout, rows: NDArray[np.int64]) -> Verdict:
    loss = log_loss(holdout.label[rows], holdout.probability[rows])
    promotes = loss < champion_loss
    word = "below" if promotes else "not below"
    return Verdict(
        promotes=promotes,
        reason=f"log-loss {loss:.4f} {word} the champion's {champion_loss:.4f} on {len(rows)} rows",
        row_count=len(rows),
        champion_log_loss=champion_loss,
        challenger_log_loss=loss,
    )
