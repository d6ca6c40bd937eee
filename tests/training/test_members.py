from dataclasses import replace

import numpy as np
import pytest

from models.bundle import ModelBundle
from models.feature_set import FeatureSet
from models.maturity import learn_maturity
from models.spec import CauseRule, FeatureRule, MaturityRule, SplitRule
from tests.training.factories import AUTHORIZATION, COLUMNS, ELIGIBILITY, dataset, spec
from training.members import MemberPlan, choose_rounds, fit_members, plan_members
from training.metrics import measure
from training.split import split_by_time

ROWS = dataset()
ALL = np.arange(len(ROWS))
SPLIT = split_by_time(
    ROWS,
    learn_maturity(payer_id=ROWS.payer_id, sent=ROWS.sent, known=ROWS.known, end=ROWS.end, rule=MaturityRule()),
    SplitRule(),
)


def test_causes_with_enough_positives_get_a_member() -> None:
    plans = plan_members(ROWS, ALL, spec())
    assert [plan.cause for plan in plans] == ["eligibility", "authorization"]


def test_rare_causes_are_pooled_into_the_rest() -> None:
    cause = ROWS.cause.copy()
    cause[np.flatnonzero(ROWS.label)[:4]] = "referral"
    plans = plan_members(replace(ROWS, cause=cause), ALL, spec())
    assert plans[-1].cause == "payer_processing"
    assert "referral" in plans[-1].causes


def test_a_model_without_causes_has_one_member() -> None:
    assert plan_members(ROWS, ALL, spec(causes=CauseRule())) == (MemberPlan(cause="denial_risk", causes=()),)


def test_claims_denied_for_another_cause_are_left_out() -> None:
    plan = MemberPlan(cause="eligibility", causes=("eligibility",))
    kept = plan.learnt_from(ROWS, ALL)
    assert set(ROWS.cause[kept][ROWS.label[kept]]) == {"eligibility"}
    assert (~ROWS.label[kept]).sum() == (~ROWS.label).sum()


def test_the_same_rows_give_the_same_text() -> None:
    plans = plan_members(ROWS, SPLIT.fitted, spec())
    rounds = {plan.cause: 20 for plan in plans}
    first, second = (fit_members(ROWS, SPLIT.fitted, plans, spec(), rounds=rounds) for _ in range(2))
    assert [member.text for member in first] == [member.text for member in second]


def test_members_find_their_own_cause() -> None:
    plans = plan_members(ROWS, SPLIT.fitted, spec())
    rounds, scores = choose_rounds(ROWS, SPLIT.folds, plans, spec())
    members = fit_members(ROWS, SPLIT.fitted, plans, spec(), rounds=rounds)
    bundle = ModelBundle(name="x", title="X", subject="claim", features=FeatureSet.installed(COLUMNS), members=members)
    tested = SPLIT.tested
    causes = bundle.predict_causes(ROWS.matrix.take(tested))
    for at, cause in enumerate(bundle.causes):
        label = ROWS.cause[tested] == cause
        figures = measure(label & ROWS.label[tested], causes[:, at])
        assert figures["auc"] > 0.75, f"{cause}: {figures}"  # 500 rows; the generating probability itself reaches 0.82
    assert scores.margins.shape == (len(scores.rows), 2)
    assert all(1 <= count <= 60 for count in rounds.values())


@pytest.mark.parametrize(("gain", "is_used"), [(1.0, True), (0.0, False)])
def test_foreign_gain_keeps_a_member_from_features_of_other_causes(gain: float, is_used: bool) -> None:
    only = MemberPlan(cause="authorization", causes=("authorization",))
    cause = np.where(ROWS.label, "authorization", "").astype(object)  # so that the eligibility column tells of it
    rule = spec(features=FeatureRule(foreign_gain=gain))
    member = fit_members(replace(ROWS, cause=cause), ALL, [only], rule, rounds={"authorization": 20})[0]
    importance = dict(zip(COLUMNS, member.booster.feature_importance("gain"), strict=True))
    assert (importance[ELIGIBILITY] > 0) == is_used
    assert importance[AUTHORIZATION] > 0
