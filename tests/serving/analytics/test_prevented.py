"""What followed advice prevented, counted by hand: from rows of the change log, and from a score log, actions and files."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from claims.claim import Claim
from claims.history.store import HistoryStore
from claims.history.transactions import transaction_tables
from claims.score_log.action import ActionKind, ClaimAction
from claims.score_log.log import ScoreLog
from serving.analytics.prevented import PREVENTED, PreventedLog, prevented_rows
from tests import factories as make
from tests.claims.score_log.rows import SCORED_AT, day, score_row, score_rows
from tests.factories import HASHER

NUMBER = {"authorization_number": "A19"}
FIX = {"advice": "fix_then_send", "fixes": ["authorization_number"], "fixed_probability": 0.1}
AGAIN = {
    "score_id": "again",
    "scored_at": SCORED_AT + timedelta(hours=1),
    "denial_probability": 0.2,
    "expected_denied_amount": 20.0,
}


def row(**changes: Any) -> dict[str, Any]:
    """Give a row of the change log: a hold at 0.5 over 100 dollars, followed by a change."""
    given: dict[str, Any] = {
        "submission_id": "S1", "course": "followed", "advice": "hold", "changed": ["authorization_number"], "actions": [],
        "denial_probability": 0.5, "expected_denied_amount": 50.0, "fixed_probability": None, "denial_category": "authorization",
    }  # fmt: skip
    return given | changes


LATER = row(course="sent_as_scored", changed=[], denial_probability=0.2)


@pytest.mark.parametrize(
    ("rows", "after"),
    [
        pytest.param([row()], None, id="a changed hold that was not scored again is unknown"),
        pytest.param([row(), LATER], 0.2, id="the later score of the claim as sent"),
        pytest.param(
            [row(), row(denial_probability=0.3)], None, id="a later score of a claim that was changed again says nothing"
        ),
        pytest.param([row(), LATER, LATER | {"denial_probability": 0.7}], 0.7, id="the latest of them, be it higher"),
        pytest.param([row(advice="fix_then_send", fixed_probability=0.1)], 0.1, id="a fix as the score said"),
        pytest.param(
            [row(advice="fix_then_send", fixed_probability=0.1), LATER], 0.2, id="a later score over what the fix promised"
        ),
        pytest.param([row(changed=[], actions=["nothing_found"])], 0.5, id="a look that found nothing prevents nothing"),
        pytest.param([row(changed=[], actions=["corrected"])], None, id="mended apart from the form is unknown"),
    ],
)
def test_probability_after_is(rows: list[dict[str, Any]], after: float | None) -> None:
    (found,) = prevented_rows(rows)
    assert (found["probability_before"], found["probability_after"], found["amount_if_denied"]) == (0.5, after, 100.0)


@pytest.mark.parametrize(
    "changes",
    [{"course": "sent_as_scored"}, {"course": "changed_otherwise"}, {"submission_id": None, "course": "never_sent"}],
)
def test_advice_that_was_not_followed_prevents_nothing(changes: dict[str, Any]) -> None:
    assert prevented_rows([row(**changes)]) == []


def test_a_claim_scored_often_counts_once() -> None:
    assert len(prevented_rows([row(), row(denial_probability=0.4), LATER])) == 1


def claim(number: str, **changes: Any) -> Claim:
    return make.claim(number, submitted_on=day(1), **changes)


@pytest.fixture(scope="module")
def prevented(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    uri = str(tmp_path_factory.mktemp("prevented") / "history")
    store, log = HistoryStore(uri), ScoreLog(uri)
    log.append(
        score_rows(
            score_row(claim("FIXED"), **FIX),
            score_row(claim("IGNORED"), **FIX),
            score_row(claim("HELD")),
            score_row(claim("HELD", **NUMBER), **AGAIN),
            score_row(claim("PHONED"), advice="fix_then_send", fixes=["documentation"], fixed_probability=0.3),
        )
    )
    log.report(
        [
            ClaimAction(
                patient_control_number="PHONED", payer_id="PAYER1", by="dana", action=ActionKind.DOCUMENTS_SENT,
                fix="documentation", acted_on=day(0), reported_at=SCORED_AT,
            )
        ]
    )  # fmt: skip
    sent = [claim("FIXED", **NUMBER), claim("IGNORED"), claim("HELD", **NUMBER), claim("PHONED")]
    store.commit(transaction_tables([make.claim_transaction(*sent)], hasher=HASHER), now=SCORED_AT + timedelta(days=7))
    found = PreventedLog(log, hasher=HASHER).read(store, as_of=day(30))
    names = {one["submission_id"]: one["patient_control_number"] for one in store.read("claims").to_pylist()}
    return {names[one["submission_id"]]: one for one in found.to_pylist()}


def test_followed_advice_is_read_from_scores_actions_and_files(prevented: dict[str, dict[str, Any]]) -> None:
    shown = {number: (one["probability_before"], one["probability_after"]) for number, one in prevented.items()}
    assert shown == {"FIXED": (0.5, 0.1), "HELD": (0.5, 0.2), "PHONED": (0.5, 0.3)}


def test_cause_that_the_score_named_comes_with_tier_and_owner(prevented: dict[str, dict[str, Any]]) -> None:
    one = prevented["FIXED"]
    assert [one[f"expected_{name}"] for name in ("reason", "tier", "owner")] == [
        "authorization", "administrative", "authorization desk",
    ]  # fmt: skip


def test_home_without_scores_prevented_nothing(tmp_path: Path) -> None:
    found = PreventedLog(ScoreLog(str(tmp_path)), hasher=HASHER).read(HistoryStore(str(tmp_path)), as_of=day(1))
    assert found == pa.table({name: [] for name in PREVENTED.names}, schema=PREVENTED)
