"""Owns what a bundle of appeal_success knows beside the probability: money that comes back, minutes, days to a decision.

Plain numbers in `ModelBundle.tables`, learned in `training.appeal_tables`. A bundle made before a table was known reads as
having learned nothing of it: the defaults here, and one recovered share per category where it has those.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

RECOVERED_SHARE, APPEAL_MINUTES, DECISION_DAYS = "recovered_share", "appeal_minutes", "decision_days"
DEFAULT_RECOVERED_SHARE = 0.8
PRIOR_APPEALS = 10.0  # recorded appeals that a prior number of minutes is worth


@dataclass(frozen=True, kw_only=True)
class RecoveredShares:
    """Share of the denied dollars that comes back when an appeal is won: a payer's own, times what a category adds to it."""

    overall: float = DEFAULT_RECOVERED_SHARE
    by_payer: Mapping[str, float] = field(default_factory=dict)
    category_factor: Mapping[str, float] = field(default_factory=dict)

    def of(self, *, payer_id: str, category: str) -> float:
        """Give the share, between 0 and 1; the overall one for a payer that is not known."""
        return min(1.0, self.by_payer.get(payer_id, self.overall) * self.category_factor.get(category, 1.0))

    def to_json(self) -> dict[str, Any]:
        """Give the numbers for bundle.json."""
        return asdict(self)

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> "RecoveredShares":
        """Read them from a bundle's tables; the defaults where it has none."""
        table = tables.get(RECOVERED_SHARE)
        if not table:
            return cls()
        overall = float(table["overall"])
        factors = {name: share / overall for name, share in table["by_category"].items()} if "by_category" in table else {}
        return cls(
            overall=overall,
            by_payer=dict(table.get("by_payer", {})),
            category_factor=dict(table.get("category_factor", factors)),
        )


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """How many appeals had their minutes written down, and their mean."""

    count: int
    mean: float


@dataclass(frozen=True, kw_only=True)
class AppealMinutes:
    """What the practice wrote down: by level ("1" = first) and category."""

    by_level: Mapping[str, Mapping[str, Recorded]] = field(default_factory=dict)

    def of(self, *, level: int, category: str, prior: Mapping[str, float], otherwise: float) -> float:
        """Give the minutes of an appeal: the category's own mean, pulled to its prior as the level's appeals stretch it.

        A level that nobody recorded takes the minutes of the nearest one below.
        `prior` holds the minutes that are assumed of some categories, `otherwise` those of all others.
        """
        recorded = self.by_level.get(_nearest(self.by_level, level), {})
        spent = sum(one.count * one.mean for one in recorded.values())
        assumed = sum(one.count * prior.get(name, otherwise) for name, one in recorded.items())
        stretch = (spent + PRIOR_APPEALS * otherwise) / (assumed + PRIOR_APPEALS * otherwise)
        expected = stretch * prior.get(category, otherwise)
        own = recorded.get(category, Recorded(count=0, mean=0.0))
        return (own.count * own.mean + PRIOR_APPEALS * expected) / (own.count + PRIOR_APPEALS)

    def to_json(self) -> dict[str, Any]:
        """Give the numbers for bundle.json."""
        return asdict(self)

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> "AppealMinutes":
        """Read them from a bundle's tables; nothing recorded where it has none."""
        levels = (tables.get(APPEAL_MINUTES) or {}).get("by_level", {})
        return cls(by_level={level: {name: Recorded(**row) for name, row in rows.items()} for level, rows in levels.items()})


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Days from filing to the decision: half of the appeals are decided by the median, nine of ten by `late`."""

    median: float
    late: float


@dataclass(frozen=True, kw_only=True)
class DecisionDays:
    """How long payers take, by level and payer; the level's overall one for a payer that is not known.

    A level at which nothing was decided takes the days of the nearest one below.
    """

    by_level: Mapping[str, Wait] = field(default_factory=dict)
    by_level_payer: Mapping[str, Mapping[str, Wait]] = field(default_factory=dict)

    def of(self, *, level: int, payer_id: str) -> Wait | None:
        """Give the wait; `None` where no appeal of any payer was decided at the level or below."""
        known = _nearest(self.by_level, level)
        return self.by_level_payer.get(known, {}).get(payer_id, self.by_level.get(known))

    def to_json(self) -> dict[str, Any]:
        """Give the numbers for bundle.json."""
        return asdict(self)

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> "DecisionDays":
        """Read them from a bundle's tables; nothing known where it has none."""
        table = tables.get(DECISION_DAYS) or {}
        return cls(
            by_level={level: Wait(**row) for level, row in table.get("by_level", {}).items()},
            by_level_payer={
                level: {payer: Wait(**row) for payer, row in rows.items()}
                for level, rows in table.get("by_level_payer", {}).items()
            },
        )


def _nearest(levels: Iterable[str], level: int) -> str:
    return str(max((int(known) for known in levels if int(known) <= level), default=level))
