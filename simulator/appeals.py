"""Owns what happens to a denial: which ones the staff works, how, and P(overturn) as a function of what both sides can see."""

import math
from dataclasses import dataclass
from random import Random

from claims.claim import Claim
from claims.denial import classify_adjustment
from simulator.answers import Answer, carc_chance
from simulator.codes import EDITS
from simulator.edits import Risk
from simulator.payers import SimulatedPayer
from simulator.practice import Location
from simulator.priors import APPEAL_PULL, OVERTURN, REWORK_PULL
from simulator.records import Facts

PARTIAL_SHARE = 0.14  # of overturned appeals
PARTIAL_GENEROSITY = 0.55  # mean share of the contract that a partly overturned appeal pays


@dataclass(frozen=True, kw_only=True)
class DeniedClaim:
    """A denial as the staff sees it, with the edit that only the payer knows."""

    claim: Claim
    facts: Facts
    risks: list[Risk]
    answer: Answer
    edit: str
    answered_day: int
    payer: SimulatedPayer
    years: float  # since the world began

    @property
    def shown_cause(self) -> str:
        """Name the cause that the codes on the remittance suggest."""
        wording = self.answer.wording
        if wording is None:
            return EDITS[self.edit].cause
        remarks = (wording.rarc,) if wording.rarc else ()
        return classify_adjustment(carc=wording.carc, remark_codes=remarks, nothing_allowed=True) or "payer_processing"


def overturn_chance(denied: DeniedClaim, cause: str, *, elapsed_days: int, level: int) -> float:
    """Give P(overturned | appealed) for a cause: payer, drift, money, papers, authorization on file and delay move it."""
    if elapsed_days > denied.payer.appeal_limit_days:
        return 0.02
    if cause == "timely_filing" and denied.payer.plan_type == "medicare_ffs":
        return 0.01
    margin = math.log(OVERTURN[cause] / (1 - OVERTURN[cause]))
    margin += denied.payer.overturn_tilt + denied.payer.generosity_drift * denied.years
    margin -= 0.22 * math.log(max(1.0, denied.answer.denied_cents / 100) / 250.0)
    margin -= 0.011 * max(0, elapsed_days - 15)
    if denied.claim.paperwork:
        margin += 0.7 if cause in {"medical_necessity", "documentation", "authorization"} else 0.2
    if cause == "authorization":
        margin += 0.9 if denied.facts.authorization is not None else -0.5
    if cause == "eligibility" and denied.facts.check is not None:
        margin += 0.7 if denied.facts.check.status == "active" else -0.9
    if cause == "medical_necessity":
        margin += 0.12 * (len(denied.claim.diagnosis_codes) - 2)
    if level > 1:
        margin -= 1.5 + (2.0 if denied.payer.plan_type == "medicare_advantage" else 0.0)
    return 1.0 / (1.0 + math.exp(-margin))


def visible_overturn_chance(denied: DeniedClaim, *, elapsed_days: int, level: int = 1) -> float:
    """Average the chance over what may stand behind the CARC shown, given the files: what the best model could know."""
    wording = denied.answer.wording
    surviving, total, mean = 1.0, 0.0, 0.0
    for risk in denied.risks:
        if wording is not None:
            weight = surviving * risk.probability * carc_chance(denied.payer, risk.edit, wording.carc)
            total += weight
            mean += weight * overturn_chance(denied, EDITS[risk.edit].cause, elapsed_days=elapsed_days, level=level)
        surviving *= math.exp(-risk.hazard)
    if total <= 0.0:
        return overturn_chance(denied, EDITS[denied.edit].cause, elapsed_days=elapsed_days, level=level)
    return mean / total


def choose_action(random: Random, denied: DeniedClaim, location: Location) -> str:
    """Choose "rework", "appeal" or "" (never worked), by cause shown, money and desk."""
    cause = denied.shown_cause
    money = min(2.0, (denied.answer.denied_cents / 100 / 180.0) ** 0.35)
    draw = random.random()
    rework = min(0.85, REWORK_PULL.get(cause, 0.0) * location.diligence * (0.55 + 0.45 * money))
    if draw < rework:
        return "rework"
    appeal = min(0.8, 0.5 * APPEAL_PULL[cause] * location.diligence * money * money)
    no_right = "MA130" in denied.answer.remarks
    return "appeal" if not no_right and random.random() < appeal else ""
