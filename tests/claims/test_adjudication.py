"""Tables of cases: what was submitted and answered, and the outcome that follows."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claims.adjudication import Adjudication, adjudicate
from claims.history.store import HistoryStore
from claims.remittance import Remittance
from claims.x12.transactions import ClaimTransaction, RemittanceTransaction, Transaction
from tests import factories as make

DAY = make.SUBMITTED_ON


def day(number: int) -> date:
    return DAY + timedelta(days=number)


@pytest.fixture
def store() -> make.MemoryHistory:
    return make.MemoryHistory()


_numbers = iter(range(1, 100_000))


def sent(number: str = "PCN1", *, on: int = 0, **changes: Any) -> ClaimTransaction:
    """One claim, alone in its transaction."""
    claim = make.claim(number, submitted_on=day(on), **changes)
    return make.claim_transaction(claim, control_number=f"{next(_numbers):04}")


def answered(*remittances: Remittance, on: int = 20, payer_id: str = "PAYER1") -> RemittanceTransaction:
    return make.remittance_transaction(*remittances, on=day(on), payer_id=payer_id, control_number=f"{next(_numbers):04}")


def paid(number: str = "PCN1", *, icn: str | None = "ICN1", **changes: Any) -> Remittance:
    line = make.remittance_line(adjustments=(make.adjustment("CO", "45", 50),))
    return make.remittance(number, lines=(line,), payer_claim_control_number=icn, **changes)


def denied(number: str = "PCN1", *, carc: str = "50", icn: str | None = "ICN1", **changes: Any) -> Remittance:
    return make.denied(number, carc=carc, payer_claim_control_number=icn, **changes)


def outcomes(store: make.MemoryHistory, *transactions: Transaction, before: date | None = None, **more: Any) -> Adjudication:
    return adjudicate(make.fill_store(store, *transactions, **more), before=before)


def rows(result: Adjudication) -> list[dict[str, Any]]:
    return result.submissions.to_pylist()


def answers_to(result: Adjudication) -> list[tuple[bool | None, int | None]]:
    """Per submission in time order: denied, and the day of its outcome."""
    return [(r["denied"], r["outcome_known_on"] and (r["outcome_known_on"] - DAY).days) for r in rows(result)]


# --- what a first answer means


@pytest.mark.parametrize(
    ("answer", "is_denied", "amount", "category"),
    [
        pytest.param(paid(), False, 0, None, id="CO-45 alone"),
        pytest.param(denied(), True, 150, "medical_necessity", id="CO-50"),
        pytest.param(denied(claim_status_code="4"), True, 150, "medical_necessity", id="status 4 is no matter"),
        pytest.param(paid(claim_status_code="4"), False, 0, None, id="status 4 but paid"),
        pytest.param(
            make.remittance(lines=(make.remittance_line(adjustments=(make.adjustment("PR", "1", 150),)),)),
            False,
            0,
            None,
            id="PR-1 zero pay",
        ),
        pytest.param(
            make.remittance(lines=(make.remittance_line(adjustments=(make.adjustment("CO", "24", 150),)),)),
            False,
            0,
            None,
            id="CO-24",
        ),
        pytest.param(
            make.remittance(lines=(make.remittance_line(adjustments=(make.adjustment("OA", "23", 150),)),)),
            False,
            0,
            None,
            id="OA-23",
        ),
        pytest.param(
            make.remittance(
                lines=(make.remittance_line(adjustments=(make.adjustment("CO", "253", 2), make.adjustment("CO", "45", 48))),)
            ),
            False,
            0,
            None,
            id="sequestration",
        ),
        pytest.param(
            make.remittance(
                lines=(
                    make.remittance_line(1, charge=100, adjustments=(make.adjustment("CO", "45", 20),)),
                    make.remittance_line(2, charge=60, adjustments=(make.adjustment("CO", "97", 60),)),
                )
            ),
            True,
            60,
            "bundling",
            id="one denied line",
        ),
        pytest.param(
            make.remittance(
                lines=(
                    make.remittance_line(1, charge=100, adjustments=(make.adjustment("CO", "97", 100),)),
                    make.remittance_line(2, charge=100, adjustments=(make.adjustment("PR", "27", 100),)),
                )
            ),
            True,
            200,
            "bundling",
            id="the first of equals leads",
        ),
        pytest.param(
            make.remittance(
                lines=(make.remittance_line(adjustments=(make.adjustment("CO", "16", 150),), remark_codes=("MA27", "N382")),)
            ),
            True,
            150,
            "patient_information",
            id="remark refines CO-16",
        ),
        pytest.param(
            make.remittance(lines=(make.remittance_line(),), adjustments=(make.adjustment("CO", "29", 150),)),
            True,
            150,
            "timely_filing",
            id="claim level",
        ),
        pytest.param(
            make.remittance(lines=(make.remittance_line(adjustments=(make.adjustment("CO", "999", 150),)),)),
            True,
            150,
            "payer_processing",
            id="unknown code, nothing allowed",
        ),
        pytest.param(
            make.remittance(lines=(make.remittance_line(adjustments=(make.adjustment("CO", "999", 20),)),)),
            False,
            0,
            None,
            id="unknown code, something paid",
        ),
    ],
)
def test_first_answer_decides(
    store: make.MemoryHistory, answer: Remittance, is_denied: bool, amount: int, category: str | None
) -> None:
    (row,) = rows(outcomes(store, sent(), answered(answer)))
    assert (row["denied"], row["denied_amount"], row["category"]) == (is_denied, amount, category)
    assert row["outcome_known_on"] == day(20)
    assert row["paid_amount"] == float(answer.paid_amount)


def test_codes_of_the_leading_adjustment_are_given(store: make.MemoryHistory) -> None:
    line = make.remittance_line(adjustments=(make.adjustment("PR", "204", 150),), remark_codes=("N130",))
    (row,) = rows(outcomes(store, sent(), answered(make.remittance(lines=(line,)))))
    assert (row["group_code"], row["carc"], row["rarc"]) == ("PR", "204", "N130")


@pytest.mark.parametrize(
    ("changes", "line_allowed", "allowed"),
    [
        ({"allowed_amount": Decimal(90)}, Decimal(80), 90),
        ({}, Decimal(80), 80),
        ({"patient_responsibility_amount": Decimal(10)}, None, 110),
    ],
)
def test_allowed_amount_comes_from_the_claim_then_the_lines_then_the_payment(
    store: make.MemoryHistory, changes: dict[str, Any], line_allowed: Decimal | None, allowed: float
) -> None:
    line = make.remittance_line(adjustments=(make.adjustment("CO", "45", 50),), allowed_amount=line_allowed)
    (row,) = rows(outcomes(store, sent(), answered(make.remittance(lines=(line,), **changes))))
    assert row["allowed_amount"] == allowed


def test_a_claim_without_an_answer_is_open_not_paid(store: make.MemoryHistory) -> None:
    (row,) = rows(outcomes(store, sent()))
    assert row["denied"] is None
    assert row["outcome_known_on"] is None
    assert row["paid_amount"] is None


# --- time


@pytest.mark.parametrize(("before", "outcome"), [(19, None), (20, None), (21, True)])
def test_an_answer_counts_from_the_day_after_it_became_known(
    store: make.MemoryHistory, before: int, outcome: bool | None
) -> None:
    (row,) = rows(outcomes(store, sent(), answered(denied(), on=20), before=day(before)))
    assert row["denied"] is outcome


def test_nothing_that_comes_later_changes_a_first_answer(store: make.MemoryHistory) -> None:
    make.fill_store(store, sent(), answered(denied(), on=20))
    early = adjudicate(store, before=day(30))
    later = (sent(on=40, frequency_code="7"), answered(make.reversal(denied()), paid(icn="ICN2"), on=60))
    make.fill_store(store, *later)
    again = adjudicate(store, before=day(30))
    assert again.submissions.equals(early.submissions)
    assert again.denials.equals(early.denials)
    assert adjudicate(store).submissions.slice(0, 1).equals(early.submissions)


# --- reversals and corrections


def test_a_reversal_alone_is_no_answer(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(), answered(make.reversal(denied())))
    assert answers_to(result) == [(None, None)]
    assert result.denials.num_rows == 0


def test_a_later_correction_leaves_the_first_word(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(), answered(denied(), on=20), answered(make.reversal(denied()), paid(icn="ICN2"), on=50))
    assert answers_to(result) == [(True, 20)]


def test_a_correction_in_the_same_835_takes_the_place_of_what_it_corrects(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(), answered(denied(), make.reversal(denied()), paid(icn="ICN2"), on=20))
    assert answers_to(result) == [(False, 20)]
    assert result.denials.num_rows == 0


def test_a_correction_in_another_835_of_the_day_counts_too(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(), answered(paid()), answered(make.reversal(paid()), denied(icn="ICN2")))
    assert answers_to(result) == [(True, 20)]


def test_a_reversal_on_the_day_without_a_correction_leaves_the_answer(store: make.MemoryHistory) -> None:
    assert answers_to(outcomes(store, sent(), answered(denied(), make.reversal(denied()), on=20))) == [(True, 20)]


def test_a_reversal_of_other_money_cancels_nothing(store: make.MemoryHistory) -> None:
    other = make.reversal(make.denied(charge=99))
    assert answers_to(outcomes(store, sent(), answered(denied(), other, paid(icn="ICN2")))) == [(True, 20)]


# --- which submission is answered


def test_a_replacement_is_a_submission_of_its_own(store: make.MemoryHistory) -> None:
    result = outcomes(
        store,
        sent(on=0),
        answered(denied(), on=20),
        sent(on=30, frequency_code="7", payer_claim_control_number="ICN1"),
        answered(paid(icn="ICN2", frequency_code="7"), on=50),
    )
    assert answers_to(result) == [(True, 20), (False, 50)]


def test_a_replacement_sent_before_the_first_answer_waits_for_its_own(store: make.MemoryHistory) -> None:
    result = outcomes(
        store,
        sent(on=0),
        sent(on=10, frequency_code="7"),
        answered(denied(), on=20),
        answered(paid(icn="ICN2", frequency_code="7"), on=30),
    )
    assert answers_to(result) == [(True, 20), (False, 30)]


def test_a_reversal_with_the_answer_to_a_replacement_goes_to_the_replaced_claim(store: make.MemoryHistory) -> None:
    result = outcomes(
        store,
        sent(on=0),
        answered(denied(), on=20),
        sent(on=30, frequency_code="7"),
        answered(make.reversal(denied()), paid(icn="ICN2"), on=50),
    )
    assert answers_to(result) == [(True, 20), (False, 50)]


@pytest.mark.parametrize("number", ["ICN1", "ICN9", None])
def test_a_further_answer_does_not_label_a_submission_that_was_answered(store: make.MemoryHistory, number: str | None) -> None:
    result = outcomes(store, sent(), answered(denied(), on=20), answered(paid(icn=number), on=60))
    assert answers_to(result) == [(True, 20)]


def test_a_duplicate_denial_labels_the_second_submission(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(on=0), sent(on=10), answered(paid(), on=20), answered(denied(carc="18", icn="ICN2"), on=25))
    assert answers_to(result) == [(False, 20), (True, 25)]


def test_a_duplicate_denial_that_comes_first_still_labels_the_second_submission(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(on=0), sent(on=5), answered(denied(carc="18", icn="ICN2"), on=15), answered(paid(), on=25))
    assert answers_to(result) == [(False, 25), (True, 15)]


def test_a_duplicate_denial_in_the_same_835_labels_the_second_submission(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(on=0), sent(on=2), answered(paid(), denied(carc="18", icn="ICN2"), on=20))
    assert answers_to(result) == [(False, 20), (True, 20)]


def test_a_claim_sent_again_after_weeks_of_silence_takes_the_answer(store: make.MemoryHistory) -> None:
    assert answers_to(outcomes(store, sent(on=0), sent(on=40), answered(paid(), on=65))) == [(None, None), (False, 65)]


def test_an_answer_never_belongs_to_a_submission_made_after_it(store: make.MemoryHistory) -> None:
    assert answers_to(outcomes(store, sent(on=0), sent(on=40), answered(paid(), on=30))) == [(False, 30), (None, None)]


def test_a_number_used_for_another_visit_is_told_apart_by_its_day(store: make.MemoryHistory) -> None:
    march = make.service_line(service_from_on=date(2026, 3, 1))
    answer = make.remittance(lines=(make.remittance_line(service_from_on=date(2026, 3, 1)),))
    assert answers_to(outcomes(store, sent(on=0), sent(on=1, lines=(march,)), answered(answer))) == [(None, None), (False, 20)]


def test_a_void_takes_no_answer_of_the_claim_that_it_voids(store: make.MemoryHistory) -> None:
    result = outcomes(
        store, sent(on=0), sent(on=10, frequency_code="8"), answered(paid(), on=20), answered(make.reversal(paid()), on=30)
    )
    assert answers_to(result) == [(False, 20), (None, None)]


# --- other payers


def secondary(on: int, payer_id: str = "PAYER2") -> ClaimTransaction:
    return sent(on=on, payer=make.payer(payer_id), subscriber=make.subscriber(payer_sequence_code="S"))


def test_each_payer_answers_its_own_submission(store: make.MemoryHistory) -> None:
    result = outcomes(
        store,
        sent(on=0),
        answered(paid(), on=20),
        secondary(on=25),
        answered(denied(icn="X1", claim_status_code="2"), on=40, payer_id="PAYER2"),
    )
    assert answers_to(result) == [(False, 20), (True, 40)]


@pytest.mark.parametrize("status", ["1", "19", "4"])
def test_a_payer_known_under_another_id_still_answers(store: make.MemoryHistory, status: str) -> None:
    result = outcomes(store, sent(), answered(denied(claim_status_code=status), payer_id="OTHERID"))
    assert answers_to(result) == [(True, 20)]


def test_an_unknown_payer_id_that_speaks_as_secondary_answers_the_secondary_submission(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(on=0), secondary(on=5), answered(denied(claim_status_code="2"), payer_id="OTHERID"))
    assert answers_to(result) == [(None, None), (True, 20)]


def test_a_crossover_payer_never_answers_the_primary_submission(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(), answered(denied(claim_status_code="2"), payer_id="MEDIGAP"))
    assert answers_to(result) == [(None, None)]
    assert result.unmatched["reason"].to_pylist() == ["never submitted to this payer"]


def test_an_answer_of_a_known_payer_from_before_its_submission_goes_nowhere_else(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(on=0), secondary(on=30), answered(paid(claim_status_code="2"), payer_id="PAYER2"))
    assert answers_to(result) == [(None, None), (None, None)]


# --- rejections


def rejected(on: int, number: str = "PCN1", code: str = "A3", payer_id: str = "PAYER1") -> Transaction:
    return make.acknowledgment_transaction(make.acknowledgment(number, category_code=code), on=day(on), payer_id=payer_id)


def test_a_rejection_is_no_denial(store: make.MemoryHistory) -> None:
    (row,) = rows(outcomes(store, sent(), rejected(2)))
    assert (row["rejected_on"], row["denied"]) == (day(2), None)


def test_an_acceptance_rejects_nothing(store: make.MemoryHistory) -> None:
    (row,) = rows(outcomes(store, sent(), rejected(2, code="A1")))
    assert row["rejected_on"] is None


def test_a_rejection_is_known_from_its_day(store: make.MemoryHistory) -> None:
    (row,) = rows(outcomes(store, sent(), rejected(2), before=day(2)))
    assert row["rejected_on"] is None


@pytest.mark.parametrize("source", ["PAYER1", "CLEARINGHOUSE"])
def test_a_rejected_claim_sent_again_is_answered_as_the_second_submission(store: make.MemoryHistory, source: str) -> None:
    result = outcomes(store, sent(on=0), rejected(2, payer_id=source), sent(on=5), answered(paid(), on=20))
    assert answers_to(result) == [(None, None), (False, 20)]
    assert [r["rejected_on"] for r in rows(result)] == [day(2), None]


def test_a_rejection_of_the_second_submission_leaves_the_first(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(on=0), sent(on=5), rejected(6), answered(paid(), on=20))
    assert [r["rejected_on"] for r in rows(result)] == [None, day(6)]
    assert answers_to(result) == [(False, 20), (None, None)]


@pytest.mark.parametrize(("code", "is_rejected"), [("A", False), ("E", False), ("R", True)])
def test_a_999_rejects_every_claim_of_the_set_that_it_names(store: make.MemoryHistory, code: str, is_rejected: bool) -> None:
    batch = make.claim_transaction(make.claim("A"), make.claim("B"), control_number="0007")
    other = make.claim_transaction(make.claim("C"), control_number="0008")
    report = make.syntax_report_transaction(transaction_control_number="0007", accepted_code=code, on=day(1))
    result = outcomes(store, batch, other, report)
    assert sum(r["rejected_on"] is not None for r in rows(result)) == (2 if is_rejected else 0)


# --- unmatched answers


@pytest.mark.parametrize(
    ("transactions", "reason"),
    [
        ((answered(paid("ELSEWHERE")),), "no such claim was submitted"),
        ((sent(on=30), answered(paid(), on=20)), "answered before it was submitted"),
    ],
)
def test_answers_without_a_submission_are_listed(
    store: make.MemoryHistory, transactions: tuple[Transaction, ...], reason: str
) -> None:
    assert outcomes(store, *transactions).unmatched["reason"].to_pylist() == [reason]


def test_an_empty_history_adjudicates_to_nothing(store: make.MemoryHistory) -> None:
    result = adjudicate(store)
    assert (result.submissions.num_rows, result.lines.num_rows, result.denials.num_rows, result.unmatched.num_rows) == (
        0,
        0,
        0,
        0,
    )


# --- lines


def lines_of(result: Adjudication) -> list[tuple[int, bool, float, str | None]]:
    return [(r["line_number"], r["denied"], r["denied_amount"], r["carc"]) for r in result.lines.to_pylist()]


def test_lines_tie_back_by_control_number_whatever_their_order(store: make.MemoryHistory) -> None:
    claim = sent(lines=(make.service_line(1), make.service_line(2, procedure_code="80053")))
    answer = make.remittance(
        lines=(
            make.remittance_line(2, procedure_code="80053", adjustments=(make.adjustment("CO", "97", 150),)),
            make.remittance_line(1, adjustments=(make.adjustment("CO", "45", 50),)),
        )
    )
    assert lines_of(outcomes(store, claim, answered(answer))) == [(1, False, 0, None), (2, True, 150, "97")]


def test_lines_without_control_number_tie_back_by_procedure_modifiers_and_day(store: make.MemoryHistory) -> None:
    claim = sent(
        lines=(
            make.service_line(1, line_control_number=None, modifiers=("25",)),
            make.service_line(2, line_control_number=None),
        )
    )
    answer = make.remittance(
        lines=(
            make.remittance_line(line_control_number=None, adjustments=(make.adjustment("CO", "97", 150),)),
            make.remittance_line(line_control_number=None, modifiers=("25",)),
        )
    )
    assert lines_of(outcomes(store, claim, answered(answer))) == [(1, False, 0, None), (2, True, 150, "97")]


def test_a_code_that_the_payer_changed_ties_back_by_the_submitted_one(store: make.MemoryHistory) -> None:
    claim = sent(lines=(make.service_line(1, procedure_code="80053"), make.service_line(2, procedure_code="99215")))
    changed = make.remittance_line(
        line_control_number=None,
        procedure_code="99213",
        submitted_procedure_code="99215",
        adjustments=(make.adjustment("CO", "11", 150),),
    )
    kept = make.remittance_line(line_control_number=None, procedure_code="80053")
    assert lines_of(outcomes(store, claim, answered(make.remittance(lines=(changed, kept))))) == [
        (1, False, 0, None),
        (2, True, 150, "11"),
    ]


def test_lines_that_nothing_ties_go_by_their_place(store: make.MemoryHistory) -> None:
    claim = sent(lines=(make.service_line(1, procedure_code="11111"), make.service_line(2, procedure_code="22222")))
    answer = make.remittance(
        lines=(
            make.remittance_line(line_control_number=None, procedure_code="33333"),
            make.remittance_line(
                line_control_number=None, procedure_code="44444", adjustments=(make.adjustment("CO", "50", 150),)
            ),
        )
    )
    assert lines_of(outcomes(store, claim, answered(answer))) == [(1, False, 0, None), (2, True, 150, "50")]


def test_equal_lines_pair_off_in_order(store: make.MemoryHistory) -> None:
    claim = sent(lines=tuple(make.service_line(n, line_control_number=None) for n in (1, 2, 3)))
    answer = make.remittance(
        lines=tuple(
            make.remittance_line(line_control_number=None, adjustments=(make.adjustment("CO", "119", 150),) if n == 3 else ())
            for n in (1, 2, 3)
        )
    )
    assert [row[:2] for row in lines_of(outcomes(store, claim, answered(answer)))] == [(1, False), (2, False), (3, True)]


def test_lines_follow_the_first_answer_alone(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(), answered(denied(), on=20), answered(paid(icn="ICN2"), on=50))
    assert lines_of(result) == [(1, True, 150, "50")]


# --- denials


def denial_rows(result: Adjudication) -> list[dict[str, Any]]:
    return result.denials.to_pylist()


def test_an_open_denial_has_no_resolution(store: make.MemoryHistory) -> None:
    (row,) = denial_rows(outcomes(store, sent(), answered(denied())))
    assert (row["denied_on"], row["denied_amount"], row["resolved_on"], row["recovered_amount"]) == (day(20), 150, None, 0)


def test_a_paid_claim_makes_no_denial(store: make.MemoryHistory) -> None:
    assert denial_rows(outcomes(store, sent(), answered(paid()))) == []


def test_a_denial_of_an_unknown_claim_still_is_work(store: make.MemoryHistory) -> None:
    (row,) = denial_rows(outcomes(store, answered(denied("ELSEWHERE"))))
    assert row["submission_id"] is None
    assert row["patient_control_number"] == "ELSEWHERE"


@pytest.mark.parametrize(
    "later",
    [
        pytest.param((answered(paid(icn="ICN2"), on=50),), id="paid"),
        pytest.param((answered(make.reversal(denied()), paid(icn="ICN2"), on=50),), id="reversed and paid"),
        pytest.param(
            (sent(on=30, frequency_code="7"), answered(paid(icn="ICN2", frequency_code="7"), on=50)), id="replaced and paid"
        ),
    ],
)
def test_a_later_payment_resolves_a_denial(store: make.MemoryHistory, later: tuple[Transaction, ...]) -> None:
    (row,) = denial_rows(outcomes(store, sent(), answered(denied(), on=20), *later))
    assert (row["resolved_on"], row["recovered_amount"]) == (day(50), 100)


def test_money_paid_before_a_correction_is_not_recovered(store: make.MemoryHistory) -> None:
    partly = make.remittance(
        lines=(
            make.remittance_line(1, charge=100),
            make.remittance_line(2, charge=60, adjustments=(make.adjustment("CO", "97", 60),)),
        )
    )
    full = make.remittance(lines=(make.remittance_line(1, charge=100), make.remittance_line(2, charge=60)))
    result = outcomes(store, sent(), answered(partly, on=20), answered(make.reversal(partly), full, on=50))
    (row,) = denial_rows(result)
    assert (row["denied_amount"], row["resolved_on"], row["recovered_amount"]) == (60, day(50), 60)


def test_a_second_denial_supersedes_the_first(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(), answered(denied(), on=20), answered(denied(icn="ICN2"), on=60))
    assert [(r["denied_on"], r["superseded_on"], r["resolved_on"]) for r in denial_rows(result)] == [
        (day(20), day(60), None),
        (day(60), None, None),
    ]


def test_payment_of_the_original_is_no_recovery_of_its_duplicate(store: make.MemoryHistory) -> None:
    result = outcomes(store, sent(on=0), sent(on=5), answered(denied(carc="18", icn="ICN2"), on=15), answered(paid(), on=25))
    (row,) = denial_rows(result)
    assert (row["resolved_on"], row["recovered_amount"]) == (day(25), 0)


def test_another_payer_does_not_resolve_a_denial(store: make.MemoryHistory) -> None:
    result = outcomes(
        store,
        sent(),
        answered(denied(), on=20),
        secondary(on=30),
        answered(paid(claim_status_code="2"), on=50, payer_id="PAYER2"),
    )
    (row,) = denial_rows(result)
    assert row["resolved_on"] is None


def appeal(*, decided: int | None, outcome: str, recovered: int = 0, filed: int = 30) -> dict[str, Any]:
    return {
        "known_on": day(filed),
        "patient_control_number": "PCN1",
        "payer_id": "PAYER1",
        "level": 1,
        "filed_on": day(filed),
        "decided_on": None if decided is None else day(decided),
        "outcome": outcome,
        "recovered_amount": Decimal(recovered),
    }


@pytest.mark.parametrize(
    ("decision", "resolved", "recovered"),
    [
        (appeal(decided=60, outcome="overturned", recovered=120), 60, 120),
        (appeal(decided=60, outcome="partially_overturned", recovered=40), None, 40),
        (appeal(decided=60, outcome="upheld"), None, 0),
        (appeal(decided=None, outcome="pending"), None, 0),
        (appeal(decided=15, outcome="overturned", recovered=99, filed=10), None, 0),
    ],
)
def test_an_appeal_closes_a_denial_when_it_is_won(
    store: make.MemoryHistory, decision: dict[str, Any], resolved: int | None, recovered: float
) -> None:
    result = outcomes(store, sent(), answered(denied(), on=20), csv_rows={"appeals": [decision]})
    (row,) = denial_rows(result)
    assert row["resolved_on"] == (None if resolved is None else day(resolved))
    assert row["recovered_amount"] == recovered


def test_an_appeal_decided_later_is_not_known_yet(store: make.MemoryHistory) -> None:
    decision = appeal(decided=60, outcome="overturned", recovered=120)
    result = outcomes(store, sent(), answered(denied(), on=20), csv_rows={"appeals": [decision]}, before=day(60))
    (row,) = denial_rows(result)
    assert (row["resolved_on"], row["recovered_amount"]) == (None, 0)


def test_appeal_money_that_an_835_brings_counts_once(store: make.MemoryHistory) -> None:
    decision = appeal(decided=60, outcome="overturned", recovered=100)
    result = outcomes(
        store, sent(), answered(denied(), on=20), answered(paid(icn="ICN2"), on=70), csv_rows={"appeals": [decision]}
    )
    (row,) = denial_rows(result)
    assert row["recovered_amount"] == 100


def test_a_history_on_disk_gives_the_same_outcomes(tmp_path: Path, store: make.MemoryHistory) -> None:
    history = (
        sent(),
        sent("PCN2"),
        rejected(2, "PCN2"),
        answered(denied(), on=20),
        answered(make.reversal(denied()), paid(icn="ICN2"), on=50),
    )
    disk = HistoryStore(str(tmp_path / "history"))
    for transaction in history:
        make.fill_store(disk, transaction)
    expected = adjudicate(make.fill_store(store, *history))
    for name, table in vars(adjudicate(disk)).items():
        assert table.equals(vars(expected)[name]), name
