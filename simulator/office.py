"""Owns what the payers do: acknowledge, answer after their own delay, pay interest, take money back, pay after all."""

from collections.abc import Callable
from datetime import date
from random import Random

from claims.acknowledgment import ClaimAcknowledgment, ClaimStatus
from claims.remittance import ProviderAdjustment, Remittance
from simulator.agenda import Agenda, business_day, next_weekday
from simulator.answers import Answer, Pricer, Verdict, remittance, reversal
from simulator.codes import EDITS
from simulator.forms import dollars
from simulator.mailroom import Payment
from simulator.payers import SimulatedPayer
from simulator.priors import Priors
from simulator.records import Records
from simulator.submission import Submission

NO_DENIAL = Verdict(claim_edit=None, line_edits={}, first=None)
_REJECTION_STATUSES = (("A7", "164", "IL"), ("A3", "21", "PR"), ("A7", "562", "82"), ("A8", "496", "82"))
_SLOWER_DENIALS = 1.18
_INTEREST_FREE_DAYS = 45
Notice = Callable[[Submission, int], None]


class PayerOffice:
    """All payers' back offices. `acknowledged` and `payments` hold what goes out today."""

    def __init__(self, random: Random, priors: Priors, *, agenda: Agenda, records: Records, pricer: Pricer) -> None:
        self._random = random
        self._priors = priors
        self._agenda = agenda
        self._records = records
        self._pricer = pricer
        self._control_numbers = 0
        self.acknowledged: list[tuple[SimulatedPayer, ClaimAcknowledgment]] = []
        self.payments: dict[tuple[str, str], Payment] = {}
        self.on_rejected: Notice = _ignore
        self.on_answered: Notice = _ignore

    def receive(self, submission: Submission) -> None:
        """Take a submission in: a 277CA within days and, unless rejected, an 835 after the payer's delay."""
        delay = 1 + (self._random.random() < 0.3)
        self._agenda.plan(business_day(submission.day + delay), "acknowledge", lambda day: self._acknowledge(submission, day))
        if submission.is_rejected:
            return
        earliest, median, sigma = submission.payer.lag_days
        slower = _SLOWER_DENIALS if submission.verdict.is_denied else 1.0
        lag = earliest + median * self._random.lognormvariate(0.0, sigma) * slower
        if self._random.random() < self._priors.tail_share:
            lag += self._random.uniform(15, 65)
        submission.answer_day = self.pay_day(submission.payer, submission.day + round(lag))
        self._agenda.plan(submission.answer_day, "answer", lambda day: self._answer(submission, day))

    def pay_day(self, payer: SimulatedPayer, day: int) -> int:
        """Name the payer's next payment day."""
        return next_weekday(day, payer.pay_weekdays)

    def pay_after_all(self, submission: Submission, day: int, *, generosity: float) -> None:
        """Reverse a denial and pay, in full or (generosity below 1) in part."""
        before = submission.answered
        if before is None:
            return
        answer = self._price(submission, NO_DENIAL, generosity=generosity)
        self._payment(submission).remittances.append(reversal(before))
        submission.answered = self._remit(submission, answer, day)
        self._records.add_state(submission.sent, "paid")

    def plan_takeback(self, submission: Submission, day: int) -> None:
        """Find, for a few paid claims, months later, that too much was paid."""
        if self._random.random() < self._priors.takeback_rate:
            later = self.pay_day(submission.payer, day + self._random.randint(40, 150))
            self._agenda.plan(later, "answer", lambda on: self._take_back(submission, on))

    def _acknowledge(self, submission: Submission, day: int) -> None:
        category, status, entity = self._random.choice(_REJECTION_STATUSES) if submission.is_rejected else ("A2", "20", "PR")
        claim_status = ClaimStatus(
            category_code=category,
            status_code=status,
            entity_code=entity,
            effective_on=date.fromordinal(day),
            action_code="U" if submission.is_rejected else "WQ",
            charge_amount=submission.claim.charge_amount,
        )
        acknowledgment = ClaimAcknowledgment(
            patient_control_number=submission.claim.patient_control_number,
            statuses=(claim_status,),
            payer=submission.payer.payer_id,
            service_from_on=submission.claim.service_from_on,
        )
        self.acknowledged.append((submission.payer, acknowledgment))
        if submission.is_rejected:
            self._records.add_state(submission.sent, "rejected")
            self.on_rejected(submission, day)

    def _answer(self, submission: Submission, day: int) -> None:
        earlier = submission.replaces.answered if submission.replaces is not None else None
        if earlier is not None and earlier.paid_amount > 0:
            self._payment(submission).remittances.append(reversal(earlier))
        submission.answer = self._price(submission, submission.verdict)
        submission.answered = self._remit(submission, submission.answer, day)
        first = submission.verdict.first
        self._records.add_state(submission.sent, "denied" if first else "paid")
        cause = EDITS[first].cause if first else None
        self._records.add_answer(submission.claim, submission.encounter.patient, day=day, cause=cause)
        submission.encounter.payer_claim_control_number = submission.answered.payer_claim_control_number
        self._pay_interest(submission, submission.answered, day)
        self.on_answered(submission, day)

    def _price(self, submission: Submission, verdict: Verdict, *, generosity: float = 1.0) -> Answer:
        encounter = submission.encounter
        return self._pricer.answer(
            submission.claim,
            submission.payer,
            encounter.patient,
            verdict,
            families=[line.procedure.family for line in encounter.lines],
            primary_care=encounter.clinician.specialty.is_primary_care,
            generosity=generosity,
        )

    def _remit(self, submission: Submission, answer: Answer, day: int) -> Remittance:
        self._control_numbers += 1
        year = date.fromordinal(day).year % 100
        written = remittance(
            submission.claim,
            submission.payer,
            answer,
            control_number=f"{year}{submission.payer.payer_id}{self._control_numbers:08d}",
            received_day=submission.day + 1,
        )
        self._payment(submission).remittances.append(written)
        return written

    def _payment(self, submission: Submission) -> Payment:
        key = (submission.payer.payer_id, submission.claim.billing_provider.npi or "")
        return self.payments.setdefault(key, Payment(remittances=[], adjustments=[]))

    def _pay_interest(self, submission: Submission, answered: Remittance, day: int) -> None:
        """A commercial payer that pays late owes interest, outside the claim."""
        late = day - submission.day - _INTEREST_FREE_DAYS
        cents = int(answered.paid_amount) * late // 30
        if cents > 0 and submission.payer.plan_type == "commercial":
            self._adjust(submission, day, "L6", -cents)

    def _adjust(self, submission: Submission, day: int, reason: str, cents: int) -> None:
        self._payment(submission).adjustments.append(
            ProviderAdjustment(
                provider_npi=submission.claim.billing_provider.npi,
                fiscal_period_on=date(date.fromordinal(day).year, 12, 31),
                reason_code=reason,
                reference=submission.claim.patient_control_number,
                adjustment_amount=dollars(cents),
            )
        )

    def _take_back(self, submission: Submission, day: int) -> None:
        """Reverse, pay less; some payers credit the difference (PLB WO) and collect it with a later payment."""
        before = submission.answered
        if before is None or before.paid_amount <= 0:
            return
        self._payment(submission).remittances.append(reversal(before))
        lower = self._price(submission, NO_DENIAL, generosity=self._random.uniform(0.55, 0.85))
        submission.answered = self._remit(submission, lower, day)
        owed = int((before.paid_amount - submission.answered.paid_amount).scaleb(2))
        if submission.payer.defers_takebacks and owed > 0:
            self._adjust(submission, day, "WO", -owed)
            later = self.pay_day(submission.payer, day + 14)
            self._agenda.plan(later, "answer", lambda on: self._adjust(submission, on, "WO", owed))


def _ignore(*_: object) -> None:
    """Take a notice nobody asked for."""
