"""Owns the check that a record's numbers fit the history, before a row of it is made: cents, below a trillion dollars."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import chain

from claims.claim import Claim
from claims.errors import Rejection
from claims.remittance import Remittance
from claims.x12.transactions import ClaimTransaction, RemittanceTransaction, Transaction

MOST_DIGITS = 12  # before the point, in decimal(14, 2)
LARGEST_NUMBER = 2**31 - 1  # of a line, in int32
_CENT_EXPONENT = -2


def refuse_unfit(transaction: Transaction, *, file: str) -> tuple[Transaction, list[Rejection]]:
    """Take claims and answers out whose money does not fit; the rest of the transaction stands."""
    if isinstance(transaction, ClaimTransaction):
        unfit = [claim for claim in transaction.claims if not _claim_fits(claim)]
        if not unfit:
            return transaction, []
        kept = tuple(claim for claim in transaction.claims if _claim_fits(claim))
        return replace(transaction, claims=kept), [_reject(file, claim.patient_control_number) for claim in unfit]
    if isinstance(transaction, RemittanceTransaction):
        return _refuse_answers(transaction, file)
    return transaction, []


def _refuse_answers(transaction: RemittanceTransaction, file: str) -> tuple[Transaction, list[Rejection]]:
    unfit = [answer for answer in transaction.remittances if not all(map(_fits, _answer_amounts(answer)))]
    moved = tuple(moved for moved in transaction.provider_adjustments if _fits(moved.adjustment_amount))
    lost = len(transaction.provider_adjustments) - len(moved)
    if not unfit and not lost:
        return transaction, []
    kept = tuple(answer for answer in transaction.remittances if all(map(_fits, _answer_amounts(answer))))
    rejections = [_reject(file, answer.patient_control_number) for answer in unfit] + [_reject(file, None)] * lost
    return replace(transaction, remittances=kept, provider_adjustments=moved), rejections


def _claim_fits(claim: Claim) -> bool:
    numbers = (number for line in claim.lines for number in (line.line_number, *line.diagnosis_pointers))
    return all(map(_fits, _claim_amounts(claim))) and all(0 <= number <= LARGEST_NUMBER for number in numbers)


def _fits(amount: Decimal | None) -> bool:
    if amount is None:
        return True
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, str):
        return False  # not a number
    return amount.adjusted() < MOST_DIGITS and (exponent >= _CENT_EXPONENT or amount == round(amount, 2))


def _claim_amounts(claim: Claim) -> Iterator[Decimal | None]:
    yield claim.charge_amount
    yield claim.patient_paid_amount
    for line in claim.lines:
        yield line.charge_amount
    for other in claim.other_subscribers:
        yield other.paid_amount


def _answer_amounts(answer: Remittance) -> Iterator[Decimal | None]:
    yield answer.charge_amount
    yield answer.paid_amount
    yield answer.patient_responsibility_amount
    yield answer.allowed_amount
    yield answer.interest_amount
    for line in answer.lines:
        yield line.charge_amount
        yield line.paid_amount
        yield line.allowed_amount
    for adjustment in chain(answer.adjustments, *(line.adjustments for line in answer.lines)):
        yield adjustment.adjustment_amount


def _reject(file: str, patient_control_number: str | None) -> Rejection:
    return Rejection(
        file=file,
        position=0,
        place="an amount or line number" if patient_control_number else "PLB (adjustment amount)",
        expected=f"at most {MOST_DIGITS} digits before and two after the point, lines up to {LARGEST_NUMBER}",
        got="more",
        patient_control_number=patient_control_number,
    )
