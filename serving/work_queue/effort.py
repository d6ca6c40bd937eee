"""Owns what an action costs: minutes and dollars, from one data file."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.appeal_tables import AppealMinutes
from serving.work_queue.actions import APPEAL, CLINICAL_CATEGORIES


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Minutes by action, and what a minute costs in dollars."""

    minutes: dict[str, int]
    minute_cost: float

    def minutes_of(self, action: str, category: str, *, level: int = 1, recorded: AppealMinutes | None = None) -> int:
        """Minutes to do it once; an appeal for a clinical cause takes a clinician's letter.

        What the practice wrote down of its appeals counts against these, more the more there is. Nobody writes down other work.
        """
        if action != APPEAL:
            return self.minutes[action]
        clinical, other = self.minutes["clinical_appeal"], self.minutes[APPEAL]
        prior = dict.fromkeys(CLINICAL_CATEGORIES, float(clinical))
        return max(
            1, round((recorded or AppealMinutes()).of(level=level, category=category, prior=prior, otherwise=float(other)))
        )


@cache
def effort() -> Effort:
    """Read the data file."""
    text = files("serving").joinpath("work_queue/data/effort.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return Effort(minutes=dict(table["minutes"]), minute_cost=float(table["minute_cost"]))
