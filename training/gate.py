"""Owns the gate: a new model becomes champion only if it beats the standing one on the same recent rows, and harms no segment.

Recent rows that the champion never learned from are scored by its bundle. Where there are too few (a retrain on the same
history), both models' held-out predictions are compared on the rows that both held out.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.registry import FeatureError
from models.bundle import ModelBundle
from models.errors import BundleError
from models.registered import CHAMPION
from training.dataset import Dataset
from training.errors import NotWorthRegistering
from training.holdout import MODEL, Holdout, cause_column, describe_answers
from training.metrics import log_loss, mean_draws, paired_difference, row_losses
from training.registry import ModelRegistry
from training.segments import Segment, SegmentFinding, compare_segments, segments_of

SMALLEST_WINDOW = 100
RESAMPLES, SEED = 1000, 31
# Better in 9 of 10 resamples: a retrain that is a little better is worth having, one that is a coin's toss is not.
SURE_ENOUGH = 0.9
# And even at the far end of the 95 % interval it loses no more than this share of the champion's log-loss.
WORST_LOSS_SHARE = 0.01
LONGEST_TAG = 4_000  # MLflow takes 5,000 letters


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two models on the same rows. Differences are challenger less champion, in nats a row; below 0 is better."""

    window: str
    row_count: int
    champion_log_loss: float
    challenger_log_loss: float
    low: float
    high: float
    better_share: float  # of the paired resamples
    segments: tuple[SegmentFinding, ...]

    @property
    def difference(self) -> float:
        """Give the difference in log-loss."""
        return self.challenger_log_loss - self.champion_log_loss

    @property
    def is_better(self) -> bool:
        """Tell whether the difference is one to act on: likely below 0, and not much above 0 at worst."""
        return self.better_share >= SURE_ENOUGH and self.high <= WORST_LOSS_SHARE * self.champion_log_loss

    @property
    def worse_segments(self) -> tuple[SegmentFinding, ...]:
        """List the segments that lose more than their tolerance, beyond their own noise."""
        return tuple(segment for segment in self.segments if segment.is_worse)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate decided, in words for people; `comparison` is `None` where there was nothing to compare."""

    promotes: bool
    reason: str
    champion_version: str = ""  # whom it was judged against
    comparison: Comparison | None = None

    def tags(self) -> dict[str, str]:
        """Write the verdict as tags of the registered version."""
        tags = {
            "gate": self.reason[:LONGEST_TAG],
            "gate.promotes": str(self.promotes).lower(),
            "gate.champion": self.champion_version,
        }
        found = self.comparison
        if found is None:
            return tags
        return tags | {
            "gate.window": found.window,
            "gate.row_count": str(found.row_count),
            "gate.champion_log_loss": f"{found.champion_log_loss:.6f}",
            "gate.challenger_log_loss": f"{found.challenger_log_loss:.6f}",
            "gate.difference": f"{found.difference:+.6f} [{found.low:+.6f}, {found.high:+.6f}]",
            "gate.better_share": f"{found.better_share:.3f}",
            "gate.segments_compared": str(len(found.segments)),
            "gate.segments_worse": "; ".join(segment.describe() for segment in found.worse_segments)[:LONGEST_TAG] or "none",
        }


def judge(registry: ModelRegistry, name: str, *, challenger: pa.Table, dataset: Dataset | None) -> Verdict:
    """Judge the model whose held-out rows these are against the champion in the registry.

    `dataset` holds the features of those rows, for the champion to score; without one only rows that both held out count.
    """
    standing = registry.find(name)
    if standing is None:
        return Verdict(promotes=True, reason="first version")
    try:
        found = _compare_recent(registry, name, challenger, dataset) or _compare_held_out(registry, name, challenger)
    except BundleError as error:
        return Verdict(promotes=True, reason=f"the champion cannot run here: {error}", champion_version=standing.version)
    if found is None:
        reason = f"fewer than {SMALLEST_WINDOW} rows of both outcomes to compare on"
        return Verdict(promotes=False, reason=reason, champion_version=standing.version)
    return decide(found, champion_version=standing.version)


def refuse_no_better_than_base_rate(holdout: Holdout, *, run_id: str) -> None:
    """Raise NotWorthRegistering, unless the log-loss lies below the base rate's beyond chance (paired bootstrap, 95 %)."""
    gain, low, high = paired_difference(
        holdout.label, holdout.baselines["base_rate"], holdout.probability, figure=log_loss, resamples=RESAMPLES, seed=SEED
    )
    if low <= 0:
        raise NotWorthRegistering(
            f"gate: expected a log-loss below the base rate's beyond chance, got a gain of {gain:.4f} [{low:.4f}, {high:.4f}] on "
            f"{len(holdout.label)} held-out rows; run {run_id} is recorded, nothing is registered"
        )


def decide(found: Comparison, *, champion_version: str) -> Verdict:
    """Apply the rule to a comparison."""
    figures = (
        f"log-loss {found.challenger_log_loss:.4f} against the champion's {found.champion_log_loss:.4f} on {found.row_count} "
        f"{found.window}: difference {found.difference:+.4f} [{found.low:+.4f}, {found.high:+.4f}], better in "
        f"{found.better_share:.0%} of resamples"
    )
    worse = found.worse_segments
    if not found.is_better:
        reason = f"not better beyond chance: {figures}"
    elif worse:
        reason = f"better overall, but worse beyond tolerance for {'; '.join(each.describe() for each in worse)}; {figures}"
    else:
        reason = f"better: {figures}; none of {len(found.segments)} segments worse beyond its tolerance"
    return Verdict(promotes=found.is_better and not worse, reason=reason, champion_version=champion_version, comparison=found)


def compare_answers(champion: pa.Table, challenger: pa.Table, *, window: str) -> Comparison | None:
    """Compare on the rows that both tables hold; `None` when they are too few, or of one outcome only."""
    position = {key: row for row, key in enumerate(champion["id"].to_pylist())}
    rows = np.array([position.get(key, -1) for key in challenger["id"].to_pylist()], dtype=np.int64)
    challenger = challenger.filter(pa.array(rows >= 0))
    champion = champion.take(pa.array(rows[rows >= 0]))
    label = np.asarray(challenger["label"], dtype=np.bool_)
    if len(label) < SMALLEST_WINDOW or not 0 < label.sum() < len(label):
        return None
    old, new = (row_losses(label, np.asarray(table[MODEL])) for table in (champion, challenger))
    draws = mean_draws(new - old, resamples=RESAMPLES, seed=SEED)
    low, high = np.quantile(draws, [0.025, 0.975])
    segments: list[Segment] = [*segments_of(challenger, old=old, new=new), *_causes(champion, challenger)]
    return Comparison(
        window=window,
        row_count=len(label),
        champion_log_loss=float(old.mean()),
        challenger_log_loss=float(new.mean()),
        low=float(low),
        high=float(high),
        better_share=float((draws < 0).mean()),
        segments=compare_segments(segments),
    )


def _compare_recent(registry: ModelRegistry, name: str, challenger: pa.Table, dataset: Dataset | None) -> Comparison | None:
    champion = ModelBundle.load(registry.bundle_dir(name))
    if dataset is None:
        return None
    learned_until = date.fromisoformat(str(champion.training["as_of"]))
    fresh = challenger.filter(pa.array([day >= learned_until for day in challenger["sent_on"].to_pylist()], pa.bool_()))
    position = {key: row for row, key in enumerate(dataset.matrix.ids)}
    rows = [position[key] for key in fresh["id"].to_pylist() if key in position]
    if len(rows) < SMALLEST_WINDOW:
        return None
    try:
        answers = describe_answers(champion, dataset, np.array(rows, dtype=np.int64))
    except FeatureError:  # made from columns that this dataset does not have
        return None
    return compare_answers(answers, fresh, window=f"rows sent since {learned_until}, which the champion never saw")


def _compare_held_out(registry: ModelRegistry, name: str, challenger: pa.Table) -> Comparison | None:
    return compare_answers(registry.holdout(name, CHAMPION), challenger, window="rows that both held out")


def _causes(champion: pa.Table, challenger: pa.Table) -> list[Segment]:
    """Take each cause that both models know as a segment: is the row denied for it?"""
    cause = np.asarray(challenger["cause"].to_pylist(), dtype=str)
    found = []
    for column in challenger.column_names:
        name = column.removeprefix(cause_column(""))
        is_cause: NDArray[np.bool_] = cause == name
        if column == cause_column(name) and column in champion.column_names and is_cause.any():
            old, new = (row_losses(is_cause, np.asarray(table[column])) for table in (champion, challenger))
            found.append(Segment(kind="category", name=name, positives=int(is_cause.sum()), old=old, new=new))
    return found
