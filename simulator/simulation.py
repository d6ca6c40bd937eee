"""Owns the days: visits come, claims go out, payers answer, the staff follows up. One pass, day by day, files as it goes."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from claims.acknowledgment import ClaimAcknowledgment, ClaimStatus
from claims.claim import Claim
from claims.remittance import ProviderAdjustment, Remittance
from simulator.answers import Answer, Pricer, Verdict, draw_verdict, remittance, reversal
from simulator.appeals import DeniedClaim, choose_action, overturn_chance, visible_overturn_chance
from simulator.chance import stream
from simulator.codes import EDITS
from simulator.corrections import Corrector
from simulator.desk import AUTHORIZATION_LEAD_DAYS, Desk
from simulator.edits import Risk, cause_probabilities, denial_probability
from simulator.encounters import Clinic, Encounter, PrimaryAnswer
from simulator.forms import FormFiller, dollars
from simulator.mailroom import Mailroom, Payment
from simulator.payers import SimulatedPayer
from simulator.people import Panel
from simulator.records import Facts, Records, SentClaim
from simulator.truth import CAUSES, Truth
from simulator.world import World

Event = Callable[[int], object]
Progress = Callable[[int, int], None]
_NO_DENIAL = Verdict(claim_edit=None, line_edits={}, first=None)
_REJECTION_STATUSES = (("A7", "164"), ("A3", "21"), ("A7", "562"), ("A8", "496"))


@dataclass(slots=True, kw_only=True)
class Submission:
    """One claim on its way."""

    encounter: Encounter
    claim: Claim
    facts: Facts
    risks: list[Risk]
    sent: SentClaim
    payer: SimulatedPayer
    day: int
    verdict: Verdict
    answer_day: int = 0
    answer: Answer | None = None
    answered: Remittance | None = None
    replaces: "Submission | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRow:
    """One row of appeals.csv."""

    number: str
    payer_id: str
    level: int
    filed_day: int
    decided_day: int | None
    outcome: str
    recovered_cents: int
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Appeal:
    submission: Submission
    denied: DeniedClaim
    level: int
    filed_day: int
    minutes: int
    overturn_probability: float


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened, counted."""

    encounters: int = 0
    submissions: int = 0
    rejected: int = 0
    answered: int = 0
    denied: int = 0


class Simulation:
    """Runs one world. Without a mailroom and truth it is a rehearsal that only keeps the hazards."""

    def __init__(self, world: World, *, name: str, claims: int, mailroom: Mailroom | None, truth: Truth | None) -> None:
        self.world = world
        self._claims = claims
        self._mailroom = mailroom
        self._truth = truth
        self._random = stream(world.seed, name, "days")
        self.records = Records()
        self.records.enrollments = {(row.npi, row.payer_id): row for row in world.enrollments}
        size = max(50, round(claims / world.priors.visits_per_patient))
        self._panel = Panel(
            stream(world.seed, name, "people"), world.priors, payers=world.payers, practice=world.practice, size=size
        )
        self._clinic = Clinic(
            stream(world.seed, name, "clinic"), world.catalog, world.priors, practice=world.practice, panel=self._panel
        )
        self._clinic.withhold(world.late_codes)
        self.desk = Desk(stream(world.seed, name, "desk"), world, self.records)
        self._corrector = Corrector(stream(world.seed, name, "corrections"), world, desk=self.desk, panel=self._panel)
        self._forms = FormFiller(practice=world.practice, catalog=world.catalog)
        self._pricer = Pricer(stream(world.seed, name, "prices"))
        self._payer_random = stream(world.seed, name, "payers")
        self._due: dict[int, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
        self._outbox: list[Claim] = []
        self._acknowledged: list[tuple[SimulatedPayer, ClaimAcknowledgment]] = []
        self._payments: dict[tuple[str, str], Payment] = {}
        self._claim_numbers = 0
        self.appeal_rows: list[AppealRow] = []
        self.rehearsed: list[tuple[str, dict[str, float]]] = []
        self.tally = Tally()

    def run(self, progress: Progress | None = None) -> Tally:
        """Run every day of the span."""
        quotas = _quotas(self._random, self.world, self._claims)
        for day in range(self.world.first_day - AUTHORIZATION_LEAD_DAYS, self.world.last_day + 1):
            for _ in range(quotas.get(day + AUTHORIZATION_LEAD_DAYS, 0)):
                self._book(day + AUTHORIZATION_LEAD_DAYS, day)
            self._run_due(day)
            self._send_out(day)
            self.records.close_day()
            if progress is not None and self._mailroom is not None:
                progress(self.tally.encounters, self._claims)
        self._close_open_appeals()
        return self.tally

    def _run_due(self, day: int) -> None:
        due = self._due.pop(day, None)
        if due is None:
            return
        for kind in ("check", "submit", "acknowledge", "answer", "follow", "decide"):
            events = due.get(kind, [])
            position = 0
            while position < len(events):
                events[position](day)
                position += 1

    def _plan(self, day: int, kind: str, event: Event) -> None:
        if day <= self.world.last_day:
            self._due[day][kind].append(event)

    def _send_out(self, day: int) -> None:
        if self._mailroom is not None:
            if self._outbox:
                self._mailroom.send_claims(day, self._outbox)
            if self._acknowledged:
                self._mailroom.acknowledge(day, self._acknowledged)
            if self._payments:
                self._mailroom.pay(day, self._payments)
            self._mailroom.end_day(day)
        self._outbox, self._acknowledged, self._payments = [], [], {}

    # -- the practice -------------------------------------------------------------------------------------------

    def _book(self, service_day: int, today: int) -> None:
        encounter = self._clinic.draw(service_day)
        check_day = self.desk.prepare(encounter, today)
        if check_day is not None:
            self._plan(max(today, check_day), "check", lambda day: self.desk.check(encounter, day))
        submit_day = self._business_day(service_day + self.desk.submission_delay(encounter))
        if submit_day > self.world.last_day:
            submit_day = self._random.randint(min(service_day + 1, self.world.last_day), self.world.last_day)
        self.tally.encounters += 1
        self._plan(submit_day, "submit", lambda day: self._submit(encounter, day))
        if self._random.random() < 0.04:
            self._plan(submit_day + self._random.randint(1, 20), "check", lambda day: self.desk.check(encounter, day))

    def _business_day(self, day: int) -> int:
        weekday = date.fromordinal(day).weekday()
        return day + (7 - weekday if weekday > 4 else 0)

    def _submit(
        self, encounter: Encounter, day: int, *, frequency_code: str = "1", replaces: Submission | None = None
    ) -> Submission:
        encounter.submission_count += 1
        claim = self._forms.fill(encounter, day=day, frequency_code=frequency_code)
        payer = self.world.payer(claim.payer.payer_id)
        facts = self.records.facts(claim, encounter.patient, day)
        risks = self.world.adjudicator.risks(claim, facts)
        rejection = self.world.adjudicator.rejection_probability(claim, facts)
        rejected = self._payer_random.random() < rejection
        verdict = _NO_DENIAL if rejected else draw_verdict(self._payer_random, risks)
        sent = SentClaim(
            day=day,
            number=claim.patient_control_number,
            frequency_code=frequency_code,
            member_id=claim.subscriber.person.member_id,
        )
        submission = Submission(
            encounter=encounter,
            claim=claim,
            facts=facts,
            risks=risks,
            sent=sent,
            payer=payer,
            day=day,
            verdict=verdict,
            replaces=replaces,
        )
        self.records.add_submission(claim, encounter.patient, sent)
        self._outbox.append(claim)
        self.tally.submissions += 1
        self._acknowledge_later(submission, rejected=rejected)
        if rejected:
            self.tally.rejected += 1
        else:
            self._answer_later(submission)
            self._maybe_send_twice(submission)
        self._tell_truth(submission, rejection=rejection, rejected=rejected)
        return submission

    def _maybe_send_twice(self, submission: Submission) -> None:
        """A biller sends the claim again, unchanged, because no answer came."""
        random, encounter = self._random, submission.encounter
        if submission.claim.is_replacement or random.random() >= encounter.location.rate("duplicate", submission.day):
            return
        again = self._business_day(submission.day + random.randint(9, 40))

        def send_twice(day: int) -> None:
            if submission.answered is None:
                self._submit(encounter, day)

        self._plan(again, "submit", send_twice)

    # -- the payers ---------------------------------------------------------------------------------------------

    def _acknowledge_later(self, submission: Submission, *, rejected: bool) -> None:
        random = self._payer_random

        def acknowledge(day: int) -> None:
            category, status = random.choice(_REJECTION_STATUSES) if rejected else ("A2", "20")
            self._acknowledged.append(
                (
                    submission.payer,
                    ClaimAcknowledgment(
                        patient_control_number=submission.claim.patient_control_number,
                        statuses=(
                            ClaimStatus(
                                category_code=category,
                                status_code=status,
                                entity_code="IL" if status == "164" else ("82" if status in {"562", "496"} else "PR"),
                                effective_on=date.fromordinal(day),
                                action_code="U" if rejected else "WQ",
                                charge_amount=submission.claim.charge_amount,
                            ),
                        ),
                        payer=submission.payer.payer_id,
                        service_from_on=submission.claim.service_from_on,
                    ),
                )
            )
            if rejected:
                self.records.add_state(submission.sent, "rejected")
                self._plan(
                    self._business_day(day + 1 + random.randrange(10)),
                    "submit",
                    lambda later: self._send_again(submission, later),
                )

        self._plan(self._business_day(submission.day + 1 + (random.random() < 0.3)), "acknowledge", acknowledge)

    def _send_again(self, submission: Submission, day: int) -> None:
        """Correct a rejected claim and send it as a new one."""
        submission.encounter.slips -= {"id_format", "id_typo", "taxonomy_missing"}
        if self._random.random() < 0.94:
            self._submit(submission.encounter, day)

    def _answer_later(self, submission: Submission) -> None:
        random, payer = self._payer_random, submission.payer
        earliest, median, sigma = payer.lag_days
        slower = 1.18 if submission.verdict.is_denied else 1.0
        lag = earliest + median * random.lognormvariate(0.0, sigma) * slower
        if random.random() < self.world.priors.tail_share:
            lag += random.uniform(15, 65)
        submission.answer_day = self._pay_day(payer, submission.day + round(lag))
        self._plan(submission.answer_day, "answer", lambda day: self._answer(submission, day))

    def _pay_day(self, payer: SimulatedPayer, day: int) -> int:
        while date.fromordinal(day).weekday() not in payer.pay_weekdays:
            day += 1
        return day

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
        self._claim_numbers += 1
        written = remittance(
            submission.claim,
            submission.payer,
            answer,
            control_number=f"{date.fromordinal(day).year % 100}{submission.payer.payer_id}{self._claim_numbers:08d}",
            received_day=submission.day + 1,
        )
        self._payment(submission).remittances.append(written)
        return written

    def _payment(self, submission: Submission) -> Payment:
        key = (submission.payer.payer_id, submission.claim.billing_provider.npi or "")
        return self._payments.setdefault(key, Payment(remittances=[], adjustments=[]))

    def _answer(self, submission: Submission, day: int) -> None:
        earlier = submission.replaces
        if earlier is not None and earlier.answered is not None and earlier.answered.paid_amount > 0:
            self._payment(submission).remittances.append(reversal(earlier.answered))
        answer = submission.answer = self._price(submission, submission.verdict)
        submission.answered = self._remit(submission, answer, day)
        self.tally.answered += 1
        first = submission.verdict.first
        self.records.add_state(submission.sent, "denied" if first else "paid")
        self.records.add_answer(
            submission.claim, submission.encounter.patient, day=day, cause=EDITS[first].cause if first else None
        )
        submission.encounter.payer_claim_control_number = submission.answered.payer_claim_control_number
        self._interest(submission, day)
        if first is not None:
            self.tally.denied += 1
            self._denied(submission, first, day)
        else:
            self._paid(submission, day)

    def _interest(self, submission: Submission, day: int) -> None:
        """A commercial payer that pays late owes interest."""
        late = day - submission.day - 45
        if (
            late > 0
            and submission.answered is not None
            and submission.answered.paid_amount > 100
            and submission.payer.plan_type == "commercial"
        ):
            cents = int(submission.answered.paid_amount) * late // 30
            if cents:
                self._adjust(submission, day, "L6", -cents)

    def _adjust(self, submission: Submission, day: int, reason: str, cents: int) -> None:
        npi = submission.claim.billing_provider.npi
        self._payment(submission).adjustments.append(
            ProviderAdjustment(
                provider_npi=npi,
                fiscal_period_on=date(date.fromordinal(day).year, 12, 31),
                reason_code=reason,
                reference=submission.claim.patient_control_number,
                adjustment_amount=dollars(cents),
            )
        )

    def _paid(self, submission: Submission, day: int) -> None:
        encounter = submission.encounter
        if encounter.primary_answer is None and encounter.patient.secondary is not None and submission.answer is not None:
            if submission.answer.patient_cents > 0 and self._random.random() < 0.8:
                self._plan(
                    self._business_day(day + self._random.randint(2, 12)),
                    "submit",
                    lambda later: self._bill_secondary(submission, later),
                )
        elif self._payer_random.random() < self.world.priors.takeback_rate:
            self._plan(
                self._pay_day(submission.payer, day + self._payer_random.randint(40, 150)),
                "answer",
                lambda later: self._take_back(submission, later),
            )

    def _bill_secondary(self, submission: Submission, day: int) -> None:
        encounter, answer = submission.encounter, submission.answer
        if answer is None or encounter.patient.secondary is None or encounter.primary_answer is not None:
            return
        totals: dict[tuple[str, str], int] = defaultdict(int)
        for line in answer.lines:
            for group, carc, cents in line.adjustments:
                totals[(group, carc)] += cents
        encounter.primary_answer = PrimaryAnswer(
            coverage=encounter.coverage,
            paid_cents=answer.paid_cents,
            adjudicated_day=submission.answer_day,
            adjustments=tuple((group, carc, cents) for (group, carc), cents in totals.items()),
            line_patient_cents=tuple(sum(c for g, _, c in line.adjustments if g == "PR") for line in answer.lines),
        )
        if self._random.random() < encounter.location.rate("primary_missing", day):
            encounter.slips.add("primary_missing")
        encounter.payer_claim_control_number = None
        self._submit(encounter, day)

    def _take_back(self, submission: Submission, day: int) -> None:
        """The payer finds that it paid too much: reversal, a lower payment, and for some payers the money a little later."""
        if submission.answered is None or submission.answered.paid_amount <= 0:
            return
        before = submission.answered
        self._payment(submission).remittances.append(reversal(before))
        lower = self._price(submission, _NO_DENIAL, generosity=self._payer_random.uniform(0.55, 0.85))
        submission.answered = self._remit(submission, lower, day)
        owed = int((before.paid_amount - submission.answered.paid_amount).scaleb(2))
        if submission.payer.defers_takebacks and owed > 0:
            self._adjust(submission, day, "WO", -owed)
            self._plan(
                self._pay_day(submission.payer, day + 14), "answer", lambda later: self._adjust(submission, later, "WO", owed)
            )

    # -- after a denial -----------------------------------------------------------------------------------------

    def _denied(self, submission: Submission, edit: str, day: int) -> None:
        encounter, random = submission.encounter, self._random
        if submission.answer is None:
            return
        if EDITS[edit].cause == "eligibility" and encounter.coverage.lapsed_on_day is None:
            encounter.coverage.lapsed_on_day = encounter.service_day
        denied = DeniedClaim(
            claim=submission.claim,
            facts=submission.facts,
            risks=submission.risks,
            answer=submission.answer,
            edit=edit,
            answered_day=day,
            payer=submission.payer,
            years=(day - self.world.first_day) / 365,
        )
        action = choose_action(random, denied, encounter.location) if encounter.worked < 2 else ""
        encounter.worked += bool(action)
        filed_day = self._business_day(day + 2 + int(random.expovariate(1 / 24)))
        self._tell_denial(submission, denied, day, elapsed=filed_day - day if action == "appeal" else 20)
        if edit == "processing" and self._payer_random.random() < 0.4:
            later = self._pay_day(submission.payer, day + self._payer_random.randint(18, 60))
            self._plan(later, "answer", lambda on: self._pay_after_all(submission, on, generosity=1.0))
        elif action == "rework":
            again = self._business_day(day + 3 + int(random.expovariate(1 / 14)))
            self._plan(again, "submit", lambda on: self._rework(submission, edit, on))
        elif action == "appeal":
            self._plan(filed_day, "follow", lambda on: self._file_appeal(submission, denied, on, level=1))

    def _rework(self, submission: Submission, edit: str, day: int) -> None:
        encounter, random = submission.encounter, self._random
        elsewhere = self._corrector.correct(encounter, edit, day) if random.random() < 0.85 else False
        remarks = submission.answer.remarks if submission.answer else ()
        if elsewhere:
            encounter.payer_claim_control_number = None
            self._submit(encounter, day)
        elif "MA130" in remarks or random.random() < 0.06:
            self._submit(encounter, day)
        else:
            if random.random() < encounter.location.rate("replacement_unlinked", day):
                encounter.slips.add("replacement_unlinked")
            self._submit(encounter, day, frequency_code="7", replaces=submission)

    def _pay_after_all(self, submission: Submission, day: int, *, generosity: float) -> int:
        """Reverse the denial and pay. Returns the cents that came."""
        before = submission.answered
        if before is None or before.claim_status_code == "22":
            return 0
        answer = self._price(submission, _NO_DENIAL, generosity=generosity)
        self._payment(submission).remittances.append(reversal(before))
        submission.answered = self._remit(submission, answer, day)
        self.records.add_state(submission.sent, "paid")
        return max(0, answer.paid_cents - int(before.paid_amount.scaleb(2)))

    def _file_appeal(self, submission: Submission, denied: DeniedClaim, day: int, *, level: int) -> None:
        random = self._random
        elapsed = day - denied.answered_day
        appeal = _Appeal(
            submission=submission,
            denied=denied,
            level=level,
            filed_day=day,
            minutes=max(8, round(random.gauss(38 if level == 1 else 70, 16))),
            overturn_probability=overturn_chance(denied, EDITS[denied.edit].cause, elapsed_days=elapsed, level=level),
        )
        decided = day + 12 + int(random.gammavariate(2.5, 11))
        if decided > self.world.last_day or random.random() < 0.02:
            self._appeal_row(appeal, None, "pending", 0)
            return
        self._plan(decided, "decide", lambda on: self._decide(appeal, on))

    def _decide(self, appeal: _Appeal, day: int) -> None:
        random, submission = self._payer_random, appeal.submission
        if random.random() < 0.025:
            self._appeal_row(appeal, day, "withdrawn", 0)
        elif random.random() < appeal.overturn_probability:
            partial = random.random() < 0.14
            generosity = random.uniform(0.35, 0.75) if partial else 1.0
            pay_day = self._pay_day(submission.payer, day + random.randint(3, 15))
            cents = self._expected_recovery(submission, generosity)
            self._plan(pay_day, "answer", lambda on: self._pay_after_all(submission, on, generosity=generosity))
            self._appeal_row(appeal, day, "partially_overturned" if partial else "overturned", cents)
        else:
            self._appeal_row(appeal, day, "upheld", 0)
            again = submission.payer.appeal_levels > appeal.level == 1 and self._random.random() < 0.2
            if again:
                later = self._business_day(day + 3 + int(self._random.expovariate(1 / 15)))
                self._plan(later, "follow", lambda on: self._file_appeal(submission, appeal.denied, on, level=2))

    def _expected_recovery(self, submission: Submission, generosity: float) -> int:
        denied = submission.answer.denied_cents if submission.answer else 0
        return round(denied * submission.payer.allowed_ratio * generosity)

    def _appeal_row(self, appeal: _Appeal, decided_day: int | None, outcome: str, cents: int) -> None:
        self.appeal_rows.append(
            AppealRow(
                number=appeal.submission.claim.patient_control_number,
                payer_id=appeal.submission.payer.payer_id,
                level=appeal.level,
                filed_day=appeal.filed_day,
                decided_day=decided_day,
                outcome=outcome,
                recovered_cents=cents,
                minutes=appeal.minutes,
            )
        )

    def _close_open_appeals(self) -> None:
        self.appeal_rows.sort(key=lambda row: (row.filed_day, row.number, row.level))

    # -- the answer key -----------------------------------------------------------------------------------------

    def _tell_truth(self, submission: Submission, *, rejection: float, rejected: bool) -> None:
        causes = cause_probabilities(submission.risks)
        claim = submission.claim
        if self._truth is None:
            hazards: dict[str, float] = defaultdict(float)
            for risk in submission.risks:
                hazards[EDITS[risk.edit].cause] += risk.hazard
            self.rehearsed.append((submission.payer.payer_id, hazards))
            return
        first = submission.verdict.first
        lines = submission.verdict.line_edits
        denied = sum((claim.lines[position].charge_amount for position in lines), dollars(0)) if lines else claim.charge_amount
        facility = submission.encounter.location
        self._truth.claims.add(
            {
                "claim_id": claim.patient_control_number,
                "payer_id": submission.payer.payer_id,
                "submitted_on": claim.submitted_on,
                "service_from_on": claim.service_from_on,
                "frequency_code": claim.frequency_code,
                "payer_sequence_code": claim.subscriber.payer_sequence_code,
                "submission_number": submission.encounter.submission_count,
                "rejection_probability": rejection,
                "rejected": rejected,
                "denial_probability": denial_probability(submission.risks),
                **{f"p_{cause}": causes.get(cause, 0.0) for cause in CAUSES},
                "denied": None if rejected else first is not None,
                "cause": EDITS[first].cause if first else None,
                "edit": first,
                "fix": EDITS[first].fix if first else None,
                "denied_amount": float(denied) if first else 0.0,
                "charge_amount": float(claim.charge_amount),
                "answered_on": date.fromordinal(submission.answer_day)
                if 0 < submission.answer_day <= self.world.last_day
                else None,
                "location_npi": (
                    facility.outpatient_department if submission.encounter.is_institutional else facility.facility
                ).npi,
            }
        )

    def _tell_denial(self, submission: Submission, denied: DeniedClaim, day: int, *, elapsed: int) -> None:
        if self._truth is None or submission.answer is None or submission.answer.wording is None:
            return
        wording = submission.answer.wording
        self._truth.denials.add(
            {
                "claim_id": submission.claim.patient_control_number,
                "payer_id": submission.payer.payer_id,
                "submitted_on": submission.claim.submitted_on,
                "denied_on": date.fromordinal(day),
                "group_code": wording.group_code,
                "carc": wording.carc,
                "rarc": wording.rarc,
                "denied_amount": submission.answer.denied_cents / 100,
                "cause": EDITS[denied.edit].cause,
                "p_overturn": visible_overturn_chance(denied, elapsed_days=elapsed),
                "recovered_share": submission.payer.allowed_ratio,
            }
        )


def _quotas(random: Random, world: World, claims: int) -> dict[int, int]:
    """Spread the visits over the days: weekdays carry most, the practice grows a little, December is slow."""
    weights = {}
    for day in range(world.first_day, world.last_day):
        on = date.fromordinal(day)
        base = (1.0, 1.08, 1.05, 1.0, 0.85, 0.12, 0.02)[on.weekday()] * (1 + 0.15 * (day - world.first_day) / 365)
        weights[day] = base * (0.8 if on.month == 12 and on.day > 20 else 1.0) * random.uniform(0.9, 1.1)
    total, quotas, carry = sum(weights.values()), {}, 0.0
    for day, weight in weights.items():
        carry += claims * weight / total
        quotas[day] = int(carry + 1e-9)
        carry -= quotas[day]
    quotas[max(quotas)] += claims - sum(quotas.values())
    return quotas
