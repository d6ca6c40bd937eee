"""Intervals of a made-up world in which true hazards scatter exactly as the rule assumes: then they cover what they promise."""

from dataclasses import replace

import numpy as np
import pytest

from models.calibration import Calibration
from models.confidence import Confidence
from models.spec import ConfidenceRule
from training.confidence import learn_confidence, spreads

RULE = ConfidenceRule(
    level=0.8, spread=0.9, count_power=0.25, unfamiliar_factor=1.4, unfamiliar=(("a", 3, "few a"), ("b", 1, "few b"))
)


def learn(rule: ConfidenceRule = RULE, *, positive_count: int = 2000, center: Calibration | None = None) -> Confidence:
    found = learn_confidence(
        rule, shown=Calibration(), center=center or Calibration(), positive_count=positive_count, names=("a", "c")
    )
    assert found is not None
    return found


@pytest.mark.parametrize("is_unfamiliar", [False, True])
def test_intervals_hold_the_promised_share_where_hazards_scatter_as_assumed(is_unfamiliar: bool) -> None:
    random = np.random.default_rng(4)
    spread = 0.9 * (1.4 if is_unfamiliar else 1.0)
    for middle in (0.02, 0.1, 0.6, 2.0):
        true = -np.expm1(-np.exp(np.log(middle) + spread * random.normal(size=20_000)))
        shown = np.full(len(true), true.mean())
        low, high = learn().interval(shown, is_unfamiliar=np.full(len(true), is_unfamiliar))
        assert ((low <= true) & (true <= high)).mean() == pytest.approx(0.8, abs=0.015)
        assert (true < low).mean() == pytest.approx(0.1, abs=0.015)


def test_more_denials_learned_from_narrow_the_interval() -> None:
    shown = np.array([0.1])
    widths = []
    for count in (500, 2000, 8000):
        low, high = learn(positive_count=count).interval(shown, is_unfamiliar=np.array([False]))
        widths.append(float(high[0] - low[0]))
    assert widths[0] > widths[1] > widths[2]


def test_spread_rises_with_the_hazard_within_limits() -> None:
    rule = replace(RULE, hazard_scale=1.3, hazard_slope=0.16)
    found = spreads(np.array([1e-6, 0.05, 0.2, 1.0, 50.0]), rule, positive_count=2000)
    assert found == pytest.approx(0.9 * np.array([0.7, 1.3 + 0.16 * np.log(0.05), 1.3 + 0.16 * np.log(0.2), 1.3, 1.3]))


def test_the_interval_lies_around_the_center_not_around_what_is_shown() -> None:
    halved = Calibration(method="shift", intercept=float(np.log(0.5)))
    low, high = learn(center=halved).interval(np.array([0.04]), is_unfamiliar=np.array([False]))
    usual_low, usual_high = learn().interval(np.array([0.04]), is_unfamiliar=np.array([False]))
    assert low[0] == pytest.approx(usual_low[0] / 2, rel=0.1)
    assert high[0] < usual_high[0]


def test_a_reason_without_its_column_is_left_out_and_no_spread_means_no_intervals() -> None:
    assert [reason.feature for reason in learn().reasons] == ["a"]
    none = learn_confidence(ConfidenceRule(), shown=Calibration(), center=Calibration(), positive_count=9, names=())
    assert none is None
