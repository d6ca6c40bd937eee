"""What is on hand for an appeal, and how lenient a payer is: from the practice's own files, as known on the day."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from claims.adjudication import adjudicate
from claims.claim import Claim
from features.appeals import expected_wins
from features.batch import ClaimBatch
from features.denial_batch import DenialBatch, build_denial_matrix
from features.history import History
from tests import factories as make

SERVED, SENT, DENIED_ON, TODAY = date(2026, 3, 2), date(2026, 3, 9), date(2026, 4, 1), date(2026, 5, 4)


def columns(*names: str, claim: Claim, carc: str, csv_rows: dict[str, list[dict[str, Any]]] | None = None) -> list[float]:
    """Give features of one denied claim on a day after its denial."""
    store = make.fill_store(
        make.MemoryHistory(),
        make.claim_transaction(claim),
        make.remittance_transaction(make.denied(carc=carc), on=DENIED_ON),
        csv_rows=csv_rows or {},
    )
    adjudication = adjudicate(store)
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    history = History.from_parts(store, adjudication=adjudication, batch=batch)
    denials = DenialBatch.from_tables(adjudication.denials, batch, as_of=TODAY)
    return build_denial_matrix(denials, history, names).values[0].tolist()


def served(**changes: Any) -> Claim:
    lines = (make.service_line(service_from_on=SERVED, service_to_on=SERVED),)
    return make.claim(**({"submitted_on": SENT, "lines": lines} | changes))


def authorization(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    row = {
        "known_on": SERVED,
        "authorization_number": "A1",
        "payer_id": "PAYER1",
        "procedure_code": make.service_line().procedure_code,
        "valid_from": SERVED - timedelta(days=5),
        "valid_to": SERVED + timedelta(days=5),
    }
    return {"authorizations": [row | changes]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1.0),
        ({"valid_to": SERVED - timedelta(days=1)}, 0.0),
        ({"known_on": TODAY}, 0.0),
        ({"authorization_number": "A2"}, 0.0),
    ],
)
def test_an_authorization_answers_a_denial_for_want_of_one(changes: dict[str, Any], expected: float) -> None:
    claim = served(authorization_number="A1")
    found = columns("authorization_on_file", "document_on_hand", claim=claim, carc="197", csv_rows=authorization(**changes))
    assert found == [expected, expected]


def test_an_authorization_says_nothing_to_a_denial_for_bundling() -> None:
    found = columns("document_on_hand", claim=served(authorization_number="A1"), carc="97", csv_rows=authorization())
    assert np.isnan(found[0])


@pytest.mark.parametrize(("after_days", "left", "shown"), [(7, 83, 1.0), (90, 0, 1.0), (91, -1, 0.0)])
def test_a_claim_sent_within_the_limit_answers_a_denial_as_late(after_days: int, left: int, shown: float) -> None:
    rules = {"payers": [{"known_on": date(1900, 1, 1), "payer_id": "PAYER1", "payer_name": "One", "filing_limit_days": 90}]}
    day = SENT - timedelta(days=after_days)
    claim = served(lines=(make.service_line(service_from_on=day, service_to_on=day),))
    found = columns("days_left_when_sent", "document_on_hand", claim=claim, carc="29", csv_rows=rules)
    assert found == [left, shown]


def test_expected_wins_hold_only_what_was_decided_before() -> None:
    category = np.array(["coding"] * 4, dtype=object)
    known = np.array([10, 20, 20, 30], dtype=np.int64)
    found = expected_wins(category, known, np.array([True, True, True, True]))
    assert found[0] == 0.5
    assert found[1] == found[2]
    assert 0.5 < found[1] < found[3] < 1.0


def test_a_category_that_is_always_won_leaves_a_payer_little_leniency() -> None:
    category = np.array(["coding", "bundling"] * 100, dtype=object)
    known = np.arange(200, dtype=np.int64)
    won = category == "coding"
    surplus = won - expected_wins(category, known, np.asarray(won, dtype=np.bool_))
    assert abs(surplus[100:].sum()) < 2.0
