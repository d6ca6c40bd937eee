import re
import subprocess
import sys
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.forest import UnknownForest
from models.tree_shap import Forest
from tests.models.boosters import CODES, WIDTH, chain, rows, strange_rows, train

EXACT = 1e-10
KINDS: dict[str, dict[str, Any]] = {
    "champion": {"num_leaves": 4},
    "stumps": {"num_leaves": 2},
    "largest_table": {"num_leaves": 7},
    "smallest_walk": {"num_leaves": 8},
    "usual": {"num_leaves": 31},
    "deep": {"num_leaves": 120, "min_data_in_leaf": 2, "rounds": 8},
    "zero_as_missing": {"num_leaves": 12, "zero_as_missing": True},
    "missing_unused": {"num_leaves": 12, "use_missing": False},
    "numbers_only": {"num_leaves": 12, "categorical": False},
    "numbers_zero_as_missing": {"num_leaves": 4, "categorical": False, "zero_as_missing": True},
    "one_hot_codes": {"num_leaves": 12, "max_cat_to_onehot": 100},
    "bagged": {"num_leaves": 5, "bagging_fraction": 0.5, "bagging_freq": 1},
}


def forest_of(*boosters: lgb.Booster) -> Forest:
    return Forest.of_texts([booster.model_to_string() for booster in boosters], width=boosters[0].num_feature())


def assert_equal_to_lightgbm(forest: Forest, boosters: list[lgb.Booster], values: NDArray[np.float64]) -> None:
    margins, contributions = forest.explain(values)
    for at, booster in enumerate(boosters):
        wanted = np.asarray(booster.predict(values, pred_contrib=True, num_threads=1))
        assert np.array_equal(margins[at], booster.predict(values, raw_score=True, num_threads=1))
        assert np.abs(contributions[at] - wanted[:, :-1]).max() < EXACT
        assert np.abs(forest.bases[at] - wanted[:, -1]).max() < EXACT


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_and_margins_are_those_of_lightgbm(kind: str) -> None:
    booster = train(**KINDS[kind])
    assert_equal_to_lightgbm(forest_of(booster), [booster], np.concatenate([rows(), strange_rows()]))


def test_the_kinds_hold_every_kind_of_split() -> None:
    text = "\n".join(train(**parameters).model_to_string() for parameters in KINDS.values())
    found = {int(kind) for line in re.findall(r"^decision_type=(.+)$", text, re.MULTILINE) for kind in line.split()}
    assert {kind & 1 for kind in found} == {0, 1}
    assert {(kind >> 2, kind >> 1 & 1) for kind in found if not kind & 1} >= {(0, 1), (1, 0), (1, 1), (2, 0), (2, 1)}


@settings(max_examples=20, deadline=None)
@given(
    leaves=st.integers(2, 40),
    smallest=st.sampled_from([1, 5, 50]),
    zero_as_missing=st.booleans(),
    categorical=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_any_booster_is_explained_as_lightgbm_does(
    leaves: int, smallest: int, zero_as_missing: bool, categorical: bool, seed: int
) -> None:
    parameters = {"num_leaves": leaves, "min_data_in_leaf": smallest, "zero_as_missing": zero_as_missing}
    booster = train(rounds=6, categorical=categorical, seed=seed, **parameters)
    assert_equal_to_lightgbm(forest_of(booster), [booster], rows(70, seed=seed))


def test_several_boosters_share_one_forest() -> None:
    boosters = [train(num_leaves=4), train(num_leaves=31, seed=2), train(num_leaves=2, categorical=False, seed=3)]
    assert_equal_to_lightgbm(forest_of(*boosters), boosters, rows())


@pytest.mark.parametrize("leaves", [4, 31])
def test_a_batch_gives_the_bits_of_its_rows_one_by_one(leaves: int) -> None:
    forest = forest_of(train(num_leaves=leaves), train(num_leaves=leaves, seed=2))
    values = rows(150)
    margins, contributions = forest.explain(values)
    for begin, end in [*((at, at + 1) for at in range(0, 150, 7)), (3, 7), (60, 150), (128, 150)]:
        few_margins, few = forest.explain(values[begin:end])
        assert np.array_equal(few, contributions[:, begin:end])
        assert np.array_equal(few_margins, margins[:, begin:end])


def test_columns_apart_in_memory_give_the_same() -> None:
    forest, values = forest_of(train(num_leaves=4)), rows(70)
    apart = np.asfortranarray(values)
    assert np.array_equal(forest.explain(apart)[1], forest.explain(values)[1])


def test_trees_of_one_leaf_only_move_the_base() -> None:
    booster = train(num_leaves=8, min_data_in_leaf=5000)
    assert "num_leaves=1\n" in booster.model_to_string()
    assert_equal_to_lightgbm(forest_of(booster), [booster], rows(70))
    assert (forest_of(booster).explain(rows(70))[1] == 0).all()


def test_trees_of_one_leaf_among_others_keep_their_place() -> None:
    small = train(num_leaves=8, min_data_in_leaf=5000, rounds=1)
    grown = train(num_leaves=8)
    assert_equal_to_lightgbm(forest_of(small, grown, small), [small, grown, small], rows(70))


def test_contributions_are_those_of_shap() -> None:
    booster = train(num_leaves=15, categorical=False, objective="regression")
    explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    explainer.model.model_type = "internal"  # else it asks LightGBM
    wanted = explainer.shap_values(rows(), check_additivity=False)
    assert np.abs(forest_of(booster).explain(rows())[1][0] - wanted).max() < EXACT


def test_contributions_match_the_definition_over_all_coalitions() -> None:
    booster = train(num_leaves=6, rounds=3)
    values = rows(12)
    forest = forest_of(booster)
    wanted = np.array([shapley_values(booster, row) for row in values])
    assert np.abs(forest.explain(values)[1][0] - wanted).max() < EXACT


def test_a_long_path_is_exact() -> None:
    booster, values = chain(24)
    forest = forest_of(booster)
    assert forest.trees.point_count.max() >= 10
    assert_equal_to_lightgbm(forest, [booster], values)


def test_contributions_add_up_on_a_path_where_lightgbm_itself_drifts() -> None:
    booster, values = chain(80)
    forest = forest_of(booster)
    assert forest.trees.point_count.max() > 32
    margins, contributions = forest.explain(values)
    assert np.abs(forest.bases + contributions[0].sum(axis=1) - margins[0]).max() < 1e-12
    drifted = np.asarray(booster.predict(values, pred_contrib=True)).sum(axis=1)
    assert np.abs(drifted - margins[0]).max() > 1e-7


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"linear_tree": True, "categorical": False}, "linear leaves"),
        ({"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, "averaged trees"),
        ({"objective": "multiclass", "num_class": 3}, "more than one output"),
    ],
)
def test_trees_of_another_kind_are_refused(parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnknownForest, match=reason):
        forest_of(train(rounds=2, **parameters))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("left_child=", "left_child=0 ", "another format"),
        (r"left_child=\d+", "left_child=0", "nodes that are no tree"),
        (r"right_child=-?\d+", "right_child=77", "nodes that are no tree"),
        (r"right_child=-?\d+", "right_child=-77", "nodes that are no tree"),
        (r"split_feature=\d+", "split_feature=8", "a column beyond 8"),
        (r"leaf_count=\d+", "leaf_count=0", "without rows"),
        ("internal_count=", "internal_tally=", "another format"),
    ],
)
def test_a_broken_text_is_refused_not_walked(before: str, after: str, reason: str) -> None:
    text = train(num_leaves=9, rounds=1, categorical=False).model_to_string()
    broken = re.sub(before, after, text, count=1)
    assert broken != text
    with pytest.raises(UnknownForest, match=reason):
        Forest.of_texts([broken], width=WIDTH)


def test_a_categorical_split_without_its_categories_is_refused() -> None:
    text = train(num_leaves=4, rounds=1).model_to_string()
    broken = re.sub(r"num_cat=\d+", "num_cat=0", text)
    assert broken != text
    with pytest.raises(UnknownForest, match="without categories"):
        Forest.of_texts([broken], width=WIDTH)


def shapley_values(booster: lgb.Booster, row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average each feature's rise over all orders, from the trees as `dump_model` tells them."""
    from math import factorial

    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    worth = [sum(_expected(tree, row, known) for tree in trees) for known in range(1 << WIDTH)]
    found = np.zeros(WIDTH)
    for feature in range(WIDTH):
        for known in range(1 << WIDTH):
            if not known >> feature & 1:
                size = known.bit_count()
                weight = factorial(size) * factorial(WIDTH - size - 1) / factorial(WIDTH)
                found[feature] += weight * (worth[known | 1 << feature] - worth[known])
    return found


def _expected(node: dict[str, Any], row: NDArray[np.float64], known: int) -> float:
    if "leaf_value" in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if known >> node["split_feature"] & 1:
        return _expected(left if _goes_left(node, row[node["split_feature"]]) else right, row, known)
    parts = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
    total = parts[0] * _expected(left, row, known) + parts[1] * _expected(right, row, known)
    return float(total / sum(parts))


def _goes_left(node: dict[str, Any], value: float) -> bool:
    if node["decision_type"] == "==":
        return not np.isnan(value) and 0 <= value <= CODES and str(int(value)) in node["threshold"].split("||")
    if np.isnan(value) and node["missing_type"] == "NaN":
        return bool(node["default_left"])
    return bool(np.nan_to_num(value) <= node["threshold"])


def test_where_nothing_can_be_kept_on_disk_it_compiles_all_the_same() -> None:
    script = (
        "import numba.core.caching as caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "from features.compiled import compiled\n"
        "print(compiled(lambda number: number + 1)(2))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "3"
