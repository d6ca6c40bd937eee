from dataclasses import replace

import numpy as np

from tests.training.factories import dataset, spec
from training.tuning import standing, tune

ROWS = dataset(1500)


def test_the_search_never_ends_worse_than_it_began() -> None:
    poor = spec()
    poor = replace(poor, lightgbm={**poor.lightgbm, "learning_rate": 0.02, "num_leaves": 2, "feature_fraction": 0.1})
    found = tune(ROWS, poor, trials=4)
    assert found.trial_count == 4
    assert found.log_loss < found.first_log_loss
    again = tune(ROWS, poor, trials=4)
    assert (again.spec, again.log_loss) == (found.spec, found.log_loss)


def test_one_trial_gives_the_spec_itself() -> None:
    own = spec()
    found = tune(ROWS, own, trials=1)
    assert found.log_loss == found.first_log_loss
    assert standing(found.spec) == standing(own)
    assert found.spec.lightgbm["seed"] == own.lightgbm["seed"]


def test_the_test_part_has_no_say() -> None:
    changed = ROWS.label.copy()
    late = ROWS.sent >= np.quantile(ROWS.sent[ROWS.is_known], 0.85)
    changed[late] = False
    assert tune(replace(ROWS, label=changed), spec(), trials=2) == tune(ROWS, spec(), trials=2)
