"""Owns the reading of boosted trees: LightGBM's model text as flat arrays, every number as it is written there.

It knows the format only. What it cannot stand for (several classes, averaged or linear trees, a split that saw no rows) is
refused, and the caller asks LightGBM itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

CATEGORICAL, DEFAULT_LEFT = 1, 2  # bits of decision_type
MISSING_SHIFT, MISSING_MASK = 2, 3
MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2

_START, _END = "\nTree=", "\nend of trees"


class UnknownForest(Exception):
    """The text holds trees that these arrays cannot stand for; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class ParsedTrees:
    """The trees of one booster, one after the other; a tree of L leaves has L - 1 splits. Children below 0 are leaves: ~index."""

    leaf_counts: NDArray[np.int64]  # (n_trees,) leaves of each tree
    feature: NDArray[np.int64]  # (n_splits,)
    threshold: NDArray[np.float64]  # (n_splits,) of a categorical split: its place in the tree's category sets
    decision: NDArray[np.int64]  # (n_splits,) decision_type
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    split_rows: NDArray[np.int64]  # (n_splits,) training rows that came to the split
    leaf_value: NDArray[np.float64]  # (n_leaves,)
    leaf_rows: NDArray[np.int64]  # (n_leaves,)
    categories: tuple[tuple[NDArray[np.uint32], ...], ...]  # by tree: the bit set of each categorical split


def parse_trees(text: str) -> ParsedTrees:
    """Read the model text of a booster. Raises: UnknownForest."""
    header, *blocks = text.split(_END, 1)[0].split(_START)
    if "\nnum_tree_per_iteration=1\n" not in header:
        raise UnknownForest("more than one output")
    if "\naverage_output" in header:
        raise UnknownForest("averaged trees")
    # A tree of one leaf may leave its count out; any will do, all rows are there.
    trees = [dict(_pairs(block)) for block in blocks]
    trees = [tree | {"leaf_count": "1"} if tree.get("num_leaves") == "1" else tree for tree in trees]
    if any(tree.get("is_linear", "0") != "0" for tree in trees):
        raise UnknownForest("linear leaves")
    try:
        return _flatten(trees)
    except (KeyError, ValueError, IndexError) as error:
        raise UnknownForest(f"another format: {type(error).__name__}") from None


def _flatten(trees: Sequence[dict[str, str]]) -> ParsedTrees:
    leaf_counts = np.array([int(tree["num_leaves"]) for tree in trees], dtype=np.int64)
    parsed = ParsedTrees(
        leaf_counts=leaf_counts,
        feature=_whole(trees, "split_feature"),
        threshold=_real(trees, "threshold"),
        decision=_whole(trees, "decision_type"),
        left=_whole(trees, "left_child"),
        right=_whole(trees, "right_child"),
        split_rows=_whole(trees, "internal_count"),
        leaf_value=_real(trees, "leaf_value"),
        leaf_rows=_whole(trees, "leaf_count"),
        categories=tuple(_category_sets(tree) for tree in trees),
    )
    split_count, leaf_count = int((leaf_counts - 1).sum()), int(leaf_counts.sum())
    splits = (parsed.feature, parsed.threshold, parsed.decision, parsed.left, parsed.right, parsed.split_rows)
    if any(len(part) != split_count for part in splits) or {len(parsed.leaf_value), len(parsed.leaf_rows)} - {leaf_count}:
        raise ValueError("lengths")
    if min(parsed.split_rows.min(initial=1), parsed.leaf_rows.min(initial=1)) < 1:
        raise UnknownForest("a split or leaf without rows")
    return parsed


def _pairs(block: str) -> list[tuple[str, str]]:
    parts = (line.partition("=") for line in block.split("\n"))
    return [(key, value) for key, _, value in parts if value]


def _whole(trees: Sequence[dict[str, str]], *keys: str) -> NDArray[np.int64]:
    return np.array(_words(trees, keys), dtype=np.int64)


def _real(trees: Sequence[dict[str, str]], *keys: str) -> NDArray[np.float64]:
    return np.array(_words(trees, keys), dtype=np.float64)


def _words(trees: Sequence[dict[str, str]], keys: Sequence[str]) -> list[str]:
    return " ".join(tree[key] for tree in trees for key in keys if key in tree).split()


def _category_sets(tree: dict[str, str]) -> tuple[NDArray[np.uint32], ...]:
    if tree["num_cat"] == "0":
        return ()
    ends = [int(end) for end in tree["cat_boundaries"].split()]
    words = np.array(tree["cat_threshold"].split(), dtype=np.int64).astype(np.uint32)
    return tuple(words[begin:end] for begin, end in pairwise(ends))
