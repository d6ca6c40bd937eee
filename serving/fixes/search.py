"""Owns the search: candidates of many claims re-scored together, single changes first, then the best one with one more."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from claims.claim import Claim
from claims.fix import care_given, fixes
from claims.privacy import PersonHasher
from features.batch import ClaimBatch
from features.evaluation import Evaluation
from features.history import History
from models.bundle import ModelBundle
from serving.errors import UntruthfulFix
from serving.fixes import cover_changes, line_changes, number_changes
from serving.fixes.case import Case, PaidHabits
from serving.fixes.change import Change, Proposal
from serving.fixes.rescoring import Candidate, Rescorer

MOST_CHANGES = 3
MOST_CANDIDATES = 24  # single changes of one claim
MAKERS: dict[str, Callable[[Case], Iterator[Change]]] = {
    "authorization_number": number_changes.authorizations,
    "referral_number": number_changes.referrals,
    "modifier": line_changes.modifiers,
    "units": line_changes.units,
    "diagnosis_pointer": line_changes.diagnosis_pointers,
    "subscriber_id": cover_changes.subscriber_ids,
    "payer_order": cover_changes.payer_orders,
    "payer_id": cover_changes.payer_ids,
    "rendering_provider": number_changes.rendering_providers,
    "required_field": number_changes.required_fields,
    "documentation": number_changes.documents,
    "eligibility_check": cover_changes.eligibility_checks,
    "enrollment_hold": cover_changes.enrollment_holds,
}
"""What makes changes of each fix; `duplicate` and `submit_now` follow from rules, not from a score."""


@dataclass(frozen=True, kw_only=True)
class RiskyClaim:
    """A claim above its threshold. `row` is its position in the batch searched; `causes` are its ranked root causes.

    `target` is the probability that a fix must get it below.
    """

    row: int
    claim: Claim
    probability: float
    target: float
    causes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Tried:
    candidate: Candidate
    probability: float
    denied_share: float  # of the charge, expected


class FixSearch:
    """Finds fixes with one model and one history. `learned_share` is the share of the charge that a denial takes, by cause."""

    def __init__(self, bundle: ModelBundle, history: History, *, learned_share: np.ndarray) -> None:
        self._bundle = bundle
        self._history = history
        self._share = learned_share
        self._habits = PaidHabits(history)

    def propose(self, risky: Sequence[RiskyClaim], batch: ClaimBatch, *, hasher: PersonHasher) -> dict[int, Proposal]:
        """Find, by row, the smallest set of changes that brings each claim below its target; a claim without one is left out.

        `batch` holds the claims as they are. Every candidate is scored as a claim of its own, those of all claims in one batch.
        """
        if not risky:
            return {}
        rescorer = Rescorer(bundle=self._bundle, history=self._history, hasher=hasher)
        at = Evaluation(batch, self._history)
        singles = {one.row: self._singles(one, at) for one in risky}
        found: dict[int, Proposal] = {}
        best: dict[int, _Tried] = {}
        looking = list(risky)
        for _ in range(MOST_CHANGES):
            better = self._try(looking, singles, best, rescorer, batch)
            best |= better
            found |= {
                one.row: _proposal(one, best[one.row])
                for one in looking
                if one.row in better and best[one.row].probability < one.target
            }
            looking = [one for one in looking if one.row in better and one.row not in found]
        return found

    def _singles(self, one: RiskyClaim, at: Evaluation) -> list[Change]:
        case = Case(claim=one.claim, row=one.row, at=at, habits=self._habits)
        wanted = (fix for fix in fixes().values() if fix.id in MAKERS and set(fix.causes) & set(one.causes))
        by_cause = sorted(wanted, key=lambda fix: min(one.causes.index(cause) for cause in fix.causes if cause in one.causes))
        return [change for fix in by_cause for change in MAKERS[fix.id](case)][:MOST_CANDIDATES]

    def _try(
        self,
        claims: Sequence[RiskyClaim],
        singles: dict[int, list[Change]],
        best: dict[int, _Tried],
        rescorer: Rescorer,
        batch: ClaimBatch,
    ) -> dict[int, _Tried]:
        """Re-score each claim's best set so far with each further change; gives the set of lowest risk, where that is lower."""
        made = {one.row: best[one.row].candidate.changes if one.row in best else () for one in claims}
        candidates = [
            _truthful(one, Candidate.make(one.row, (*made[one.row], change), one.claim))
            for one in claims
            for change in singles[one.row]
            if not any(change.excludes(other) for other in made[one.row])
        ]
        if not candidates:
            return {}
        by_cause = rescorer.causes(candidates, batch)
        probability, share = by_cause.sum(axis=1), (by_cause * self._share).sum(axis=1)
        lowest = {one.row: best[one.row].probability if one.row in best else one.probability for one in claims}
        found: dict[int, _Tried] = {}
        for position, candidate in enumerate(candidates):
            if probability[position] < lowest[candidate.row]:
                lowest[candidate.row] = float(probability[position])
                found[candidate.row] = _Tried(
                    candidate=candidate, probability=lowest[candidate.row], denied_share=float(share[position])
                )
        return found


def _truthful(one: RiskyClaim, candidate: Candidate) -> Candidate:
    if care_given(candidate.claim) != care_given(one.claim):
        raise UntruthfulFix(tuple(change.fix_id for change in candidate.changes))
    return candidate


def _proposal(one: RiskyClaim, tried: _Tried) -> Proposal:
    return Proposal(
        changes=tried.candidate.changes,
        probability_before=one.probability,
        probability_after=tried.probability,
        expected_denied_amount=tried.denied_share * float(one.claim.charge_amount),
        claim=tried.candidate.claim,
    )
