"""Owns the ranked root causes of an explained row: which workflow, how much of the risk, what shows it, what to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from claims.root_cause import root_causes
from features.evaluation import Evaluation
from features.keys import procedure
from features.matrix import FeatureMatrix
from features.registry import FEATURES
from features.sources import find_sources
from models.explanation import Explanation
from models.feature_set import feature_title
from models.reasons import reason
from models.usual import Usual

MOST_CAUSES = 3


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One column that raises a cause: what it is, what this claim has there, how much hazard it adds."""

    feature: str
    title: str
    observed: float | None  # the claim's own value; None = missing, which is itself the evidence
    contribution: float
    usual: Usual | None = None  # the column among paid rows
    line_number: int | None = None  # of the line that gave the value; None = the claim as a whole
    procedure: str = ""  # of that line
    subject: str = ""  # what the title leaves open: the field that is missing, the state that is counted
    answers: int | None = None  # first answers that a rate rests on

    @cached_property
    def text(self) -> str:
        """Say it in a sentence, beside what is usual."""
        place = "" if self.line_number is None else f"Line {self.line_number}, {self.procedure or 'no procedure'}: "
        return reason(
            self.feature, observed=self.observed, usual=self.usual, place=place, subject=self.subject, answers=self.answers
        )


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
    gather: Callable[[], tuple[Evidence, ...]] = field(repr=False, compare=False)  # `evidence`, made when it is read

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """Give the facts that raise this cause most, strongest first."""
        return self.gather()

    @property
    def reason(self) -> str:
        """Say why: the strongest fact that speaks for this very cause, else the strongest of all; "" without any."""
        own = [fact for fact in self.evidence if fact.feature in FEATURES and FEATURES[fact.feature].root_cause == self.id]
        facts = own or self.evidence
        return facts[0].text if facts else ""


@dataclass(frozen=True, kw_only=True)
class Background:
    """What evidence is told against: the usual values of a bundle, and the evaluation that the matrix was computed from."""

    usual: Mapping[str, Usual] = field(default_factory=dict)
    evaluation: Evaluation | None = None


def rank_root_causes(
    explanation: Explanation, matrix: FeatureMatrix, *, background: Background | None = None, most: int = MOST_CAUSES
) -> list[tuple[RankedCause, ...]]:
    """Rank causes for every row, largest share first; ties in the order of the bundle. No cause comes twice.

    `matrix` is the one that was explained. A model without causes (appeal_success) gives empty tuples.
    """
    background = background or Background()
    known = root_causes()
    columns = [at for at, cause in enumerate(explanation.causes) if cause in known]
    if not columns:
        return [() for _ in range(len(explanation.margin))]
    hazards = explanation.by_cause[:, columns]
    shares = hazards / explanation.margin[:, None]
    order = np.argsort(-shares, axis=1, kind="stable")[:, :most]
    return [
        tuple(
            _ranked(explanation, matrix, background, row=row, column=columns[at], share=float(shares[row, at]))
            for at in order[row]
            if shares[row, at] > 0
        )
        for row in range(len(order))
    ]


def _ranked(
    explanation: Explanation, matrix: FeatureMatrix, background: Background, *, row: int, column: int, share: float
) -> RankedCause:
    cause = root_causes()[explanation.causes[column]]
    return RankedCause(
        id=cause.id,
        share=share,
        probability=share * float(explanation.probability[row]),
        tier=cause.tier.value,
        owner=cause.owner,
        title=cause.title,
        fix=cause.fix,
        gather=partial(_evidence, explanation, matrix, background, row=row, column=column),
    )


def _evidence(
    explanation: Explanation, matrix: FeatureMatrix, background: Background, *, row: int, column: int
) -> tuple[Evidence, ...]:
    columns, strengths = explanation.evidence[row, column], explanation.evidence_contributions[row, column]
    return tuple(
        _fact(explanation.names[at], background, row=row, observed=float(matrix.values[row, at]), strength=float(strength))
        for at, strength in zip(columns, strengths, strict=True)
        if at >= 0
    )


def _fact(name: str, background: Background, *, row: int, observed: float, strength: float) -> Evidence:
    fact = Evidence(
        feature=name,
        title=feature_title(name),
        observed=None if np.isnan(observed) else observed,
        contribution=strength,
        usual=background.usual.get(name),
    )
    at = background.evaluation
    if at is None or name not in FEATURES:
        return fact
    found = find_sources(at, name)
    line, answers = int(found.line[row]), float(found.answers[row])
    fact = replace(fact, subject=str(found.subject[row]), answers=None if np.isnan(answers) else round(answers))
    if line < 0:
        return fact
    numbers, procedures = at.once("lines told", lambda: (at.batch.lines["line_number"].to_numpy(), procedure(at.batch)))
    return replace(fact, line_number=int(numbers[line]), procedure=str(procedures[line]))
