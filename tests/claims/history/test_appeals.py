from datetime import date
from typing import Any

import pytest

from claims.history.appeals import known_appeals
from tests import factories as make

FILED, DECIDED = date(2026, 3, 1), date(2026, 4, 1)


def row(**changes: Any) -> dict[str, Any]:
    defaults = {
        "known_on": FILED,
        "patient_control_number": "PCN1",
        "payer_id": "PAYER1",
        "level": 1,
        "filed_on": FILED,
        "outcome": "pending",
        "load_id": "1",
    }
    return defaults | changes


DECISION = row(decided_on=DECIDED, outcome="overturned", recovered_amount=make.money(120), minutes_spent=45.0, load_id="2")


def known(*rows: dict[str, Any], before: date | None = None) -> list[tuple[str, date | None, Any]]:
    store = make.fill_store(make.MemoryHistory(), csv_rows={"appeals": list(rows)})
    return [(r["outcome"], r["decided_on"], r["recovered_amount"]) for r in known_appeals(store, before=before).to_pylist()]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (FILED, []),
        (date(2026, 3, 2), [("pending", None, None)]),
        (DECIDED, [("pending", None, None)]),
        (date(2026, 4, 2), [("overturned", DECIDED, make.money(120))]),
        (None, [("overturned", DECIDED, make.money(120))]),
    ],
)
@pytest.mark.parametrize("rows", [(DECISION,), (row(), DECISION), (DECISION, row())])
def test_the_outcome_is_known_from_the_day_after_the_decision(
    rows: tuple[dict[str, Any], ...], before: date | None, expected: list[Any]
) -> None:
    assert known(*rows, before=before) == expected


def test_a_row_known_later_keeps_its_outcome_back_until_then() -> None:
    late = DECISION | {"known_on": date(2026, 5, 1)}
    assert known(row(), late, before=date(2026, 4, 20)) == [("pending", None, None)]
    assert known(row(), late)[0][0] == "overturned"


def test_levels_and_filings_are_appeals_of_their_own() -> None:
    assert len(known(row(), row(level=2), row(filed_on=date(2026, 3, 5)), row(payer_id="P2"))) == 4


def test_of_two_decisions_the_later_one_counts() -> None:
    changed = DECISION | {"outcome": "upheld", "decided_on": date(2026, 4, 9), "recovered_amount": None, "load_id": "3"}
    assert [outcome for outcome, _, _ in known(DECISION, changed)] == ["upheld"]
