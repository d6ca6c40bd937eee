"""Owns scoring: claims in, probability, dollars, root causes and advice out. Command line and API share this one way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claims.adjudication import Adjudication
from claims.claim import Claim
from claims.privacy import PersonHasher
from features.batch import ClaimBatch, numbers, texts
from features.evaluation import Evaluation
from features.history import History
from features.matrix import FeatureMatrix, matrix_of
from models.bundle import ModelBundle
from models.denied_share import ANY, learn_denied_shares
from models.explanation import Explanation, Split
from models.facts import Background, ExplainedRow
from models.root_causes import RankedCause, explained_rows, rank_root_causes
from models.usual import read_usual
from models.waterfall_picture import draw_waterfall
from serving.advice import SEND, Fixed, advise, costs_of
from serving.certain_edits import CertainEdit, certain_edits
from serving.fixes import FixSearch, Proposal, RiskyClaim
from serving.settings import Settings

CLAIMS_AT_ONCE = 1_000


class Depth(IntEnum):
    """How far a score goes; each level costs several times the one before."""

    SCORE = 0  # probability, dollars, category, interval, certain edits, advice to send or hold
    CAUSES = 1  # and root causes
    FIXES = 2  # and fixes of what is above its threshold


@dataclass(frozen=True, kw_only=True)
class ScoredClaim:
    """One answer. Amounts are dollars; `root_causes` are the three largest, their shares of the risk sum to at most 1.

    `fixes` is the smallest set of changes that brings the risk below the threshold, `None` where none is needed or was found.
    `certain` are rules that the claim breaks; they stand beside the probability. `expected_saving`: see `serving.advice.advise`.
    """

    claim_id: str
    payer_id: str
    denial_probability: float
    probability_low: float | None  # ends of the interval; None: the model gives none
    probability_high: float | None
    unfamiliar: tuple[str, ...]  # what the training data knew too little of
    denial_category: str
    category_probability: float
    charge_amount: float
    expected_denied_amount: float
    root_causes: tuple[RankedCause, ...]
    fixes: Proposal | None = None
    certain: tuple[CertainEdit, ...] = ()
    advice: str
    expected_saving: float
    model_version: str
    explained: ExplainedRow | None = field(repr=False, compare=False)  # the whole way to the score; None at `Depth.SCORE`

    def draw(self) -> str:
        """Draw the waterfall from an average claim to this one, as SVG. Of a claim that was explained only."""
        assert self.explained is not None  # noqa: S101  see above
        title = f"Claim {self.claim_id}: {100 * self.denial_probability:.0f} % chance of denial"
        return draw_waterfall(self.explained.waterfall(), title=title)


class Scorer:
    """A model with the history it looks back on. Immutable: a new model or history is a new scorer."""

    def __init__(self, bundle: ModelBundle, history: History, *, denied_shares: Mapping[str, float], settings: Settings) -> None:
        self._bundle = bundle
        self._history = history
        self._costs = costs_of(settings)
        self._usual = read_usual(bundle.tables)
        self._share = np.array([denied_shares.get(cause, denied_shares[ANY]) for cause in bundle.causes])
        self._search = FixSearch(bundle, history, learned_share=self._share)

    @property
    def model_version(self) -> str:
        """Name the model: its name and the version of its content."""
        return f"{self._bundle.name}-{self._bundle.version}"

    @property
    def feature_fingerprint(self) -> str:
        """Name the columns that the model reads, with their versions and order."""
        return self._bundle.features.fingerprint

    def score(
        self, claims: Sequence[Claim], *, hasher: PersonHasher, as_of: date | None = None, depth: Depth = Depth.FIXES
    ) -> list[ScoredClaim]:
        """Score claim records, each as of its submission day unless `as_of` is given. Returns one answer per claim, in order."""
        found: list[ScoredClaim] = []
        for start in range(0, len(claims), CLAIMS_AT_ONCE):  # so that memory stays bounded
            part = claims[start : start + CLAIMS_AT_ONCE]
            batch = ClaimBatch.from_claims(part, hasher=hasher)
            at = Evaluation(batch if as_of is None else batch.as_of(as_of), self._history)
            found += self._advised(part, at, hasher, depth)
        return found

    def score_kept(
        self, claims: Sequence[Claim], batch: ClaimBatch, *, hasher: PersonHasher, depth: Depth = Depth.FIXES
    ) -> list[ScoredClaim]:
        """Score rows that the history keeps, each on its prediction day; `claims` are their records, in the same order."""
        return list(self._advised(claims, Evaluation(batch, self._history), hasher, depth))

    def _advised(self, claims: Sequence[Claim], at: Evaluation, hasher: PersonHasher, depth: Depth) -> Iterator[ScoredClaim]:
        """Score claims, look for rules that they break and for fixes of those above the threshold, and advise."""
        scored = list(self._score_rows(at, depth))
        certain = certain_edits(claims, at)
        proposals = self._proposals(claims, scored, at.batch, hasher) if depth >= Depth.FIXES else {}
        for row, one in enumerate(scored):
            fixes = proposals.get(row)
            advice = advise(
                self._costs,
                probability=one.denial_probability,
                at_risk=one.expected_denied_amount,
                fixed=_fixed(fixes) if fixes else None,
                is_certain=any(edit.is_denial for edit in certain[row]),
            )
            yield replace(one, fixes=fixes, certain=certain[row], advice=advice.action, expected_saving=advice.expected_saving)

    def _proposals(
        self, claims: Sequence[Claim], scored: Sequence[ScoredClaim], batch: ClaimBatch, hasher: PersonHasher
    ) -> dict[int, Proposal]:
        thresholds = [self._costs.threshold(one.denial_probability, one.expected_denied_amount) for one in scored]
        above = [row for row, one in enumerate(scored) if one.denial_probability >= thresholds[row]]
        risky = [
            RiskyClaim(
                row=at,
                claim=claims[row],
                probability=scored[row].denial_probability,
                target=self._costs.target(scored[row].denial_probability, scored[row].expected_denied_amount),
                causes=tuple(cause.id for cause in scored[row].root_causes),
            )
            for at, row in enumerate(above)
        ]
        found = self._search.propose(risky, batch.take(np.array(above, dtype=np.int64)), hasher=hasher)
        return {above[at]: proposal for at, proposal in found.items()}

    def _score_rows(self, at: Evaluation, depth: Depth) -> Iterator[ScoredClaim]:
        batch, matrix = at.batch, matrix_of(at, self._bundle.feature_names)
        explanation = self._bundle.explain(matrix) if depth >= Depth.CAUSES else self._bundle.split(matrix)
        by_cause = explanation.by_cause / explanation.margin[:, None] * explanation.probability[:, None]
        charge = np.nan_to_num(batch.number("charge_amount"))
        at_risk = (by_cause * self._share).sum(axis=1) * charge
        explained = self._explained(explanation, matrix, at)
        ranked = rank_root_causes(explained) if explained else [()] * len(batch)
        confidence = self._confidence(matrix, explanation.probability)
        claim_ids, payer_ids = batch.text("patient_control_number"), batch.text("payer_id")
        top = np.argmax(by_cause, axis=1)
        for row, causes in enumerate(ranked):
            probability = float(explanation.probability[row])
            yield ScoredClaim(
                claim_id=claim_ids[row],
                payer_id=payer_ids[row],
                denial_probability=probability,
                probability_low=confidence[row][0],
                probability_high=confidence[row][1],
                unfamiliar=confidence[row][2],
                denial_category=explanation.causes[top[row]],
                category_probability=float(by_cause[row, top[row]]),
                charge_amount=float(charge[row]),
                expected_denied_amount=float(at_risk[row]),
                root_causes=causes,
                advice=SEND,
                expected_saving=0.0,
                model_version=self.model_version,
                explained=explained[row] if explained else None,
            )

    def _explained(self, explanation: Explanation | Split, matrix: FeatureMatrix, at: Evaluation) -> list[ExplainedRow]:
        if not isinstance(explanation, Explanation):
            return []
        return explained_rows(explanation, matrix, background=Background(usual=self._usual, evaluation=at))

    def _confidence(
        self, matrix: FeatureMatrix, probability: NDArray[np.float64]
    ) -> list[tuple[float | None, float | None, tuple[str, ...]]]:
        """Give low end, high end and reasons of unfamiliarity of each row."""
        confidence = self._bundle.confidence
        if confidence is None:
            return [(None, None, ())] * len(probability)
        reasons = confidence.name_reasons(matrix)
        low, high = confidence.interval(probability, is_unfamiliar=np.array([bool(row) for row in reasons], dtype=bool))
        return list(zip(low.tolist(), high.tolist(), reasons, strict=True))


def _fixed(proposal: Proposal) -> Fixed:
    return Fixed(
        probability=proposal.probability_after, at_risk=proposal.expected_denied_amount, change_count=len(proposal.changes)
    )


def denied_shares(adjudication: Adjudication, claims: pa.Table) -> dict[str, float]:
    """Learn the share of the charge that a denial takes from all first answers, by category and under "any"."""
    outcome = adjudication.submissions.filter(adjudication.submissions["denied"])
    charge = dict(zip(claims["submission_id"].to_pylist(), numbers(claims["charge_amount"]).tolist(), strict=True))
    return learn_denied_shares(
        category=texts(outcome["category"]),
        charge=np.array([charge.get(key, np.nan) for key in outcome["submission_id"].to_pylist()]),
        denied_amount=numbers(outcome["denied_amount"]),
    )
