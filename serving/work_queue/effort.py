"""Owns what an action costs: minutes and dollars, from one data file."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from serving.work_queue.actions import APPEAL, CLINICAL_CATEGORIES


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Minutes by action, and what a minute costs in dollars."""

    minutes: dict[str, int]
    minute_cost: float

    def minutes_of(self, action: str, category: str) -> int:
        """Minutes to do it once; an appeal for a clinical cause takes a clinician's letter."""
        if action == APPEAL and category in CLINICAL_CATEGORIES:
            return self.minutes["clinical_appeal"]
        return self.minutes[action]


@cache
def effort() -> Effort:
    """Read the data file."""
    text = files("serving").joinpath("work_queue/data/effort.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return Effort(minutes=dict(table["minutes"]), minute_cost=float(table["minute_cost"]))
