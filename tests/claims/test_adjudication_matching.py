"""The matching rule on its own; through the whole adjudication it is held by `test_adjudication`."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from claims.adjudication_matching import Answer, Submission, match_answers

DAY = date(2026, 1, 1)


def submission(name: str, on: int, **changes: Any) -> Submission:
    defaults = Submission(
        submission_id=name,
        payer_id="P1",
        payer_sequence_code="P",
        frequency_code="1",
        submitted_on=DAY + timedelta(days=on),
        charge_amount=Decimal(100),
        service_from_on=DAY,
        rejected_on=None,
    )
    return defaults._replace(**changes)


def answer(name: str, on: int, **changes: Any) -> Answer:
    defaults = Answer(
        remittance_id=name,
        payer_id="P1",
        claim_status_code="1",
        frequency_code=None,
        payer_claim_control_number=name,
        known_on=DAY + timedelta(days=on),
        charge_amount=Decimal(100),
        service_from_on=DAY,
        denies_as_duplicate=False,
    )
    return defaults._replace(**changes)


@pytest.mark.parametrize(
    ("submissions", "answers", "matched"),
    [
        pytest.param([], [answer("a", 5)], {"a": None}, id="nothing submitted"),
        pytest.param([submission("s", 0)], [answer("a", 0)], {"a": "s"}, id="the same day"),
        pytest.param([submission("s", 6)], [answer("a", 5)], {"a": None}, id="the day before"),
        pytest.param(
            [submission("s", 0), submission("t", 3)],
            [answer("a", 15), answer("b", 16)],
            {"a": "s", "b": "t"},
            id="answers come in order",
        ),
        pytest.param(
            [submission("s", 0), submission("t", 3, charge_amount=Decimal(90))],
            [answer("a", 15, charge_amount=Decimal(90)), answer("b", 16)],
            {"a": "t", "b": "s"},
            id="the charge tells them apart",
        ),
        pytest.param(
            [submission("s", 0, service_from_on=DAY), submission("t", 3, service_from_on=DAY + timedelta(days=2))],
            [answer("a", 15, service_from_on=DAY + timedelta(days=2))],
            {"a": "t"},
            id="the service day tells them apart",
        ),
        pytest.param(
            [submission("s", 0), submission("t", 21)],
            [answer("a", 42)],
            {"a": "t"},
            id="lost: sent again after three weeks of silence",
        ),
        pytest.param([submission("s", 0), submission("t", 20)], [answer("a", 42)], {"a": "s"}, id="not lost before three weeks"),
        pytest.param([submission("s", 0), submission("t", 21)], [answer("a", 41)], {"a": "s"}, id="too quick for the second"),
        pytest.param(
            [submission("s", 0, rejected_on=DAY + timedelta(days=2)), submission("t", 4)],
            [answer("a", 15)],
            {"a": "t"},
            id="rejected",
        ),
        pytest.param(
            [submission("s", 0), submission("t", 10, frequency_code="7")],
            [answer("a", 30, frequency_code="7"), answer("b", 31, frequency_code="1")],
            {"a": "t", "b": "s"},
            id="CLP09 names the replacement",
        ),
        pytest.param(
            [submission("s", 0), submission("t", 10, frequency_code="7")],
            [answer("a", 20), answer("b", 30, payer_claim_control_number="a"), answer("c", 31)],
            {"a": "s", "b": "s", "c": "t"},
            id="a control number stays with its submission",
        ),
        pytest.param(
            [submission("s", 0), submission("t", 3)],
            [answer("a", 15), answer("r", 15, claim_status_code="22", payer_claim_control_number="a"), answer("c", 15)],
            {"a": "s", "r": "s", "c": "s"},
            id="a correction follows its reversal",
        ),
        pytest.param(
            [submission("s", 0), submission("t", 3)],
            [
                answer("a", 15),
                answer("r", 40, claim_status_code="22", payer_claim_control_number=None, charge_amount=Decimal(-100)),
            ],
            {"a": "s", "r": "s"},
            id="a reversal without number goes by its charge",
        ),
        pytest.param(
            [submission("s", 0), submission("t", 3)],
            [answer("a", 15), answer("b", 16), answer("c", 60)],
            {"a": "s", "b": "t", "c": "t"},
            id="a further answer speaks about the latest",
        ),
        pytest.param(
            [submission("s", 0), submission("t", 5, payer_id="P2", payer_sequence_code="S")],
            [answer("a", 20, payer_id="X", claim_status_code="2"), answer("b", 21, payer_id="X", claim_status_code="3")],
            {"a": "t", "b": None},
            id="an unknown payer speaks for its place in line",
        ),
        pytest.param(
            [submission("s", 0), submission("t", 5, payer_sequence_code="S")],
            [answer("a", 20, claim_status_code="2"), answer("b", 21, claim_status_code="1")],
            {"a": "t", "b": "s"},
            id="one payer, primary and secondary",
        ),
    ],
)
def test_each_answer_goes_where_it_belongs(
    submissions: list[Submission], answers: list[Answer], matched: dict[str, str | None]
) -> None:
    assert match_answers(submissions, answers) == matched


def test_order_of_submissions_given_does_not_matter() -> None:
    submissions = [submission("s", 0), submission("t", 3), submission("u", 9, frequency_code="7")]
    answers = [answer("a", 15), answer("b", 16, denies_as_duplicate=True), answer("c", 30, frequency_code="7")]
    assert match_answers(submissions, answers) == match_answers(submissions[::-1], answers)


def test_a_later_answer_never_moves_an_earlier_one() -> None:
    submissions = [submission("s", 0), submission("t", 3), submission("u", 9, frequency_code="7")]
    answers = [answer("a", 15), answer("b", 16), answer("r", 20, claim_status_code="22"), answer("c", 20), answer("d", 50)]
    whole = match_answers(submissions, answers)
    for count in range(len(answers)):
        assert match_answers(submissions, answers[:count]) == {a.remittance_id: whole[a.remittance_id] for a in answers[:count]}
