"""Owns what the practice does about an answer: bill the secondary payer, correct and replace, appeal, or nothing."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from simulator.agenda import Agenda, business_day
from simulator.appeals import PARTIAL_GENEROSITY, PARTIAL_SHARE, DeniedClaim, choose_action, overturn_chance
from simulator.codes import EDITS
from simulator.corrections import Corrector
from simulator.encounters import Encounter, PrimaryAnswer
from simulator.office import PayerOffice
from simulator.submission import AppealRow, Submission

_USUAL_DELAY_DAYS = 20  # to an appeal; the answer key states P(overturn) for it where no appeal is filed
_PROCESSING_MENDED = 0.4
Submit = Callable[[Encounter, int, str, Submission | None], object]
DenialNotice = Callable[[Submission, DeniedClaim, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Appeal:
    submission: Submission
    denied: DeniedClaim
    level: int
    filed_day: int
    minutes: int
    overturn_probability: float


class FollowUp:
    """The practice's back office."""

    def __init__(
        self,
        random: Random,
        payer_random: Random,
        *,
        agenda: Agenda,
        office: PayerOffice,
        corrector: Corrector,
        submit: Submit,
        first_day: int,
    ) -> None:
        self._random = random
        self._payer_random = payer_random
        self._agenda = agenda
        self._office = office
        self._corrector = corrector
        self._submit = submit
        self._first_day = first_day
        self.appeal_rows: list[AppealRow] = []
        self.on_denial: DenialNotice = _ignore

    def answered(self, submission: Submission, day: int) -> None:
        """React to an answer that has just come."""
        if submission.verdict.first is None:
            self._paid(submission, day)
        else:
            self._denied(submission, submission.verdict.first, day)

    def rejected(self, submission: Submission, day: int) -> None:
        """Correct a rejected claim and send it as a new one; a few are forgotten."""

        def send_again(on: int) -> None:
            submission.encounter.slips -= {"id_format", "id_typo", "taxonomy_missing"}
            if _is_current(submission) and self._random.random() < 0.94:
                self._submit(submission.encounter, on, "1", None)

        self._agenda.plan(business_day(day + 1 + self._random.randrange(10)), "submit", send_again)

    def sent(self, submission: Submission) -> None:
        """Plan the claim that a biller sends again, unchanged, because no answer came."""
        encounter = submission.encounter
        if submission.claim.is_replacement or self._random.random() >= encounter.location.rate("duplicate", submission.day):
            return

        def send_twice(on: int) -> None:
            if submission.answered is None and _is_current(submission):
                self._submit(encounter, on, "1", None)

        self._agenda.plan(business_day(submission.day + self._random.randint(9, 40)), "submit", send_twice)

    def _paid(self, submission: Submission, day: int) -> None:
        encounter, answer = submission.encounter, submission.answer
        has_second = encounter.primary_answer is None and encounter.patient.secondary is not None
        if has_second and answer is not None and answer.patient_cents > 0 and self._random.random() < 0.8:
            later = business_day(day + self._random.randint(2, 12))
            self._agenda.plan(later, "submit", lambda on: self._bill_secondary(submission, on))
        elif not has_second:
            self._office.plan_takeback(submission, day)

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
        )
        if self._random.random() < encounter.location.rate("primary_missing", day):
            encounter.slips.add("primary_missing")
        encounter.payer_claim_control_number = None
        self._submit(encounter, day, "1", None)

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
            years=(day - self._first_day) / 365,
        )
        action = choose_action(random, denied, encounter.location) if encounter.worked < 2 else ""
        encounter.worked += bool(action)
        filed_day = business_day(day + 2 + int(random.expovariate(1 / 24)))
        self.on_denial(submission, denied, filed_day - day if action == "appeal" else _USUAL_DELAY_DAYS)
        if edit == "processing" and self._payer_random.random() < _PROCESSING_MENDED:
            later = self._office.pay_day(submission.payer, day + self._payer_random.randint(18, 60))
            self._agenda.plan(later, "answer", lambda on: self._office.pay_after_all(submission, on, generosity=1.0))
        elif action == "rework":
            again = business_day(day + 3 + int(random.expovariate(1 / 14)))
            self._agenda.plan(again - 2, "follow", lambda on: self._rework(submission, edit, on, again))
        elif action == "appeal":
            self._agenda.plan(filed_day, "follow", lambda on: self._file_appeal(submission, denied, on, level=1))

    def _rework(self, submission: Submission, edit: str, day: int, again: int) -> None:
        """Correct the claim, then send it two days later: as a replacement, to another payer, or wrongly as new."""
        encounter, random = submission.encounter, self._random
        if not _is_current(submission):
            return
        elsewhere = self._corrector.correct(encounter, edit, day) if random.random() < 0.85 else False
        unprocessable = submission.answer is not None and "MA130" in submission.answer.remarks
        if elsewhere:
            encounter.payer_claim_control_number = None
        if elsewhere or unprocessable or random.random() < 0.06:
            self._agenda.plan(again, "submit", lambda on: self._submit(encounter, on, "1", None))
            return
        if random.random() < encounter.location.rate("replacement_unlinked", day):
            encounter.slips.add("replacement_unlinked")
        self._agenda.plan(again, "submit", lambda on: self._submit(encounter, on, "7", submission))

    def _file_appeal(self, submission: Submission, denied: DeniedClaim, day: int, *, level: int) -> None:
        random, elapsed = self._random, day - denied.answered_day
        appeal = _Appeal(
            submission=submission,
            denied=denied,
            level=level,
            filed_day=day,
            minutes=max(8, round(random.gauss(38 if level == 1 else 70, 16))),
            overturn_probability=overturn_chance(denied, EDITS[denied.edit].cause, elapsed_days=elapsed, level=level),
        )
        decided = day + 12 + int(random.gammavariate(2.5, 11))
        if decided > self._agenda.last_day or random.random() < 0.02:
            self._write(appeal, None, "pending", 0)
        else:
            self._agenda.plan(decided, "decide", lambda on: self._decide(appeal, on))

    def _decide(self, appeal: _Appeal, day: int) -> None:
        random, submission = self._payer_random, appeal.submission
        if random.random() < 0.025:
            self._write(appeal, day, "withdrawn", 0)
        elif random.random() < appeal.overturn_probability:
            partial = random.random() < PARTIAL_SHARE
            generosity = PARTIAL_GENEROSITY + random.uniform(-0.2, 0.2) if partial else 1.0
            denied_cents = submission.answer.denied_cents if submission.answer else 0
            recovered = round(denied_cents * submission.payer.allowed_ratio * generosity)
            later = self._office.pay_day(submission.payer, day + random.randint(3, 15))
            self._agenda.plan(later, "answer", lambda on: self._office.pay_after_all(submission, on, generosity=generosity))
            self._write(appeal, day, "partially_overturned" if partial else "overturned", recovered)
        else:
            self._write(appeal, day, "upheld", 0)
            if submission.payer.appeal_levels > appeal.level == 1 and self._random.random() < 0.2:
                later = business_day(day + 3 + int(self._random.expovariate(1 / 15)))
                self._agenda.plan(later, "follow", lambda on: self._file_appeal(submission, appeal.denied, on, level=2))

    def _write(self, appeal: _Appeal, decided_day: int | None, outcome: str, recovered_cents: int) -> None:
        self.appeal_rows.append(
            AppealRow(
                number=appeal.submission.claim.patient_control_number,
                payer_id=appeal.submission.payer.payer_id,
                level=appeal.level,
                filed_day=appeal.filed_day,
                decided_day=decided_day,
                outcome=outcome,
                recovered_cents=recovered_cents,
                minutes=appeal.minutes,
            )
        )


def _is_current(submission: Submission) -> bool:
    """Tell whether the encounter still stands before the payer that this submission went to."""
    return (submission.claim.subscriber.payer_sequence_code == "P") == (submission.encounter.primary_answer is None)


def _ignore(*_: object) -> None:
    """Take a notice nobody asked for."""
