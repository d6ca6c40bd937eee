"""Owns the days: visits come, claims go out, payers answer, the staff follows up. One pass, day by day, files as it goes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Protocol

from claims.claim import Claim
from simulator.agenda import Agenda, business_day
from simulator.answers import Pricer, draw_verdict
from simulator.appeals import DeniedClaim
from simulator.chance import stream
from simulator.corrections import Corrector
from simulator.desk import AUTHORIZATION_LEAD_DAYS, Desk
from simulator.encounters import Clinic, Encounter
from simulator.follow_up import FollowUp
from simulator.forms import FormFiller
from simulator.mailroom import Mailroom
from simulator.office import NO_DENIAL, PayerOffice
from simulator.people import Panel
from simulator.records import Records, SentClaim
from simulator.review import Advised, Draft, Staff, WriteFiles
from simulator.submission import AppealRow, Submission
from simulator.world import World

Progress = Callable[[int, int], None]


class AnswerKey(Protocol):
    """Who is told what really happened."""

    def add_submission(self, submission: Submission, *, last_day: int) -> None:
        """Note a submission with its exact chances."""
        ...

    def add_denial(self, submission: Submission, denied: DeniedClaim, *, elapsed_days: int) -> None:
        """Note a denial with its chance of being overturned."""
        ...


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened, counted."""

    encounters: int = 0
    submissions: int = 0
    rejected: int = 0
    answered: int = 0
    denied: int = 0


class Simulation:
    """Runs one world. Without a mailroom nothing is written."""

    def __init__(self, world: World, *, name: str, claims: int, mailroom: Mailroom | None, key: AnswerKey) -> None:
        def random(use: str) -> Random:
            return stream(world.seed, name, use)

        self.world = world
        self.tally = Tally()
        self._claims = claims
        self._mailroom = mailroom
        self._key = key
        self._random, self._payer_random = random("days"), random("payers")
        self._records = Records(world.enrollments)
        size = max(50, round(claims / world.priors.visits_per_patient))
        panel = Panel(random("people"), world.priors, payers=world.payers, practice=world.practice, size=size)
        self._clinic = Clinic(
            random("clinic"), world.catalog, world.priors, practice=world.practice, panel=panel, late_codes=world.late_codes
        )
        self.desk = Desk(random("desk"), world, self._records)
        self._forms = FormFiller(practice=world.practice, catalog=world.catalog)
        self._agenda = Agenda(world.last_day)
        pricer = Pricer(random("prices"))
        self._office = PayerOffice(random("office"), world.priors, agenda=self._agenda, records=self._records, pricer=pricer)
        self._panel = panel
        self._review: _Review | None = None
        self._follow_up = FollowUp(
            random("follow-up"),
            random("appeals"),
            agenda=self._agenda,
            office=self._office,
            corrector=Corrector(random("corrections"), world, desk=self.desk, panel=panel),
            submit=self._submit,
            first_day=world.first_day,
        )
        self._follow_up.on_denial = lambda submission, denied, elapsed: key.add_denial(submission, denied, elapsed_days=elapsed)
        self._office.on_rejected = self._follow_up.rejected
        self._office.on_answered = self._answered
        self._outbox: list[Claim] = []

    def advise_with(self, advised: Advised, write_files: WriteFiles) -> None:
        """Ask a reviewer before claims are sent, and have the staff follow what it says."""

        def random(use: str) -> Random:
            return stream(self.world.seed, "world", use)

        staff = Staff(
            random("staff"),
            advised.habits,
            corrector=Corrector(random("staff corrections"), self.world, desk=self.desk, panel=self._panel),
            send=self._send,
            later=lambda day, draft: self._agenda.plan(day, "submit", lambda on: self._send(draft, on)),
        )
        self._review = _Review(advised=advised, staff=staff, write_files=write_files, waiting=[])
        for day in range(advised.from_day, advised.to_day + 1):
            self._agenda.plan(day, "review", self._review_drafts)

    @property
    def records(self) -> Records:
        """Give the practice's files as they stand."""
        return self._records

    def run(self, progress: Progress | None = None) -> Tally:
        """Run every day of the span; `progress` gets visits done and visits in all, once a day."""
        quotas = visits_by_day(self._random, self.world, self._claims)
        for day in range(self.world.first_day - AUTHORIZATION_LEAD_DAYS, self.world.last_day + 1):
            for _ in range(quotas.get(day + AUTHORIZATION_LEAD_DAYS, 0)):
                self._book(day + AUTHORIZATION_LEAD_DAYS, day)
            self._agenda.run(day)
            self._send_out(day)
            self._records.close_day()
            if progress is not None:
                progress(self.tally.encounters, self._claims)
        return self.tally

    def appeal_rows(self) -> list[AppealRow]:
        """List the appeals by filing day."""
        return sorted(self._follow_up.appeal_rows, key=lambda row: (row.filed_day, row.number, row.level))

    def _book(self, service_day: int, today: int) -> None:
        """Book a visit: the check before it, the claim after it, and now and then a check long after."""
        encounter = self._clinic.draw(service_day)
        check_day = self.desk.prepare(encounter, today)
        if check_day is not None:
            self._agenda.plan(check_day, "check", lambda day: self.desk.check(encounter, day))
        submit_day = business_day(service_day + self.desk.submission_delay(encounter))
        if submit_day > self.world.last_day:
            submit_day = self._random.randint(min(service_day + 1, self.world.last_day), self.world.last_day)
        self.tally.encounters += 1
        self._agenda.plan(submit_day, "submit", lambda day: self._submit(encounter, day, "1", None))
        if self._random.random() < 0.04:
            self._agenda.plan(submit_day + self._random.randint(1, 20), "check", lambda day: self.desk.check(encounter, day))

    def _submit(self, encounter: Encounter, day: int, frequency_code: str, replaces: Submission | None) -> None:
        draft = Draft(encounter=encounter, frequency_code=frequency_code, replaces=replaces)
        review = self._review
        if review is None or not review.advised.from_day <= day <= review.advised.to_day:
            self._send(draft, day)
        else:
            claim = self._forms.fill(encounter, day=day, frequency_code=frequency_code)
            review.waiting.append((draft, claim))

    def _review_drafts(self, day: int) -> None:
        review = self._review
        if review is None or not review.waiting:
            return
        drafts, review.waiting = review.waiting, []
        advised = review.advised.reviewer.review(day, [claim for _, claim in drafts], review.write_files)
        for (draft, claim), advice in zip(drafts, advised, strict=True):
            facts = self._records.facts(claim, draft.encounter.patient, day)
            act = review.staff.follow(draft, claim, advice, self.world.adjudicator.risks(claim, facts), day)
            if act is not None:
                review.advised.reviewer.told(act)

    def _send(self, draft: Draft, day: int) -> None:
        encounter, frequency_code, replaces = draft.encounter, draft.frequency_code, draft.replaces
        encounter.submission_count += 1
        claim = self._forms.fill(encounter, day=day, frequency_code=frequency_code)
        facts = self._records.facts(claim, encounter.patient, day)
        adjudicator = self.world.adjudicator
        rejection = adjudicator.rejection_probability(claim, facts)
        risks = [risk for risk in adjudicator.risks(claim, facts) if risk.edit not in draft.mended]
        rejected = self._payer_random.random() < rejection
        sent = SentClaim(day=day, number=claim.patient_control_number, frequency_code=frequency_code)
        submission = Submission(
            encounter=encounter,
            claim=claim,
            facts=facts,
            risks=risks,
            sent=sent,
            payer=self.world.payer(claim.payer.payer_id),
            day=day,
            verdict=NO_DENIAL if rejected else draw_verdict(self._payer_random, risks),
            rejection_probability=rejection,
            is_rejected=rejected,
            number=encounter.submission_count,
            replaces=replaces,
        )
        self._records.add_submission(claim, encounter.patient, sent)
        self._outbox.append(claim)
        self.tally.submissions += 1
        self.tally.rejected += rejected
        self._office.receive(submission)
        if not rejected:
            self._follow_up.sent(submission)
        self._key.add_submission(submission, last_day=self.world.last_day)

    def _answered(self, submission: Submission, day: int) -> None:
        self.tally.answered += 1
        self.tally.denied += submission.verdict.is_denied
        self._follow_up.answered(submission, day)

    def _send_out(self, day: int) -> None:
        if self._mailroom is not None:
            self._mailroom.send_claims(day, self._outbox)
            self._mailroom.acknowledge(day, self._office.acknowledged)
            self._mailroom.pay(day, self._office.payments)
            self._mailroom.end_day(day)
        self._outbox, self._office.acknowledged, self._office.payments = [], [], {}


@dataclass(slots=True, kw_only=True)
class _Review:
    """Who advises, who follows, and what waits for advice today."""

    advised: Advised
    staff: Staff
    write_files: WriteFiles
    waiting: list[tuple[Draft, Claim]]


def visits_by_day(random: Random, world: World, claims: int) -> dict[int, int]:
    """Spread the visits over the days: weekdays carry most, the practice grows a little, late December is slow."""
    weights = {}
    for day in range(world.first_day, world.last_day):
        on = date.fromordinal(day)
        base = (1.0, 1.08, 1.05, 1.0, 0.85, 0.12, 0.02)[on.weekday()] * (1 + 0.15 * (day - world.first_day) / 365)
        weights[day] = base * (0.8 if on.month == 12 and on.day > 20 else 1.0) * random.uniform(0.9, 1.1)
    total, quotas, carry = sum(weights.values()), dict[int, int](), 0.0
    for day, weight in weights.items():
        carry += claims * weight / total
        quotas[day] = int(carry + 1e-9)
        carry -= quotas[day]
    quotas[max(quotas)] += claims - sum(quotas.values())
    return quotas
