"""Owns exploration: each day a few denials of kinds that are rarely appealed, drawn by lot, so that the model hears how they end.

A model that learns only from appeals that look promising never finds out where it is wrong. Every draw is logged with its
probability, so that outcomes can be weighted by it later.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from claims.adjudication import Adjudication
from features.batch import ClaimBatch
from features.denial_batch import DenialBatch, DenialEvaluation
from features.history import History
from serving.work_queue.actions import NOTHING_TO_DO, WRITE_OFF
from serving.work_queue.effort import effort
from serving.work_queue.items import open_denials
from serving.work_queue.statuses import Status
from serving.work_queue.work_item import Kind, WorkItem

FEW_APPEALS = 8  # decided appeals of a payer and category, below which the model knows little; features shrink with a prior of 12


@dataclass(frozen=True, kw_only=True)
class Draw:
    """What was drawn on a day: keys, out of how many, and the probability that any one of them had."""

    day: date
    keys: tuple[str, ...]
    eligible_count: int
    probability: float


def rarely_appealed(adjudication: Adjudication, claims: ClaimBatch, history: History, *, as_of: date) -> frozenset[str]:
    """Name the open denials, by key, whose payer decided few appeals of their category."""
    batch = DenialBatch.from_tables(open_denials(adjudication.denials, as_of=as_of), claims, as_of=as_of)
    decided = DenialEvaluation(batch, history).decided("category_payer")
    keys = batch.denials["remittance_id"].to_pylist()
    return frozenset(str(key) for key, count in zip(keys, decided, strict=True) if count < FEW_APPEALS)


def draw_for_day(
    items: Sequence[WorkItem], rare: Collection[str], *, day: date, minutes_per_day: float, share: float, seed: int = 0
) -> Draw:
    """Draw items whose work takes about a share of the day's minutes over many days; the same day and seed give the same draw.

    Each open item that can be worked in time, is rarely appealed and is denied more than its work costs has the same probability.
    """
    eligible = [item for item in items if item.key in rare and _may_be_drawn(item)]
    if not eligible or share <= 0:
        return Draw(day=day, keys=(), eligible_count=len(eligible), probability=0.0)
    mean_minutes = sum(item.minutes for item in eligible) / len(eligible)
    expected = min(share * minutes_per_day / mean_minutes, float(len(eligible)))
    count = int(expected) + (_lot(seed, day, "count") < expected - int(expected))
    by_lot = sorted(eligible, key=lambda item: _lot(seed, day, item.key))
    return Draw(
        day=day,
        keys=tuple(item.key for item in by_lot[:count]),
        eligible_count=len(eligible),
        probability=expected / len(eligible),
    )


def settle_draw(path: Path, draw: Draw) -> Draw:
    """Give what was drawn first on that day; a draw of a day that drew nothing yet is appended to a file of JSON lines.

    What is open changes during a day, and with it what would be drawn; what people are given must be what the log tells.
    """
    if not draw.keys:
        return draw
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        logged = json.loads(line)
        if logged["day"] == draw.day.isoformat():
            return Draw(**{**logged, "day": draw.day, "keys": tuple(logged["keys"])})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps({**asdict(draw), "day": draw.day.isoformat()}) + "\n")
    return draw


def _may_be_drawn(item: WorkItem) -> bool:
    in_time = item.days_left is None or item.days_left >= 0
    pays = item.denied_amount > item.minutes * effort().minute_cost
    is_denial = item.kind == Kind.DENIAL
    return is_denial and in_time and pays and item.status == Status.OPEN and item.next_action not in {NOTHING_TO_DO, WRITE_OFF}


def _lot(seed: int, day: date, name: str) -> float:
    """Give a number in [0, 1) that is the same on every machine."""
    return int.from_bytes(sha256(f"{seed}|{day.isoformat()}|{name}".encode()).digest()[:8], "big") / 2**64
