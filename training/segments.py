"""Owns the parts of a practice that no new model may harm: payers, claim types and denial categories, each with its tolerance.

A segment counts as worse only when its paired difference lies above the tolerance beyond its own noise, corrected for the
number of segments looked at: of thirty segments one would look worse by chance alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

SMALLEST_SEGMENT = 50  # rows
SMALLEST_OUTCOME_COUNT = 5  # rows of each outcome: with fewer, one row decides
TOLERANCE = 0.02  # share of the champion's log-loss on the segment
ERROR_RATE = 0.05  # that any of the segments is called worse by chance
COLUMNS = {"payer_id": "payer", "claim_kind": "claim type"}


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Losses of champion (`old`) and challenger (`new`) on the same rows, each of shape (n,)."""

    kind: str
    name: str
    positives: int
    old: NDArray[np.float64]
    new: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SegmentFinding:
    """How the challenger does on one segment; `low` and `high` bound the difference at a level corrected for their number."""

    kind: str
    name: str
    row_count: int
    champion_log_loss: float
    difference: float
    low: float
    high: float

    @property
    def is_worse(self) -> bool:
        """Tell whether the whole interval lies above the tolerance."""
        return self.low > TOLERANCE * self.champion_log_loss

    def describe(self) -> str:
        """Write one finding in words."""
        return (
            f"{self.kind} {self.name}: {self.champion_log_loss + self.difference:.4f} against {self.champion_log_loss:.4f} "
            f"on {self.row_count} rows, difference {self.difference:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"
        )


def segments_of(rows: pa.Table, *, old: NDArray[np.float64], new: NDArray[np.float64]) -> list[Segment]:
    """Cut rows by payer and by claim type; a table of rows that are no claims has no claim type."""
    label = np.asarray(rows["label"], dtype=np.bool_)
    found = []
    for column, kind in COLUMNS.items():
        if column not in rows.column_names:
            continue
        values = np.asarray(rows[column].to_pylist(), dtype=str)
        for name in np.unique(values):
            own = values == name
            positives = int(label[own].sum())
            found.append(Segment(kind=kind, name=str(name), positives=positives, old=old[own], new=new[own]))
    return found


def compare_segments(segments: Sequence[Segment]) -> tuple[SegmentFinding, ...]:
    """Compare the segments that are large enough to speak."""
    spoken = [each for each in segments if len(each.old) >= SMALLEST_SEGMENT and _has_both(each)]
    reach = NormalDist().inv_cdf(1 - ERROR_RATE / (2 * len(spoken))) if spoken else 0.0
    return tuple(_compare(segment, reach) for segment in spoken)


def _has_both(segment: Segment) -> bool:
    return min(segment.positives, len(segment.old) - segment.positives) >= SMALLEST_OUTCOME_COUNT


def _compare(segment: Segment, reach: float) -> SegmentFinding:
    difference = segment.new - segment.old
    error = reach * float(difference.std(ddof=1)) / len(difference) ** 0.5  # the paired standard error
    mean = float(difference.mean())
    return SegmentFinding(
        kind=segment.kind,
        name=segment.name,
        row_count=len(difference),
        champion_log_loss=float(segment.old.mean()),
        difference=mean,
        low=mean - error,
        high=mean + error,
    )
