"""Owns how claims and answers that come outside X12 become transactions, one each, and what tells them apart.

A claim is known again by number, payer, day, frequency; an answer by number, payer, day, status, payment and adjustments. Control
numbers are made of that key, so that no later file can be taken for a correction of an earlier one.
"""

from collections.abc import Sequence
from datetime import date, time
from hashlib import sha256

from claims.claim import Claim, Payer, Provider
from claims.remittance import Remittance, RemittancePayment
from claims.x12.transactions import ClaimTransaction, Envelope, RemittanceTransaction

VERSION = "mapped"  # stands for GS08
_KEY_CHARACTERS = 16


def sent_transaction(claim: Claim, *, sender_id: str) -> ClaimTransaction:
    """Wrap one claim."""
    identity = (claim.patient_control_number, claim.payer.payer_id, claim.submitted_on, claim.frequency_code)
    key = content_key(claim.claim_type, identity)
    return ClaimTransaction(
        envelope=_envelope(key, claim.submitted_on, sender_id),
        kind=claim.claim_type,
        reference=key[:_KEY_CHARACTERS],
        submitted_on=claim.submitted_on,
        submitter=None,
        receiver=None,
        claims=(claim,),
        content_key=key,
    )


def answer_transaction(answer: Remittance, *, payer: Payer, paid_on: date, sender_id: str) -> RemittanceTransaction:
    """Wrap one answer."""
    adjustments = [*answer.adjustments, *(one for line in answer.lines for one in line.adjustments)]
    said = sorted(f"{one.group_code} {one.carc} {one.adjustment_amount:f}" for one in adjustments)
    named = (answer.patient_control_number, answer.claim_status_code, f"{answer.paid_amount:f}")
    key = content_key("835", (payer.payer_id, paid_on, *named, *said))
    payment = RemittancePayment(
        payer=payer, payee=Provider(), payment_amount=answer.paid_amount, payment_method_code=None,
        paid_on=paid_on, produced_on=None, trace_number=None,
    )  # fmt: skip
    return RemittanceTransaction(
        envelope=_envelope(key, paid_on, sender_id),
        payment=payment,
        remittances=(answer,),
        provider_adjustments=(),
        content_key=key,
    )


def content_key(kind: str, identity: Sequence[object]) -> str:
    """Hash what tells a claim or an answer apart, as text."""
    return sha256("\x1f".join(("mapped", kind, *("" if one is None else str(one) for one in identity))).encode()).hexdigest()


def _envelope(key: str, day: date, sender_id: str) -> Envelope:
    return Envelope(
        sender_id=sender_id,
        receiver_id="",
        interchange_control_number=key[:_KEY_CHARACTERS],
        group_control_number="1",
        transaction_control_number="1",
        version=VERSION,
        created_on=day,
        created_at=time(),
    )
