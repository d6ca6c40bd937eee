"""A made-up test of a perfect probability, but for those over 75, whose denials come twice as often as it says."""

from dataclasses import replace

import numpy as np
import pytest

from models.card_fairness import fairness_section
from models.costs import Costs
from training.fairness import measure_fairness
from training.groups import AGE_NAMES, Groups
from training.holdout import Holdout

OLD, YOUNG = AGE_NAMES[-1], AGE_NAMES[0]
FLAT = Costs(look=0.0, clean_probability=0.2)  # every row of 0.2 and more is flagged


def _groups(ages: np.ndarray, *, patients: int) -> Groups:
    ids = np.array([f"p{row % patients}" for row in range(len(ages))], dtype=object)
    return Groups(patient=ids, kinds={"age": ages})


def _holdout(row_count: int, *, seed: int, old_factor: float = 2.0) -> tuple[Holdout, np.ndarray]:
    random = np.random.default_rng(seed)
    probability = random.beta(1.2, 7, row_count)
    ages = np.where(np.arange(row_count) % 5 == 0, OLD, YOUNG).astype(object)
    chance = np.where(ages == OLD, np.minimum(1, old_factor * probability), probability)
    nothing = np.array([], dtype=object)
    made = Holdout(
        ids=nothing, sent=np.zeros(0, dtype=np.int64), payer_id=nothing, claim_kind=None, cause=nothing,
        label=random.random(row_count) < chance, amount=np.ones(0), outcome_amount=np.ones(0), expected_amount=100 * probability,
        probability=probability, baselines={}, causes=np.zeros((0, 1)), cause_names=("",),
    )  # fmt: skip
    return made, ages


def _by_age(holdout: Holdout, ages: np.ndarray, *, patients: int = 900) -> dict:
    found = measure_fairness(holdout, _groups(ages, patients=patients), subject="claim", costs=FLAT)
    return found["kinds"]["age"]  # type: ignore[index, return-value, call-overload]


def test_a_group_whose_denials_come_twice_as_often_is_marked() -> None:
    old = _by_age(*_holdout(4000, seed=1))[OLD]
    low, high = old["interval"]["observed_over_expected"]
    assert low < 2.0 < high
    assert "observed_over_expected" in old["differs"]
    assert old["ece"] > 3 * old["ece_by_chance"]


def test_groups_that_fare_alike_are_rarely_marked() -> None:
    marked = [bool(_by_age(*_holdout(2000, seed=seed, old_factor=1.0))[OLD]["differs"]) for seed in range(40)]
    assert sum(marked) <= 4  # 5 % over all figures: more than four of forty have a chance of 5 %


def test_error_rates_are_shares_of_the_paid_and_of_the_denied() -> None:
    holdout, ages = _holdout(3000, seed=2)
    own, flagged = ages == YOUNG, holdout.probability >= 0.2
    young = _by_age(holdout, ages)[YOUNG]
    assert young["false_positive_rate"] == pytest.approx(flagged[own & ~holdout.label].mean())
    assert young["false_negative_rate"] == pytest.approx((~flagged)[own & holdout.label].mean())


def test_intervals_agree_with_resampling_whole_patients() -> None:
    """Oracle: the slow bootstrap over patients."""
    holdout, ages = _holdout(1500, seed=3)
    patients = 300
    found = _by_age(holdout, ages, patients=patients)[YOUNG]
    random = np.random.default_rng(4)
    own, flagged = ages == YOUNG, holdout.probability >= 0.2
    of_patient = [np.arange(start, len(ages), patients) for start in range(patients)]
    draws = []
    for _ in range(600):
        rows = np.concatenate([of_patient[each] for each in random.integers(0, patients, patients)])
        rows = rows[own[rows]]
        label, probability = holdout.label[rows], holdout.probability[rows]
        draws.append((label.sum() / probability.sum(), flagged[rows][~label].mean(), (~flagged[rows])[label].mean()))
    ends = np.quantile(draws, [0.025, 0.975], axis=0)
    for at, name in enumerate(("observed_over_expected", "false_positive_rate", "false_negative_rate")):
        width = ends[1, at] - ends[0, at]
        assert np.allclose(found["interval"][name], ends[:, at], atol=0.15 * width), name


def test_rows_of_few_patients_make_the_intervals_wide() -> None:
    holdout, ages = _holdout(2000, seed=5)
    by_patient = np.argsort(np.argsort(holdout.probability)) // 50  # a patient's rows are alike
    clustered = Groups(patient=by_patient.astype(str).astype(object), kinds={"age": ages})
    wide = measure_fairness(holdout, clustered, subject="claim", costs=FLAT)["kinds"]["age"]  # type: ignore[index, call-overload]
    narrow = _by_age(holdout, ages, patients=2000)
    low, high = wide[YOUNG]["interval"]["flagged_rate"]  # type: ignore[index, call-overload]
    assert high - low > 2 * np.ptp(narrow[YOUNG]["interval"]["flagged_rate"])


def test_an_error_that_never_happened_still_has_an_interval() -> None:
    holdout, ages = _holdout(400, seed=6)
    found = _by_age(replace(holdout, probability=np.full(400, 0.9)), ages)[YOUNG]
    assert found["false_negative_rate"] == 0.0
    low, high = found["interval"]["false_negative_rate"]
    assert low == 0.0
    assert 0.01 < high < 0.2


def test_small_groups_say_so_and_the_smallest_hide_their_number() -> None:
    holdout, ages = _holdout(600, seed=7)
    ages[:30], ages[30:34] = AGE_NAMES[1], AGE_NAMES[2]
    found = measure_fairness(holdout, _groups(ages, patients=600), subject="claim", costs=FLAT)
    by_age = found["kinds"]["age"]  # type: ignore[index, call-overload]
    assert by_age[AGE_NAMES[1]] == {"row_count": 30}  # type: ignore[index, call-overload]
    assert by_age[AGE_NAMES[2]] == {"row_count_below": 11}  # type: ignore[index, call-overload]
    text = "\n".join(fairness_section(found))
    assert f"| {AGE_NAMES[1]} | 30: too few to say |" in text
    assert f"| {AGE_NAMES[2]} | fewer than 11: too few to say |" in text
