from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from claims.adjudication import adjudicate
from claims.claim import Claim
from claims.history.store import HistoryStore
from claims.history.transactions import transaction_tables
from claims.remittance import Remittance
from claims.score_log.action import ActionKind, ClaimAction
from claims.score_log.followed import WAIT_DAYS, read_followed
from claims.score_log.log import ScoreLog
from claims.score_log.tally import tally
from tests import factories as make
from tests.claims.score_log.rows import SCORED_AT, day, score_row, score_rows
from tests.factories import HASHER


@dataclass(frozen=True, kw_only=True)
class Case:
    """A claim as scored, what was reported, what was sent and answered, and what the change log should say."""

    score: dict[str, Any]
    sent: dict[str, Any] | None
    course: str
    changed: tuple[str, ...] = ()
    action: ActionKind | None = None
    acted_fix: str | None = None
    answer: str = "paid"


FIX = {"advice": "fix_then_send", "fixes": ["authorization_number"]}
RECORDS = {"advice": "fix_then_send", "fixes": ["documentation"]}
NUMBER = {"authorization_number": "A19"}
LINE = make.service_line(modifiers=("59",))
CASES = {
    "FIX-MADE": Case(score=FIX, sent=NUMBER, course="followed", changed=("authorization_number",)),
    "FIX-OTHER": Case(score=FIX, sent={"lines": (LINE,)}, course="changed_otherwise", changed=("modifier",)),
    "FIX-IGNORED": Case(score=FIX, sent={}, course="sent_as_scored", answer="denied"),
    "FIX-REPORTED": Case(score=RECORDS, sent={}, course="followed", action=ActionKind.DOCUMENTS_SENT, acted_fix="documentation"),
    "FIX-DECLINED": Case(score=RECORDS, sent={}, course="sent_as_scored", action=ActionKind.DECLINED),
    "HOLD-CHANGED": Case(score={}, sent=NUMBER, course="followed", changed=("authorization_number",)),
    "HOLD-PHONED": Case(score={}, sent={}, course="followed", action=ActionKind.VERIFIED),
    "HOLD-LOOKED": Case(score={}, sent={}, course="followed", action=ActionKind.NOTHING_FOUND, answer="denied"),
    "HOLD-IGNORED": Case(score={}, sent={}, course="sent_as_scored"),
    "HOLD-UNSENT": Case(score={}, sent=None, course="never_sent"),
    "HOLD-NEW-PAYER": Case(score={}, sent={"payer": make.payer("PAYER2")}, course="followed", changed=("payer_id",)),
    "SEND-SENT": Case(score={"advice": "send"}, sent={}, course="sent_as_scored"),
    "SEND-CHANGED": Case(score={"advice": "send"}, sent=NUMBER, course="changed_otherwise", changed=("authorization_number",)),
}


def _sent(number: str, case: Case) -> Claim:
    return make.claim(number, submitted_on=day(1), **(case.sent or {}))


def _answer(number: str, case: Case) -> Remittance:
    if case.answer == "denied":
        return make.denied(number)
    return make.remittance(number, lines=(make.remittance_line(adjustments=(make.adjustment("CO", "45", 50),)),))


def _commit(store: HistoryStore, *transactions: Any, now: datetime) -> None:
    store.commit(transaction_tables(transactions, hasher=HASHER), now=now)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    uri = str(tmp_path_factory.mktemp("followed") / "history")
    store, log = HistoryStore(uri), ScoreLog(uri)
    log.append(score_rows(*(score_row(make.claim(number), **case.score) for number, case in CASES.items())))
    log.report(
        [
            ClaimAction(
                patient_control_number=number,
                payer_id="PAYER1",
                by="dana",
                action=case.action,
                fix=case.acted_fix,
                acted_on=day(0),
                reported_at=SCORED_AT + timedelta(hours=2),
            )
            for number, case in CASES.items()
            if case.action is not None
        ]
    )
    sent = [_sent(number, case) for number, case in CASES.items() if case.sent is not None]
    answers = [_answer(number, case) for number, case in CASES.items() if case.sent is not None and number != "HOLD-NEW-PAYER"]
    _commit(store, make.claim_transaction(*sent), now=SCORED_AT + timedelta(days=7))
    _commit(store, make.remittance_transaction(*answers, control_number="0002", on=day(20)), now=SCORED_AT + timedelta(days=30))
    found = read_followed(store, log, adjudicate(store), hasher=HASHER, before=day(WAIT_DAYS + 10))
    return {row["patient_control_number"]: row for row in found.to_pylist()}


@pytest.mark.parametrize("number", CASES)
def test_course_says_what_became_of_the_advice(rows: dict[str, dict[str, Any]], number: str) -> None:
    assert rows[number]["course"] == CASES[number].course


@pytest.mark.parametrize("number", CASES)
def test_changed_fields_are_named_by_the_fix_that_changes_them(rows: dict[str, dict[str, Any]], number: str) -> None:
    assert tuple(rows[number]["changed"]) == CASES[number].changed


def test_result_is_the_payers_first_answer(rows: dict[str, dict[str, Any]]) -> None:
    results = {number: (row["result"], row["result_known_on"]) for number, row in rows.items()}
    assert results["FIX-MADE"] == ("paid", day(20))
    assert results["FIX-IGNORED"] == ("denied", day(20))
    assert results["HOLD-UNSENT"] == results["HOLD-NEW-PAYER"] == (None, None)


def test_tally_counts_what_became_of_each_advice(rows: dict[str, dict[str, Any]]) -> None:
    found = {(one.advice, one.course): one for one in tally(rows.values())}
    assert sum(one.scored for one in found.values()) == len(CASES)
    hold = found["hold", "followed"]
    assert (hold.scored, hold.answered, hold.denied, hold.expected) == (4, 3, 1, 1.5)


def test_a_score_of_a_claim_that_the_history_holds_already_is_no_advice(tmp_path: Path) -> None:
    store, log = HistoryStore(str(tmp_path)), ScoreLog(str(tmp_path))
    claim = make.claim("LATE", submitted_on=day(0))
    _commit(store, make.claim_transaction(claim), now=SCORED_AT - timedelta(days=1))
    log.append(score_rows(score_row(claim)))
    assert read_followed(store, log, adjudicate(store), hasher=HASHER)["course"].to_pylist() == ["sent_before"]


def test_a_young_score_without_a_claim_is_open_and_an_old_one_never_sent(tmp_path: Path) -> None:
    store, log = HistoryStore(str(tmp_path)), ScoreLog(str(tmp_path))
    _commit(store, make.claim_transaction(make.claim("OTHER")), now=SCORED_AT)
    log.append(score_rows(score_row(make.claim("WAITING"))))
    for before, course in ((day(WAIT_DAYS), "open"), (day(WAIT_DAYS + 1), "never_sent")):
        found = read_followed(store, log, adjudicate(store, before=before), hasher=HASHER, before=before)
        assert found["course"].to_pylist() == [course]


def test_a_replacement_is_not_taken_for_the_original_that_was_held(tmp_path: Path) -> None:
    store, log = HistoryStore(str(tmp_path)), ScoreLog(str(tmp_path))
    held = make.claim("TWICE")
    log.append(score_rows(score_row(held)))
    replacement = replace(held, frequency_code="7", submitted_on=day(5))
    _commit(store, make.claim_transaction(replacement), now=SCORED_AT + timedelta(days=7))
    found = read_followed(store, log, adjudicate(store), hasher=HASHER, before=day(WAIT_DAYS + 10))
    assert found["course"].to_pylist() == ["never_sent"]
