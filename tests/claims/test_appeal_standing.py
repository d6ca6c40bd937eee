from datetime import date, timedelta
from typing import Any

import pytest

from claims.appeal_standing import AppealStanding, appeal_standing

DENIED_ON = date(2026, 1, 10)


def day(number: int) -> date:
    return DENIED_ON + timedelta(days=number)


def appeal(level: int | None, filed: int, outcome: str, decided: int | None = None) -> dict[str, Any]:
    return {"level": level, "filed_on": day(filed), "decided_on": None if decided is None else day(decided), "outcome": outcome}


@pytest.mark.parametrize(
    ("appeals", "level", "counts_from", "pending_since"),
    [
        pytest.param([], 1, 0, None, id="none"),
        pytest.param([appeal(1, -1, "upheld", 5)], 1, 0, None, id="of an earlier denial"),
        pytest.param([appeal(1, 0, "pending")], 1, 0, 0, id="filed on the very day"),
        pytest.param([appeal(None, 3, "pending")], 1, 0, 3, id="level not said"),
        pytest.param([appeal(1, 3, "upheld", 40)], 2, 40, None, id="upheld"),
        pytest.param([appeal(1, 3, "partially_overturned", 40)], 2, 40, None, id="in part"),
        pytest.param([appeal(1, 3, "withdrawn", 40)], 1, 0, None, id="withdrawn"),
        pytest.param([appeal(1, 3, "withdrawn", 10), appeal(1, 12, "pending")], 1, 0, 12, id="withdrawn and filed again"),
        pytest.param([appeal(2, 50, "pending"), appeal(1, 3, "upheld", 40)], 2, 40, 50, id="second level, rows in any order"),
        pytest.param([appeal(1, 3, "upheld", 40), appeal(2, 50, "upheld", 90)], 3, 90, None, id="twice upheld"),
        pytest.param([appeal(1, 3, "upheld", 40), appeal(1, 45, "pending")], 2, 40, None, id="a stale row of a decided level"),
    ],
)
def test_level_limit_and_pending_follow_from_the_appeals(
    appeals: list[dict[str, Any]], level: int, counts_from: int, pending_since: int | None
) -> None:
    assert appeal_standing(appeals, denied_on=DENIED_ON) == AppealStanding(
        level=level,
        counts_from=day(counts_from),
        is_decided=level > 1,
        pending_since=None if pending_since is None else day(pending_since),
    )
