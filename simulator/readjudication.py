"""Owns second opinions: a world played again from its seed, in which given submissions are also adjudicated as changed.

The change is judged by what the files of that world showed on that day; nothing else about the world moves.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from claims.claim import Claim
from simulator.appeals import DeniedClaim
from simulator.calibration import calibrate
from simulator.codes import EDITS
from simulator.edits import Adjudicator, Risk, denial_probability
from simulator.priors import Priors
from simulator.records import AuthorizationRow, Check, EnrollmentRow, Facts, Records
from simulator.simulation import Simulation
from simulator.submission import Submission
from simulator.world import draw_world

SubmissionKey = tuple[str, date, str]  # patient control number, day sent, frequency code


@dataclass(frozen=True, kw_only=True)
class ChangedClaim:
    """A submission as it would be sent instead, with what the practice would have obtained before."""

    claim: Claim
    authorized: bool = False  # the payer gave an authorization for the dearest line, from its day on
    verified: bool = False  # the payer was asked for eligibility the day before
    enrolled: bool = False  # the payer confirmed the provider's enrollment for the service day


@dataclass(frozen=True, kw_only=True)
class SecondOpinion:
    """How a submission that was denied fares when it is changed. Chances are exact, 0 to 1.

    `is_withheld`: the payer's answer about eligibility was that there is no cover, so that the claim is not sent.
    """

    edit: str  # that denied it first
    cause: str
    cause_before: float  # chance that an edit of that cause fires
    cause_after: float
    denial_before: float
    denial_after: float
    is_withheld: bool


def key_of(claim: Claim) -> SubmissionKey:
    """Name a submission."""
    return (claim.patient_control_number, claim.submitted_on, claim.frequency_code)


def readjudicate(
    changes: dict[SubmissionKey, ChangedClaim], *, claims: int, months: int, seed: int, start: date
) -> dict[SubmissionKey, SecondOpinion]:
    """Play the world of `simulate` with these arguments again; gives opinions on those of `changes` that were denied."""
    world = calibrate(draw_world(claims=claims, months=months, seed=seed, start=start, priors=Priors()))
    listener = _Listener(changes, world.adjudicator)
    simulation = Simulation(world, name="world", claims=claims, mailroom=None, key=listener)
    listener.records = simulation.records
    simulation.run()
    return listener.found


class _Listener:
    """Hears of every submission on its day, while the records still stand as they did."""

    def __init__(self, changes: dict[SubmissionKey, ChangedClaim], adjudicator: Adjudicator) -> None:
        self.records = Records(())
        self.found: dict[SubmissionKey, SecondOpinion] = {}
        self._changes = changes
        self._adjudicator = adjudicator

    def add_submission(self, submission: Submission, *, last_day: int) -> None:  # noqa: ARG002
        changed, edit = self._changes.get(key_of(submission.claim)), submission.verdict.first
        if changed is None or edit is None:
            return
        facts = self._facts(submission, changed)
        risks = self._adjudicator.risks(changed.claim, facts)
        cause = EDITS[edit].cause
        self.found[key_of(submission.claim)] = SecondOpinion(
            edit=edit,
            cause=cause,
            cause_before=_chance(submission.risks, cause),
            cause_after=_chance(risks, cause),
            denial_before=denial_probability(submission.risks),
            denial_after=denial_probability(risks),
            is_withheld=changed.verified and facts.check is not None and facts.check.status != "active",
        )

    def add_denial(self, submission: Submission, denied: DeniedClaim, *, elapsed_days: int) -> None:
        pass

    def _facts(self, submission: Submission, changed: ChangedClaim) -> Facts:
        facts = self.records.facts(changed.claim, submission.encounter.patient, submission.day)
        service = changed.claim.service_from_on
        service_day = service.toordinal() if service else submission.day
        if changed.authorized:
            row = _authorization(changed.claim, from_day=service_day, known_day=submission.day - 1)
            facts = replace(facts, authorization=row, authorization_units_used=0)
        if changed.enrolled:
            facts = replace(facts, enrollment=_enrollment(changed.claim, service_day))
        if changed.verified:
            check = _check(submission)
            facts = replace(facts, check=check, eligibility_denied=facts.eligibility_denied and check.status != "active")
        return facts


def _chance(risks: Iterable[Risk], cause: str) -> float:
    return -math.expm1(-sum(risk.hazard for risk in risks if EDITS[risk.edit].cause == cause))


def _authorization(claim: Claim, *, from_day: int, known_day: int) -> AuthorizationRow:
    line = max(claim.lines, key=lambda own: own.charge_amount)
    return AuthorizationRow(
        number=claim.authorization_number or "",
        payer_id=claim.payer.payer_id or "",
        member_id=claim.subscriber.person.member_id or "",
        procedure_code=line.procedure_code or "",
        from_day=from_day,
        to_day=from_day + 30,
        units=max(int(own.units) for own in claim.lines),
        known_day=known_day,
    )


def _enrollment(claim: Claim, service_day: int) -> EnrollmentRow:
    npi = (claim.rendering_provider.npi if claim.rendering_provider else None) or ""
    return EnrollmentRow(npi=npi, payer_id=claim.payer.payer_id or "", from_day=service_day, to_day=None, known_day=service_day)


def _check(submission: Submission) -> Check:
    """Ask the payer the day before: it knows whether the cover has lapsed, and answers for the member id on the claim."""
    coverage, day = submission.encounter.coverage, submission.day - 1
    if submission.claim.subscriber.person.member_id != coverage.member_id:
        return Check(day=day, status="not_found", begins_on_day=None, ends_on_day=None)
    lapsed = coverage.lapsed_on_day is not None and coverage.lapsed_on_day <= day
    return Check(
        day=day,
        status="inactive" if lapsed else "active",
        begins_on_day=coverage.begins_on_day,
        ends_on_day=coverage.lapsed_on_day if lapsed else coverage.ends_on_day,
    )
