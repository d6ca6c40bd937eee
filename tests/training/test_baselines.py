from dataclasses import replace

import numpy as np

from features.matrix import FeatureMatrix
from features.registry import FEATURES
from tests.training.factories import dataset
from training.baselines import PAST_LIMIT, RULES, baseline_probabilities


def test_every_rule_reads_a_column_of_the_catalog() -> None:
    assert set(RULES) | {PAST_LIMIT} <= set(FEATURES)


def test_a_claim_that_breaks_a_rule_gets_the_rate_of_those_that_did() -> None:
    made = dataset(2000)
    names = (*RULES, PAST_LIMIT)
    values = np.full((len(made), len(names)), np.nan)
    values[::5, 0] = 1.0
    values[::10, len(names) - 1] = -3.0
    label = made.label.copy()
    label[::5] = np.arange(len(label[::5])) % 4 != 0
    rows = replace(made, matrix=FeatureMatrix(values=values, names=names, ids=made.matrix.ids), label=label)
    fitted, tested = np.arange(1500), np.arange(1500, 2000)
    found = baseline_probabilities(rows, fitted=fitted, tested=tested)["rules_only"]
    assert len(np.unique(found)) == 3
    assert found[::5].min() > 0.4 > found[1::5].max()
    assert "rules_only" not in baseline_probabilities(made, fitted=fitted, tested=tested)
