"""Priors of the linear part: how far a weight may go per unit of its column."""

import numpy as np

from models.spec import LinearRule
from training.linear import fit_linear

NAMES = ("denied_for_coding", "denied_for_bundling", "patient_age")


def _weights(rule: LinearRule) -> tuple[float, ...]:
    random = np.random.default_rng(3)
    values = np.column_stack([random.random((400, 2)) < 0.3, random.normal(40, 10, 400)]).astype(np.float64)
    label = random.random(400) < 1 / (1 + np.exp(-2 * (values[:, 0] - values[:, 1]) - 0.05 * (values[:, 2] - 40)))
    return fit_linear(values, label, weight=None, rule=rule, names=NAMES).weights


def test_a_wider_prior_lets_a_weight_go_further() -> None:
    tight = _weights(LinearRule(deviations=(("denied_for_*", 0.2),)))
    wide = _weights(LinearRule(deviations=(("denied_for_*", 2.0),)))
    assert 0 < tight[0] < wide[0] - 0.5
    assert wide[1] + 0.5 < tight[1] < 0


def test_the_first_row_that_fits_a_name_counts() -> None:
    weights = _weights(LinearRule(deviations=(("denied_for_coding", 0.05), ("denied_for_*", 2.0))))
    assert abs(weights[0]) < 0.1
    assert weights[1] < -0.6


def test_a_prior_does_not_hang_on_the_penalty_of_the_others() -> None:
    one, other = (
        _weights(LinearRule(deviations=(("denied_for_*", 1.0),), only_named=True, inverse_penalty=penalty))
        for penalty in (0.01, 1.0)
    )
    np.testing.assert_allclose(one, other, atol=0.02)


def test_columns_that_are_not_named_get_no_weight_where_the_rule_says_so() -> None:
    assert _weights(LinearRule(deviations=(("denied_for_*", 1.0),), only_named=True))[2] == 0.0
    assert _weights(LinearRule(deviations=(("denied_for_*", 1.0),)))[2] != 0.0
