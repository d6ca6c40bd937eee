from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from claims.adjudication import adjudicate
from claims.history.store import HistoryStore
from claims.history.transactions import transaction_tables
from claims.score_log.action import ActionKind, ClaimAction
from claims.score_log.log import ScoreLog
from features.matrix import FeatureMatrix
from models.spec import PreventedRule
from tests import factories as make
from tests.claims.score_log.rows import SCORED_AT, day, score_row, score_rows
from tests.factories import HASHER
from tests.training.factories import dataset as made_up
from training.acted import Act, ActedClaim, read_acted
from training.dataset import Dataset
from training.newcomers import Newcomers
from training.prevented import draw, expected_denials, shifted, with_prevented

BALANCE = PreventedRule(method="balance")


def _acted(act: Act, row: int, data: Dataset, **changes: Any) -> ActedClaim:
    made = ActedClaim(
        score_id=f"score-{row}",
        submission_id="" if act is Act.NEVER_SENT else str(data.matrix.ids[row]),
        claim_id=str(data.claim_ids[row]),
        payer_id=str(data.payer_id[row]),
        charge=100.0,
        scored=int(data.sent[row]),
        settled=int(data.sent[row]) + 30,
        probability=0.5,
        act=act,
        is_denied=False,
        named_causes=frozenset(),
        causes={"eligibility": 0.3, "authorization": 0.2},
        feature_fingerprint=data.features.fingerprint,
        features=tuple([7.0] * len(data.matrix.names)),
    )
    return replace(made, **changes)


def _paid(data: Dataset, count: int) -> list[int]:
    return np.flatnonzero(data.is_known & ~data.label)[:count].tolist()


@pytest.fixture(scope="module")
def data() -> Dataset:
    return made_up(600)


def test_without_a_log_the_rows_stay_as_they_are(data: Dataset) -> None:
    assert with_prevented(data, [], BALANCE) is data


def test_ignoring_the_log_leaves_the_rows_as_they_are(data: Dataset) -> None:
    acted = [_acted(Act.MENDED_APART, row, data) for row in _paid(data, 5)]
    assert with_prevented(data, acted, PreventedRule(method="ignore")) is data


def test_exclude_leaves_out_what_was_acted_on_and_nothing_else(data: Dataset) -> None:
    rows = _paid(data, 5)
    acted = [_acted(Act.UNTOLD if row != rows[0] else Act.MENDED, row, data) for row in rows]
    found = with_prevented(data, acted, PreventedRule(method="exclude"))
    assert set(data.matrix.ids) - set(found.matrix.ids) == set(data.matrix.ids[rows])


def test_where_nobody_follows_advice_nothing_is_left_out(data: Dataset) -> None:
    acted = [_acted(Act.UNTOLD if at else Act.MENDED, row, data) for at, row in enumerate(_paid(data, 20))]
    found = with_prevented(data, acted, PreventedRule(method="exclude"))
    assert found.matrix.ids.tolist() == data.matrix.ids.tolist()


def test_claims_mended_apart_are_drawn_to_make_up_for_the_denials_that_did_not_come(data: Dataset) -> None:
    rows = _paid(data, 200)
    acted = [_acted(Act.MENDED_APART if at < 100 else Act.LOOKED_AT, row, data) for at, row in enumerate(rows)]
    found = with_prevented(data, acted, replace(BALANCE, most=0.95))
    denied = found.label[rows]
    assert denied[:100].sum() == pytest.approx(95, abs=8)  # 200 at 0.5 expected, none came, 100 mended
    assert not denied[100:].any()
    assert set(found.cause[rows][denied]) <= {"eligibility", "authorization"}


def test_a_claim_somebody_looked_at_in_vain_keeps_its_outcome(data: Dataset) -> None:
    rows = _paid(data, 50)
    found = with_prevented(data, [_acted(Act.LOOKED_AT, row, data) for row in rows], BALANCE)
    assert np.array_equal(found.label, data.label)


def test_a_claim_mended_on_its_form_keeps_its_row_and_is_learnt_from_as_scored_too(data: Dataset) -> None:
    rows = _paid(data, 40)
    found = with_prevented(data, [_acted(Act.MENDED, row, data) for row in rows], BALANCE)
    added = np.flatnonzero([str(key).startswith("scored ") for key in found.matrix.ids])
    assert len(added) == 40
    assert (found.matrix.values[added] == 7.0).all()
    assert 0.3 < found.label[added].mean() < 0.7  # as scored: 0.5
    kept = dict(zip(found.matrix.ids, found.label, strict=True))
    assert not any(kept[key] for key in data.matrix.ids[rows])
    assert np.all(np.diff(found.sent) >= 0)


def test_a_claim_that_was_never_sent_is_learnt_from_as_scored(data: Dataset) -> None:
    acted = [_acted(Act.NEVER_SENT, row, data) for row in range(30)]
    found = with_prevented(data, acted, BALANCE)
    assert len(found) == len(data) + 30
    assert 8 <= found.label.sum() - data.label.sum() <= 22  # 0.5 of 30 expected


def test_a_score_of_other_features_adds_no_row(data: Dataset) -> None:
    acted = [_acted(Act.NEVER_SENT, row, data, feature_fingerprint="another") for row in range(5)]
    assert len(with_prevented(data, acted, BALANCE)) == len(data)


def test_a_change_names_its_cause(data: Dataset) -> None:
    one = _acted(Act.MENDED, 1, data, named_causes=frozenset({"authorization"}))
    assert {draw(replace(one, score_id=f"s-{at}"), 1.0) for at in range(30)} == {"authorization"}


def test_a_draw_is_the_same_whenever_it_is_made_and_as_often_as_its_chance(data: Dataset) -> None:
    ones = [_acted(Act.MENDED, 1, data, score_id=f"s-{at}") for at in range(2_000)]
    drawn = [draw(one, 0.3) for one in ones]
    assert drawn == [draw(one, 0.3) for one in reversed(ones)][::-1]
    assert np.mean([bool(cause) for cause in drawn]) == pytest.approx(0.3, abs=0.04)


def test_denials_that_came_all_the_same_leave_none_to_draw_beyond_the_score(data: Dataset) -> None:
    acted = [_acted(Act.MENDED, row, data, is_denied=row < 60) for row in range(100)]
    unknown = [one for one in acted if not one.is_denied]
    balance = expected_denials(acted, unknown, most=0.9)
    assert (balance.expected, balance.observed) == (50.0, 60)
    assert balance.chance == pytest.approx(np.full(40, 0.5), abs=1e-6)


def test_shifting_keeps_the_order_and_reaches_the_mean() -> None:
    found = shifted(np.array([0.1, 0.4, 0.8]), 0.7)
    assert found.mean() == pytest.approx(0.7)
    assert found.tolist() == sorted(found.tolist())


def test_newcomers_stay_copies_of_their_rows(data: Dataset) -> None:
    copied = np.array([10, 200, 400])
    values = np.array([[float(row)] * len(data.matrix.names) for row in copied])
    names, ids = data.matrix.names, data.matrix.ids[copied]
    with_copies = replace(data, newcomers=Newcomers(copied=copied, matrix=FeatureMatrix(values=values, names=names, ids=ids)))
    acted = [_acted(Act.NEVER_SENT, row, data, scored=int(data.sent[0])) for row in range(5)]
    for rule in (BALANCE, PreventedRule(method="exclude")):
        found = with_prevented(with_copies, [*acted, _acted(Act.UNTOLD, 200, data)], rule).newcomers
        assert found is not None
        kept = with_prevented(with_copies, [*acted, _acted(Act.UNTOLD, 200, data)], rule).matrix.ids[found.copied]
        assert kept.tolist() == found.matrix.ids.tolist()


def test_acted_claims_are_read_off_the_log_with_what_was_done(tmp_path: Path) -> None:
    store, log = HistoryStore(str(tmp_path)), ScoreLog(str(tmp_path))
    seen = {"features": [1.0], "causes": ["authorization"], "cause_probabilities": [0.5], "feature_fingerprint": "f"}
    names = ("CHANGED", "PHONED", "LOOKED", "UNSENT")
    scores = [*(score_row(make.claim(name), **seen) for name in names), score_row(make.claim("UNTOLD"))]
    log.append(score_rows(*scores, score_row(make.claim("SAFE"), advice="send")))
    for name, kind in (("PHONED", ActionKind.VERIFIED), ("LOOKED", ActionKind.NOTHING_FOUND)):
        log.report([_report(name, kind)])
    changed = make.claim("CHANGED", submitted_on=day(1), authorization_number="A19")
    sent = [changed, *(make.claim(name, submitted_on=day(1)) for name in ("PHONED", "LOOKED", "UNTOLD", "SAFE"))]
    line = make.remittance_line(adjustments=(make.adjustment("CO", "45", 50),))
    answers = [make.remittance(claim.patient_control_number, lines=(line,)) for claim in sent]
    for days, transaction in (
        (7, make.claim_transaction(*sent)),
        (30, make.remittance_transaction(*answers, on=day(20), control_number="0002")),
    ):
        store.commit(transaction_tables([transaction], hasher=HASHER), now=_after(days))
    before = day(100)
    found = read_acted(store, adjudicate(store, before=before), hasher=HASHER, before=before)
    assert {one.claim_id: one.act for one in found} == {
        "CHANGED": Act.MENDED,
        "PHONED": Act.MENDED_APART,
        "LOOKED": Act.LOOKED_AT,
        "UNTOLD": Act.UNTOLD,
        "UNSENT": Act.NEVER_SENT,
    }
    assert {one.claim_id: one.named_causes for one in found}["CHANGED"] == {"authorization"}


def _report(number: str, kind: ActionKind) -> ClaimAction:
    return ClaimAction(
        patient_control_number=number,
        payer_id="PAYER1",
        by="dana",
        action=kind,
        fix=None,
        acted_on=day(0),
        reported_at=SCORED_AT,
    )


def _after(days: int) -> datetime:
    return SCORED_AT + timedelta(days=days)
