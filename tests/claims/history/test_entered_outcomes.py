from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claims.history.appeals import known_appeals
from claims.history.entered_outcomes import decide_appeal
from claims.history.store import HistoryStore
from tests import factories as make
from tests.claims.score_log.rows import SCORED_AT

PENDING = {
    "patient_control_number": "PCN1",
    "payer_id": "PAYER1",
    "level": 1,
    "filed_on": date(2026, 4, 1),
    "known_on": date(2026, 4, 1),
    "outcome": "pending",
}
DECIDED = PENDING | {"outcome": "upheld", "decided_on": date(2026, 5, 1), "recovered_amount": Decimal("0.00")}


@pytest.fixture
def store(tmp_path: Path) -> HistoryStore:
    return make.fill_store(HistoryStore(str(tmp_path)), csv_rows={"appeals": [PENDING]})


def _enter(store: HistoryStore, number: str = "PCN1") -> bool:
    return decide_appeal(
        store,
        patient_control_number=number,
        payer_id="PAYER1",
        outcome="overturned",
        recovered_amount=Decimal("80.00"),
        decided_on=date(2026, 5, 4),
        now=SCORED_AT,
    )


def _known(store: HistoryStore, **when: Any) -> list[tuple[Any, ...]]:
    rows = known_appeals(store, **when).to_pylist()
    return [(row["outcome"], row["decided_on"], row["recovered_amount"]) for row in rows]


def test_an_entered_outcome_decides_the_pending_appeal_from_its_day_on(store: HistoryStore) -> None:
    assert _enter(store)
    assert _known(store) == [("overturned", date(2026, 5, 4), Decimal("80.00"))]
    assert _known(store, before=date(2026, 5, 4)) == [("pending", None, None)]


def test_an_appeal_that_no_file_told_of_is_not_made_up(store: HistoryStore) -> None:
    assert not _enter(store, number="OTHER")
    assert _known(store) == [("pending", None, None)]


def test_the_practices_file_counts_once_it_decides_the_same_appeal(store: HistoryStore) -> None:
    _enter(store)
    make.fill_store(store, csv_rows={"appeals": [DECIDED]})
    assert _known(store) == [("upheld", date(2026, 5, 1), Decimal("0.00"))]
