"""Owns the facts of an explained row: what raised a cause, what spoke against a denial, and the way from base to shown risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

import numpy as np

from features.batch import numbers
from features.evaluation import Evaluation
from features.keys import procedure
from features.matrix import FeatureMatrix
from features.registry import FEATURES
from features.sources import find_sources
from models.explanation import Explanation
from models.feature_set import feature_title
from models.reasons import reason
from models.usual import Usual

MOST_PROTECTIVE = 3
MOST_STEPS = 12


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One column that moves a risk: what it is, what this claim has there, how much hazard it adds."""

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
class Background:
    """What evidence is told against: the usual values of a bundle, and the evaluation that the matrix was computed from."""

    usual: Mapping[str, Usual] = field(default_factory=dict)
    evaluation: Evaluation | None = None


@dataclass(frozen=True, kw_only=True)
class Waterfall:
    """From the hazard of an average row to that of this one: base + steps + rest = margin, on the scale of `Explanation`.

    `steps` are the largest contributions either way, `rest` the sum of the others, `rest_count` how many those are.
    """

    base: float
    steps: tuple[Evidence, ...]
    rest: float
    rest_count: int
    margin: float

    @property
    def changes(self) -> list[tuple[str, float]]:
        """Name what is between base and margin, with its part: the steps, then the others together where there are any."""
        found = [(fact.text.removesuffix("."), fact.contribution) for fact in self.steps]
        return [*found, (f"{self.rest_count} other facts together", self.rest)] if self.rest_count else found

    @property
    def levels(self) -> list[float]:
        """Give the hazard before the first change and after each."""
        return list(accumulate((change for _, change in self.changes), initial=self.base))


@dataclass(frozen=True, kw_only=True)
class ExplainedRow:
    """One row of an explanation with all that is needed to tell it. `matrix` is the one that was explained."""

    explanation: Explanation
    matrix: FeatureMatrix
    background: Background
    row: int

    def evidence(self, cause: int) -> tuple[Evidence, ...]:
        """Give the facts that raise a cause most, strongest first; `cause` is its column in `explanation.by_cause`."""
        columns = self.explanation.evidence[self.row, cause]
        strengths = self.explanation.evidence_contributions[self.row, cause]
        return tuple(self._fact(int(at), float(found)) for at, found in zip(columns, strengths, strict=True) if at >= 0)

    def protective(self, most: int = MOST_PROTECTIVE) -> tuple[Evidence, ...]:
        """Give the facts that lower the row's risk most, strongest first."""
        contributions = self.explanation.contributions[self.row]
        order = np.argsort(contributions, kind="stable")[:most]
        return tuple(self._fact(int(at), float(contributions[at])) for at in order if contributions[at] < 0)

    def waterfall(self, most: int = MOST_STEPS) -> Waterfall:
        """Give the largest steps from base to margin, by size."""
        contributions = self.explanation.contributions[self.row]
        moved = np.flatnonzero(contributions)
        order = moved[np.argsort(-np.abs(contributions[moved]), kind="stable")]
        rest: Sequence[int] = order[most:].tolist()
        return Waterfall(
            base=self.explanation.base,
            steps=tuple(self._fact(int(at), float(contributions[at])) for at in order[:most]),
            rest=float(contributions[rest].sum()),
            rest_count=len(rest),
            margin=float(self.explanation.margin[self.row]),
        )

    def _fact(self, column: int, strength: float) -> Evidence:
        name, observed = self.explanation.names[column], float(self.matrix.values[self.row, column])
        line_number, of_line, subject, answers = self._source(name)
        return Evidence(
            feature=name,
            title=feature_title(name),
            observed=None if np.isnan(observed) else observed,
            contribution=strength,
            usual=self.background.usual.get(name),
            line_number=line_number,
            procedure=of_line,
            subject=subject,
            answers=answers,
        )

    def _source(self, name: str) -> tuple[int | None, str, str, int | None]:
        """Say which line gave a value, with its procedure, what it speaks of and how many answers it rests on."""
        at = self.background.evaluation
        if at is None or name not in FEATURES:
            return None, "", "", None
        found = find_sources(at, name)
        line, answers, subject = int(found.line[self.row]), float(found.answers[self.row]), str(found.subject[self.row])
        seen = None if np.isnan(answers) else round(answers)
        if line < 0:
            return None, "", subject, seen
        numbered, procedures = at.once("lines told", lambda: (numbers(at.batch.lines["line_number"]), procedure(at.batch)))
        return int(numbered[line]), str(procedures[line]), subject, seen
