"""Owns where a value of the matrix comes from: the line that gave it, how many answers a rate rests on, what it speaks of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.batch import Texts
from features.evaluation import Evaluation
from features.registry import FEATURES, LINE_PREFIX, Column, Feature


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Of one feature, for every claim of a batch. Shape (n,)."""

    line: NDArray[np.int64]  # row in the batch's lines; -1 = the value is the claim's, not one line's
    answers: Column  # NaN = not a rate
    subject: Texts  # the field that is missing, the state that is counted; "" = the title says it


def find_sources(at: Evaluation, name: str) -> Sources:
    """Trace a claim feature. Of equal lines the first counts; a line without a value counts for none."""

    def trace() -> Sources:
        feature = FEATURES[name]
        line = _telling_line(at, feature)
        answers = np.full(len(line), np.nan) if feature.answers is None else feature.answers(at)
        subject = np.full(len(line), "", dtype=object) if feature.subject is None else feature.subject(at)
        if feature.over_lines is not None:  # position -1 takes what is appended
            answers = answers if feature.answers is None else np.append(answers, np.nan)[line]
            subject = subject if feature.subject is None else np.append(subject, "")[line]
        return Sources(line=line, answers=answers, subject=subject)

    return at.once(("sources", name), trace)


def _telling_line(at: Evaluation, feature: Feature) -> NDArray[np.int64]:
    found = np.full(len(at.day), -1, dtype=np.int64)
    if feature.over_lines is None or not len(at.batch.line_owner):
        return found
    values = FEATURES[f"{LINE_PREFIX}{feature.name}"].function(at)
    strength = -values if feature.over_lines == "lowest" else values
    best = at.highest(strength)
    telling = np.flatnonzero(strength == at.on_lines(best))[::-1]  # the first of a claim is written last
    found[at.batch.line_owner[telling]] = telling
    return found
