"""Owns the X12 files: collects a period's transactions, numbers their envelopes, writes them through `claims.x12`.

837, 277CA and 999 go into one file per week (per day in large worlds), 835 into one file per payer and month with one
transaction per payment day and payee. Nothing dated after the last day of the world is ever written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path

from claims.acknowledgment import ClaimAcknowledgment, TransactionAcknowledgment
from claims.claim import Claim, Payer, Provider
from claims.remittance import ProviderAdjustment, Remittance, RemittancePayment
from claims.x12 import write_transactions
from claims.x12.transactions import (
    AcknowledgmentTransaction,
    ClaimTransaction,
    Contact,
    Envelope,
    RemittanceTransaction,
    SyntaxReportTransaction,
    Transaction,
)
from simulator.payers import SimulatedPayer
from simulator.world import World

_VERSIONS = {
    "837P": "005010X222A1",
    "837I": "005010X223A2",
    "835": "005010X221A1",
    "277CA": "005010X214",
    "999": "005010X231A1",
}
_CLEARINGHOUSE, _CLEARINGHOUSE_NUMBER = "CLEARWAY", "990000001"
_CONTACT = Contact(name="BILLING OFFICE", numbers=(("TE", "5550100000"),))
_DAILY_FILES_FROM_CLAIMS_PER_MONTH = 20_000


@dataclass(slots=True, kw_only=True)
class Payment:
    """What one payer pays to one payee on one day."""

    remittances: list[Remittance]
    adjustments: list[ProviderAdjustment]


class Mailroom:
    """Writes a world's X12 files while days pass."""

    def __init__(self, out: Path, world: World) -> None:
        self._out = out
        self._world = world
        self._sender = f"PRACTICE{world.seed % 100_000:05d}"
        self._control = 0
        months = max(1, world.days // 30)
        self._daily = world.claims / months >= _DAILY_FILES_FROM_CLAIMS_PER_MONTH
        self._open: dict[str, list[Transaction]] = {"837": [], "277ca": [], "999": []}
        self._period_day = world.first_day
        self._payments: dict[str, list[Transaction]] = {}
        self._month = ""
        self._balances: dict[tuple[str, str], Decimal] = {}
        self.file_count = 0
        for folder in ("837", "835", "277ca", "999", "csv"):
            (out / folder).mkdir(parents=True, exist_ok=True)

    def send_claims(self, day: int, claims: Sequence[Claim]) -> None:
        """Send a day's claims: one transaction per claim type, and the 999 that answers each."""
        for kind in ("837P", "837I"):
            own = tuple(claim for claim in claims if claim.claim_type == kind)
            if not own:
                continue
            envelope = self._envelope(day, kind, sender=self._sender, receiver=_CLEARINGHOUSE)
            billing = self._world.practice.billing
            self._open["837"].append(
                ClaimTransaction(
                    envelope=envelope,
                    kind=kind,
                    reference=f"B{envelope.interchange_control_number}",
                    submitted_on=date.fromordinal(day),
                    submitter=Provider(name=billing.name, tax_id=billing.tax_id),
                    submitter_contacts=(_CONTACT,),
                    receiver=Provider(name=_CLEARINGHOUSE, transmitter_id=_CLEARINGHOUSE_NUMBER),
                    claims=own,
                    content_key="",
                )
            )
            self._report_syntax(day, envelope)

    def acknowledge(self, day: int, answers: Sequence[tuple[SimulatedPayer, ClaimAcknowledgment]]) -> None:
        """Write a day's 277CA, one transaction per payer inside one interchange."""
        by_payer: dict[str, list[ClaimAcknowledgment]] = {}
        for payer, answer in answers:
            by_payer.setdefault(payer.payer_id, []).append(answer)
        first: Envelope | None = None
        for payer_id, own in sorted(by_payer.items()):
            envelope = self._envelope(day, "277CA", sender=_CLEARINGHOUSE, receiver=self._sender, group=first)
            first = first or envelope
            payer = self._world.payer(payer_id)
            self._open["277ca"].append(
                AcknowledgmentTransaction(
                    envelope=envelope,
                    created_on=date.fromordinal(day),
                    payer=Payer(payer_id=payer_id, name=payer.name.upper()),
                    acknowledgments=tuple(own),
                    content_key="",
                )
            )

    def pay(self, day: int, payments: dict[tuple[str, str], Payment]) -> None:
        """Write a day's 835s by payer and payee; a negative total is carried to the next payment (PLB FB)."""
        self._turn_month(day)
        for (payer_id, payee_npi), payment in sorted(payments.items()):
            payer, payee = self._world.payer(payer_id), self._payees()[payee_npi]
            adjustments = list(payment.adjustments)
            carried = self._balances.pop((payer_id, payee_npi), Decimal(0))
            if carried:
                adjustments.append(self._provider_adjustment(payee_npi, day, "FB", "CARRIED", -carried))
            total = sum((r.paid_amount for r in payment.remittances), Decimal(0)) - sum(
                (a.adjustment_amount for a in adjustments), Decimal(0)
            )
            if total < 0:
                adjustments.append(self._provider_adjustment(payee_npi, day, "FB", "FORWARD", total))
                self._balances[(payer_id, payee_npi)] = total
                total = Decimal("0.00")
            envelope = self._envelope(day, "835", sender=payer_id, receiver=self._sender)
            self._payments.setdefault(payer_id, []).append(
                RemittanceTransaction(
                    envelope=envelope,
                    payment=RemittancePayment(
                        payer=Payer(payer_id=payer_id, name=payer.name.upper()),
                        payee=Provider(npi=payee.npi, name=payee.name, tax_id=payee.tax_id),
                        payment_amount=total,
                        payment_method_code="ACH" if total else "NON",
                        paid_on=date.fromordinal(day),
                        produced_on=date.fromordinal(day),
                        trace_number=f"{payer_id}{envelope.interchange_control_number}",
                    ),
                    remittances=tuple(payment.remittances),
                    provider_adjustments=tuple(adjustments),
                    content_key="",
                )
            )

    def end_day(self, day: int) -> None:
        """Close the file period where a week (or day) ends."""
        if self._daily or (day - self._world.first_day) % 7 == 6:
            self._flush_period(day)

    def write_open(self, day: int) -> None:
        """Write what is open on the evening of a day, for a reader who will not wait for the end of week and month."""
        self._flush_period(day)
        self._flush_payments(date.fromordinal(day).strftime("%Y%m%d"))

    def close(self) -> None:
        """Write everything that is still open."""
        self._flush_period(self._world.last_day)
        self._flush_payments()

    def _report_syntax(self, day: int, answered: Envelope) -> None:
        envelope = self._envelope(day, "999", sender=_CLEARINGHOUSE, receiver=self._sender)
        self._open["999"].append(
            SyntaxReportTransaction(
                envelope=envelope,
                acknowledgments=(
                    TransactionAcknowledgment(
                        group_control_number=answered.group_control_number,
                        transaction_type="837",
                        transaction_control_number=answered.transaction_control_number,
                        accepted_code="A",
                    ),
                ),
                group_accepted_code="A",
                content_key="",
            )
        )

    def _payees(self) -> dict[str, Provider]:
        practice = self._world.practice
        return {p.npi or "": p for p in (practice.billing, *(location.outpatient_department for location in practice.locations))}

    def _provider_adjustment(self, npi: str, day: int, reason: str, reference: str, amount: Decimal) -> ProviderAdjustment:
        return ProviderAdjustment(
            provider_npi=npi,
            fiscal_period_on=date(date.fromordinal(day).year, 12, 31),
            reason_code=reason,
            reference=reference,
            adjustment_amount=amount,
        )

    def _envelope(self, day: int, kind: str, *, sender: str, receiver: str, group: Envelope | None = None) -> Envelope:
        self._control += 1
        number = self._control
        return Envelope(
            sender_id=sender,
            receiver_id=receiver,
            interchange_control_number=group.interchange_control_number if group else f"{number % 10**9:09d}",
            group_control_number=group.group_control_number if group else str(number),
            transaction_control_number=f"{number % 10**9:09d}",
            version=_VERSIONS[kind],
            created_on=date.fromordinal(day),
            created_at=group.created_at if group else time(8 + number % 10, number % 60),
        )

    def _turn_month(self, day: int) -> None:
        month = date.fromordinal(day).strftime("%Y%m")
        if month != self._month:
            self._flush_payments()
            self._month = month

    def _flush_payments(self, stamp: str = "") -> None:
        for payer_id, transactions in sorted(self._payments.items()):
            self._write(f"835/835_{payer_id}_{stamp or self._month}.835", transactions)
        self._payments = {}

    def _flush_period(self, day: int) -> None:
        stamp = date.fromordinal(min(day, self._world.last_day)).strftime("%Y%m%d")
        for folder, transactions in self._open.items():
            if transactions:
                self._write(f"{folder}/{folder}_{stamp}.{'837' if folder == '837' else folder}", transactions)
                transactions.clear()

    def _write(self, name: str, transactions: list[Transaction]) -> None:
        (self._out / name).write_bytes(write_transactions(transactions))
        self.file_count += 1
