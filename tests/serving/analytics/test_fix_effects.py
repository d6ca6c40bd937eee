"""Effects of prevention actions on made-up weeks, by hand and by many."""

import numpy as np
import pytest

from serving.analytics.fix_effects import Week, estimate_effect


def weeks(*, before: int, after: int, controls_before: int = 30, controls_after: int = 30, after_weeks: int = 12) -> list[Week]:
    """The same count every week; 100 treated and 300 control answers each."""
    found = []
    for week in range(-26, after_weeks):
        treated, control = (before, controls_before) if week < 0 else (after, controls_after)
        found.append(Week(week=week, is_treated=True, denied=treated, answered=100))
        found.append(Week(week=week, is_treated=False, denied=control, answered=300))
    return found


def test_ratio_is_the_treated_change_over_the_controls_change() -> None:
    effect = estimate_effect(weeks(before=10, after=6, controls_before=30, controls_after=36))
    assert effect.ratio == pytest.approx((6 / 10) / (36 / 30), rel=0.01)
    assert effect.expected_after == pytest.approx(10 * 1.2 * 12, rel=0.01)
    assert (effect.denied_before, effect.denied_after, effect.weeks_after) == (260, 72, 12)


@pytest.mark.parametrize(
    ("after", "controls_after", "verdict"),
    [(4, 30, "held"), (10, 30, "did not hold"), (8, 30, "held"), (4, 12, "did not hold")],
    ids=["fewer", "as before", "a fifth fewer", "fewer everywhere"],
)
def test_verdict_compares_with_what_would_have_been(after: int, controls_after: int, verdict: str) -> None:
    found = weeks(before=10, after=after, controls_after=controls_after, after_weeks=26)
    assert estimate_effect(found).verdict == verdict


@pytest.mark.parametrize(
    "found",
    [weeks(before=10, after=0, after_weeks=3), weeks(before=0, after=0), [], weeks(before=1, after=0, after_weeks=4)],
    ids=["three weeks", "nothing to prevent", "no weeks", "four expected"],
)
def test_too_little_is_too_early_to_tell(found: list[Week]) -> None:
    effect = estimate_effect(found)
    assert (effect.verdict, effect.ratio, effect.low) == ("too early to tell", None, None)


@pytest.mark.parametrize(("ratio", "shape"), [(0.4, None), (0.4, 4.0), (1.0, 4.0)])
def test_interval_holds_the_planted_effect_about_as_often_as_it_says(ratio: float, shape: float | None) -> None:
    random = np.random.default_rng(3)
    held = 0
    for _ in range(300):
        found = []
        for week in range(-26, 16):
            shock = random.gamma(8) / 8  # moves treated and controls alike
            for treated in (True, False):
                own = 1.0 if shape is None else random.gamma(shape) / shape
                mean = (4 if treated else 12) * shock * own * (ratio if treated and week >= 0 else 1)
                found.append(Week(week=week, is_treated=treated, denied=int(random.poisson(mean)), answered=100))
        effect = estimate_effect(found)
        held += effect.low is not None and effect.high is not None and effect.low <= ratio <= effect.high
    assert 0.84 <= held / 300 <= 0.97
