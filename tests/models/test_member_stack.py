from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest
from numpy.typing import NDArray

from features.catalog import CLAIM_FEATURES
from features.matrix import FeatureMatrix
from models.bundle import ModelBundle
from models.calibration import Calibration
from models.feature_set import FeatureSet
from models.linear import LinearPart
from models.member import Member
from models.member_stack import MemberStack
from tests.models.boosters import WIDTH, rows, train

NAMES = CLAIM_FEATURES[:WIDTH]
AVERAGED = {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}  # the forest refuses these


def member(cause: str, booster: lgb.Booster, *, is_blended: bool = False) -> Member:
    made = Member(cause=cause, text=booster.model_to_string(), round_count=booster.num_trees(), positive_count=100)
    return replace(made, linear=linear(), linear_weight=0.3) if is_blended else made


def linear() -> LinearPart:
    weights, centers = np.random.default_rng(2).normal(size=(2, WIDTH)).tolist()
    return LinearPart(intercept=-1.2, weights=tuple(weights), centers=tuple(centers), lows=(-1.5,) * WIDTH, highs=(1.5,) * WIDTH)


def stacks() -> dict[str, tuple[Member, ...]]:
    plain = member("coding", train(num_leaves=4))
    blended = member("referral", train(num_leaves=12, seed=2), is_blended=True)
    averaged = member("duplicate", train(num_leaves=4, **AVERAGED), is_blended=True)
    return {
        "plain": (plain,),
        "mixed": (plain, blended, member("bundling", train(num_leaves=4, seed=3), is_blended=True)),
        "one_for_lightgbm": (plain, averaged, blended),
        "all_for_lightgbm": (averaged,),
    }


STACKS = stacks()


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_gives_what_its_members_give(name: str) -> None:
    members, values = STACKS[name], rows(150, seed=4)
    margins, contributions, bases = MemberStack(members=members).explain(values)
    for at, one in enumerate(members):
        wanted, base = one.contributions(values)
        assert np.array_equal(margins[at], one.margin(values))
        assert np.abs(contributions[at] - wanted).max() < 1e-10
        assert bases[at] == pytest.approx(base, abs=1e-10)
        assert np.abs(bases[at] + contributions[at].sum(axis=1) - margins[at]).max() < 1e-9


@pytest.mark.parametrize("name", STACKS)
def test_a_bundle_explains_the_probability_that_it_predicts_row_by_row(name: str) -> None:
    model, values = bundle_of(STACKS[name]), rows(150, seed=4)
    whole = model.explain(matrix_of(values))
    assert np.array_equal(whole.probability, model.predict_probability(matrix_of(values)))
    for at in range(0, len(values), 11):
        single = model.explain(matrix_of(values[at : at + 1]))
        assert np.array_equal(single.contributions[0], whole.contributions[at])
        assert np.array_equal(single.by_cause[0], whole.by_cause[at])
        assert np.array_equal(single.evidence[0], whole.evidence[at])
        assert np.array_equal(single.evidence_contributions[0], whole.evidence_contributions[at])


def matrix_of(values: NDArray[np.float64]) -> FeatureMatrix:
    return FeatureMatrix(values=values, names=NAMES, ids=np.arange(len(values)).astype(object))


def bundle_of(members: tuple[Member, ...]) -> ModelBundle:
    return ModelBundle(
        name="denial_risk",
        title="Denial risk",
        subject="claim",
        features=FeatureSet.installed(NAMES),
        members=members,
        calibration=Calibration(method="platt", log_slope=0.8, hazard_slope=0.9, intercept=-0.1),
    )


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("row_count", [1, 5, 150])
def test_margins_alone_have_the_bits_of_the_explained_ones(name: str, row_count: int) -> None:
    stack, values = MemberStack(members=STACKS[name]), rows(row_count, seed=6)
    assert np.array_equal(stack.margins(values), stack.explain(values)[0])
