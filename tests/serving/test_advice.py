import pytest

from models.costs import Costs
from serving.advice import FIX_THEN_SEND, HOLD, SEND, Advice, Fixed, advise, costs_of
from serving.settings import Settings

COSTS = Costs(look=3.0, rework=50.0, unrecovered_share=0.4, prevented_share=0.25, clean_probability=0.15, least_relief=0.8)


@pytest.mark.parametrize(
    ("probability", "at_risk", "threshold"),
    [
        (0.2, 0.0, 0.24),  # a denial costs 50: a look that prevents a quarter of them pays from 3 / 12.5
        (0.2, 10.0, 3 / (0.25 * 70)),  # a denial costs 50 and 40 % of 50 dollars
        (0.2, 200.0, 0.15),  # worth a look from 0.03 on, but no claim below the clean risk is held up
        (0.0, 0.0, 0.24),
    ],
)
def test_threshold_is_where_a_look_pays(probability: float, at_risk: float, threshold: float) -> None:
    assert COSTS.threshold(probability, at_risk) == pytest.approx(threshold)


@pytest.mark.parametrize(("probability", "target"), [(0.2, 0.04), (0.5, 0.1), (0.9, 0.15)])
def test_fix_must_take_most_of_the_risk_and_reach_the_threshold(probability: float, target: float) -> None:
    assert COSTS.target(probability, 500.0) == pytest.approx(target)


def test_look_at_a_claim_too_cheap_to_pay_is_never_advised() -> None:
    dear = Costs(look=30.0, rework=50.0, unrecovered_share=0.4, prevented_share=0.25, clean_probability=0.15, least_relief=0.8)
    assert advise(dear, probability=0.99, at_risk=1.0, fixed=None, is_certain=False) == Advice(action=SEND, expected_saving=0.0)


def test_claim_below_the_threshold_is_sent_and_saves_nothing() -> None:
    assert advise(COSTS, probability=0.1, at_risk=100.0, fixed=None, is_certain=False) == Advice(action=SEND, expected_saving=0.0)


def test_fix_saves_the_difference_of_losses_less_a_look_per_change() -> None:
    fixed = Fixed(probability=0.1, at_risk=20.0, change_count=2)
    found = advise(COSTS, probability=0.6, at_risk=120.0, fixed=fixed, is_certain=False)
    assert found.action == FIX_THEN_SEND
    assert found.expected_saving == pytest.approx((30 + 48) - (5 + 8) - 2 * 3)


def test_fix_that_costs_more_than_it_saves_is_not_advised() -> None:
    fixed = Fixed(probability=0.03, at_risk=0.0, change_count=3)
    assert advise(COSTS, probability=0.24, at_risk=0.0, fixed=fixed, is_certain=False).action == FIX_THEN_SEND
    dear = Fixed(probability=0.03, at_risk=0.0, change_count=4)
    assert advise(COSTS, probability=0.24, at_risk=0.0, fixed=dear, is_certain=False).action == HOLD


def test_claim_without_a_fix_is_held_and_saves_what_a_look_prevents() -> None:
    found = advise(COSTS, probability=0.6, at_risk=120.0, fixed=None, is_certain=False)
    assert (found.action, found.expected_saving) == (HOLD, pytest.approx(0.25 * 78 - 3))


def test_certain_denial_is_held_whatever_model_and_fix_say() -> None:
    fixed = Fixed(probability=0.01, at_risk=0.0, change_count=1)
    found = advise(COSTS, probability=0.01, at_risk=1.0, fixed=fixed, is_certain=True)
    assert (found.action, found.expected_saving) == (HOLD, 47.0)


def test_practice_sets_its_own_costs() -> None:
    own = costs_of(Settings(review_minutes=10, minute_cost=1.0, rework_cost=80.0))
    assert (own.look, own.rework) == (10.0, 80.0)


def test_defaults_of_training_and_service_are_one() -> None:
    assert costs_of(Settings()) == Costs()
