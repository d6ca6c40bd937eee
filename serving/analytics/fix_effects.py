"""Owns whether a prevention action held: difference in differences on weekly denials, with an interval and a verdict.

Treated are the denials that the action is against, by week of submission; controls are the same cause at other payers, or,
for an action at all payers, all other causes. The effect is the ratio of the treated rate after to before, over that of the
controls: what moved both is no merit of the action. Weekly counts vary more than Poisson's; the interval is widened by what
they show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Literal

Verdict = Literal["held", "did not hold", "too early to tell"]
LEVEL = 0.9  # of the interval
BEFORE_DAYS, LEAST_AFTER_DAYS = 182, 28
LEAST_EXPECTED = 5.0  # denials after the start that there would be without the action
WORTH = 0.8  # an action that leaves more than this share of the rate did not hold


@dataclass(frozen=True, kw_only=True)
class Week:
    """One week of submissions, counted from the start of the action (-1 = the last one before)."""

    week: int
    is_treated: bool
    denied: int
    answered: int


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What an action did. `ratio`: the rate after over what it would have been; below 1 is fewer. `None` = cannot be told."""

    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    denied_before: int
    denied_after: int
    expected_after: float  # denials after the start, had the treated rate moved as the controls did
    weeks_after: int


def estimate_effect(weeks: Sequence[Week]) -> Effect:
    """Estimate the effect from the weeks before and after the start."""
    cells = {
        (treated, after): [week for week in weeks if week.is_treated is treated and (week.week >= 0) is after]
        for treated in (True, False)
        for after in (True, False)
    }
    denied = {cell: sum(week.denied for week in found) for cell, found in cells.items()}
    answered = {cell: sum(week.answered for week in found) for cell, found in cells.items()}
    weeks_after = len(cells[True, True])
    if not all(answered.values()):
        return _unknown(denied, 0.0, weeks_after)
    rate = {cell: (denied[cell] + 0.5) / (answered[cell] + 0.5) for cell in cells}
    moved = rate[False, True] / rate[False, False]
    expected = denied[True, False] / answered[True, False] * moved * answered[True, True]
    if weeks_after * 7 < LEAST_AFTER_DAYS or expected < LEAST_EXPECTED:
        return _unknown(denied, expected, weeks_after)
    effect = log(rate[True, True] / rate[True, False]) - log(moved)
    spread, freedom = _spread(weeks, rate)
    error = sqrt(spread * sum(1 / (denied[cell] + 0.5) for cell in cells))
    half = _student_quantile(0.5 + LEVEL / 2, freedom) * error
    low, high = exp(effect - half), exp(effect + half)
    return Effect(
        ratio=exp(effect),
        low=low,
        high=high,
        verdict="held" if high < 1 else "did not hold" if low > WORTH else "too early to tell",
        denied_before=denied[True, False],
        denied_after=denied[True, True],
        expected_after=expected,
        weeks_after=weeks_after,
    )


def _student_quantile(probability: float, freedom: int) -> float:
    from scipy.stats import t as student  # a second of a service's start, that only who asks for effects needs

    return float(student.ppf(probability, max(1, freedom)))


def _unknown(denied: dict[tuple[bool, bool], int], expected: float, weeks_after: int) -> Effect:
    return Effect(
        ratio=None,
        low=None,
        high=None,
        verdict="too early to tell",
        denied_before=denied[True, False],
        denied_after=denied[True, True],
        expected_after=expected,
        weeks_after=weeks_after,
    )


def _spread(weeks: Sequence[Week], rate: dict[tuple[bool, bool], float]) -> tuple[float, int]:
    """Give how much more the treated share of a week's denials varies than a binomial's, at least 1, and the degrees of freedom.

    Given the week's denials of both, so that what moves treated and controls alike in a week counts for nothing.
    """
    pairs: dict[int, dict[bool, Week]] = {}
    for week in weeks:
        pairs.setdefault(week.week, {})[week.is_treated] = week
    total, count = 0.0, 0
    for at, pair in pairs.items():
        mean = {treated: rate[treated, at >= 0] * week.answered for treated, week in pair.items()}
        together = sum(week.denied for week in pair.values())
        if len(mean) == 2 and together and min(mean.values()) > 0:
            share = mean[True] / (mean[True] + mean[False])
            total += (pair[True].denied - together * share) ** 2 / (together * share * (1 - share))
            count += 1
    freedom = count - 2
    return (max(1.0, total / freedom), freedom) if freedom > 0 else (1.0, 1)
