import math
import random

import pytest

from serving.analytics.intervals import mean_interval, ratio_interval, wilson


def test_wilson_solves_its_quadratic() -> None:
    low, high = wilson(15, 50) or (0, 0)
    for bound in (low, high):
        assert abs(0.3 - bound) == pytest.approx(1.959964 * math.sqrt(bound * (1 - bound) / 50))
    assert low < 0.3 < high


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (0, 1)])
def test_wilson_of_none_and_all_stays_between_zero_and_one(hits: int, n: int) -> None:
    low, high = wilson(hits, n) or (-1, -1)
    assert 0 <= low < high <= 1


def test_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None
    assert mean_interval(n=1, amount=3, amount_square=9) is None
    assert ratio_interval(n=1, amount=1, weight=2, amount_square=1, product=2, weight_square=4) is None


def test_interval_of_a_ratio_holds_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(5)  # noqa: S311
    held = 0
    for _ in range(400):
        weights = [chance.lognormvariate(5, 0.6) for _ in range(200)]
        amounts = [w * (chance.random() < 0.2) for w in weights]
        low, high = ratio_interval(
            n=200, amount=sum(amounts), weight=sum(weights),
            amount_square=sum(a * a for a in amounts),
            product=sum(a * w for a, w in zip(amounts, weights, strict=True)),
            weight_square=sum(w * w for w in weights),
        ) or (0, 0)  # fmt: skip
        held += low <= 0.2 <= high
    assert 0.91 <= held / 400 <= 0.98


def test_interval_of_a_mean_is_that_of_its_deviation() -> None:
    values = [1.0, 2.0, 3.0, 6.0]
    low, high = mean_interval(n=4, amount=12, amount_square=sum(v * v for v in values)) or (0, 0)
    deviation = math.sqrt(sum((v - 3) ** 2 for v in values) / 3)
    assert (high - low) / 2 == pytest.approx(1.959964 * deviation / 2)
