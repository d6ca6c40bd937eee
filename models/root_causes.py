"""Owns the ranked root causes of an explained row: which workflow, how much of the risk, what shows it, what to do."""

from dataclasses import dataclass

import numpy as np

from claims.root_cause import root_causes
from features.matrix import FeatureMatrix
from models.explanation import Explanation
from models.feature_set import feature_title

MOST_CAUSES = 3


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One column that raises a cause: what it is, what this claim has there, how much hazard it adds."""

    feature: str
    title: str
    observed: float | None  # the claim's own value; None = missing, which is itself the evidence
    contribution: float


@dataclass(frozen=True, kw_only=True)
class RankedCause:
    """One root cause of one row. `share` of all the row's risk; the shares of a row's causes sum to at most 1."""

    id: str
    share: float
    probability: float  # that the row is denied for this cause
    tier: str
    owner: str
    title: str
    fix: str
    evidence: tuple[Evidence, ...]


def rank_root_causes(
    explanation: Explanation, matrix: FeatureMatrix, *, most: int = MOST_CAUSES
) -> list[tuple[RankedCause, ...]]:
    """Rank causes for every row, largest share first; ties in the order of the bundle. No cause comes twice.

    `matrix` is the one that was explained. A model without causes (appeal_success) gives empty tuples.
    """
    known = root_causes()
    columns = [at for at, cause in enumerate(explanation.causes) if cause in known]
    if not columns:
        return [() for _ in range(len(explanation.margin))]
    hazards = explanation.by_cause[:, columns]
    shares = hazards / explanation.margin[:, None]
    order = np.argsort(-shares, axis=1, kind="stable")[:, :most]
    return [
        tuple(
            _ranked(explanation, matrix, row=row, column=columns[at], share=float(shares[row, at]))
            for at in order[row]
            if shares[row, at] > 0
        )
        for row in range(len(order))
    ]


def _ranked(explanation: Explanation, matrix: FeatureMatrix, *, row: int, column: int, share: float) -> RankedCause:
    cause = root_causes()[explanation.causes[column]]
    evidence = []
    for feature, strength in zip(explanation.evidence[row, column], explanation.evidence_contributions[row, column], strict=True):
        if feature < 0:
            break
        observed = float(matrix.values[row, feature])
        name = explanation.names[feature]
        evidence.append(
            Evidence(
                feature=name,
                title=feature_title(name),
                observed=None if np.isnan(observed) else observed,
                contribution=float(strength),
            )
        )
    return RankedCause(
        id=cause.id,
        share=share,
        probability=share * float(explanation.probability[row]),
        tier=cause.tier.value,
        owner=cause.owner,
        title=cause.title,
        fix=cause.fix,
        evidence=tuple(evidence),
    )
