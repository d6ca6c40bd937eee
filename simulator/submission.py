"""Owns a claim on its way, from the form to its last answer, and the appeal rows that it leaves."""

from dataclasses import dataclass

from claims.claim import Claim
from claims.remittance import Remittance
from simulator.answers import Answer, Verdict
from simulator.edits import Risk
from simulator.encounters import Encounter
from simulator.payers import SimulatedPayer
from simulator.records import Facts, SentClaim


@dataclass(slots=True, kw_only=True)
class Submission:
    """One claim sent once. `verdict` is drawn when it is sent; the answer is priced when it is due."""

    encounter: Encounter
    claim: Claim
    facts: Facts
    risks: list[Risk]
    sent: SentClaim
    payer: SimulatedPayer
    day: int
    verdict: Verdict
    rejection_probability: float
    is_rejected: bool
    number: int  # how often this claim was sent, this one included
    answer_day: int = 0
    answer: Answer | None = None
    answered: Remittance | None = None
    replaces: "Submission | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRow:
    """One row of appeals.csv. Days are ordinals; `decided_day` `None` = pending."""

    number: str
    payer_id: str
    level: int
    filed_day: int
    decided_day: int | None
    outcome: str
    recovered_cents: int
    minutes: int
