"""Owns where the appeal of a denial stands: which level comes next, from which day its limit runs, what is pending.

The work queue and the papers of a packet both read it here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

DECIDED_AGAINST = frozenset({"upheld", "partially_overturned"})
PENDING = "pending"


@dataclass(frozen=True, kw_only=True)
class AppealStanding:
    """`level` is the one to file next, or the one that is pending. The limit for it runs from `counts_from`."""

    level: int
    counts_from: date
    is_decided: bool  # a level was decided, not wholly for us
    pending_since: date | None  # filing day of the appeal that waits for its decision


def appeal_standing(appeals: Iterable[Mapping[str, Any]], *, denied_on: date) -> AppealStanding:
    """Find where an appeal stands, from all appeals of a claim at a payer (rows of `known_appeals`), in any order.

    Those filed before the denial contest an earlier one. A withdrawn appeal was never decided. A pending one is still at its
    level, which is at least the one that comes next.
    """
    level, counts_from, is_decided, pending_since = 1, denied_on, False, None
    own = [row for row in appeals if row["filed_on"] is not None and row["filed_on"] >= denied_on]
    for row in sorted(own, key=lambda row: (row["filed_on"], row["level"] or 1)):
        of_level = row["level"] or 1
        if row["outcome"] in DECIDED_AGAINST and row["decided_on"] and of_level >= level:
            level, counts_from, is_decided, pending_since = of_level + 1, row["decided_on"], True, None
        elif row["outcome"] == PENDING and of_level >= level:
            level, pending_since = of_level, row["filed_on"]
    return AppealStanding(level=level, counts_from=counts_from, is_decided=is_decided, pending_since=pending_since)
