"""Owns the ranked root causes of an explained row: which workflow, how much of the risk, what shows it, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from claims.root_cause import root_causes
from features.matrix import FeatureMatrix
from features.registry import FEATURES
from models.explanation import Explanation
from models.facts import Background, Evidence, ExplainedRow

MOST_CAUSES = 3


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
    explained: ExplainedRow = field(repr=False, compare=False)
    column: int = field(repr=False, compare=False)  # of this cause in the explanation

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """Give the facts that raise this cause most, strongest first. Gathered when read: most rows are never looked at."""
        return self.explained.evidence(self.column)

    @property
    def reason(self) -> str:
        """Say why: the strongest fact that speaks for this very cause, else the strongest of all; "" without any."""
        own = [fact for fact in self.evidence if fact.feature in FEATURES and FEATURES[fact.feature].root_cause == self.id]
        facts = own or self.evidence
        return facts[0].text if facts else ""


def explained_rows(
    explanation: Explanation, matrix: FeatureMatrix, *, background: Background | None = None
) -> list[ExplainedRow]:
    """Take an explanation apart by row. `matrix` is the one that was explained."""
    background = background or Background()
    return [
        ExplainedRow(explanation=explanation, matrix=matrix, background=background, row=row)
        for row in range(len(explanation.margin))
    ]


def rank_root_causes(rows: Sequence[ExplainedRow], *, most: int = MOST_CAUSES) -> list[tuple[RankedCause, ...]]:
    """Rank causes for every row of one explanation, largest share first; ties in the order of the bundle. No cause comes twice.

    A model without causes (appeal_success) gives empty tuples.
    """
    if not rows:
        return []
    explanation, known = rows[0].explanation, root_causes()
    columns = [at for at, cause in enumerate(explanation.causes) if cause in known]
    if not columns:
        return [() for _ in rows]
    shares = explanation.by_cause[:, columns] / explanation.margin[:, None]
    order = np.argsort(-shares, axis=1, kind="stable")[:, :most]
    return [
        tuple(
            _ranked(one, column=columns[at], share=float(shares[one.row, at])) for at in order[one.row] if shares[one.row, at] > 0
        )
        for one in rows
    ]


def _ranked(explained: ExplainedRow, *, column: int, share: float) -> RankedCause:
    cause = root_causes()[explained.explanation.causes[column]]
    return RankedCause(
        id=cause.id,
        share=share,
        probability=share * float(explained.explanation.probability[explained.row]),
        tier=cause.tier.value,
        owner=cause.owner,
        title=cause.title,
        fix=cause.fix,
        explained=explained,
        column=column,
    )
