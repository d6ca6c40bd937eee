"""Owns the exact contributions of boosted trees (TreeSHAP over the paths of the trees), for all members of a bundle in one call.

The numbers are LightGBM's: margins to the bit, contributions to rounding. Trees that `models.forest` cannot stand for are
refused; LightGBM itself explains those.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.forest import (
    CATEGORICAL,
    DEFAULT_LEFT,
    MISSING_MASK,
    MISSING_NONE,
    MISSING_SHIFT,
    MISSING_ZERO,
    ParsedTrees,
    UnknownForest,
    parse_trees,
)
from models.tree_kernel import BLOCK, Rule, Splits, Tables, Trees, fill_tables, walk_block, walk_margins, walk_one
from models.tree_layout import lay_out

FEW_ROWS = 4  # up to here each row walks alone
MOST_IN_A_TABLE = 6  # splits: their patterns fill a block
ZERO = float(np.float32(1e-35))  # LightGBM's: what is no larger counts as zero


@dataclass(frozen=True, kw_only=True)
class Forest:
    """The trees of several boosters over the same columns. `bases` are their mean margins over the training rows."""

    splits: Splits
    trees: Trees
    tables: Tables
    rule: Rule
    bases: NDArray[np.float64]

    @classmethod
    def of_texts(cls, texts: Sequence[str], *, width: int) -> "Forest":
        """Lay out model texts over `width` columns. Raises: UnknownForest."""
        parsed = [parse_trees(text) for text in texts]
        splits, order = _distinct_splits(parsed)
        trees, bases = lay_out(parsed, splits_of_nodes=order, width=width)
        tables, rule = _empty_tables(trees), _rule(trees.point_count)
        fill_tables(trees, rule, tables)
        return cls(splits=splits, trees=trees, tables=tables, rule=rule, bases=bases)

    def explain(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give margins, shape (n_members, n), and contributions, (n_members, n, k), that sum with the base to the margin."""
        margins = np.empty((len(self.bases), len(values)))
        contributions = np.zeros((len(self.bases), *values.shape))
        values, parts = np.ascontiguousarray(values), (self.splits, self.trees, self.tables, self.rule)
        if len(values) <= FEW_ROWS:
            for row in range(len(values)):
                walk_one(*parts, values[row], margins[:, row], contributions[:, row])
        else:
            for start in range(0, len(values), BLOCK):
                rows = slice(start, start + BLOCK)
                walk_block(*parts, values[rows], margins[:, rows], contributions[:, rows])
        return margins, contributions

    def margins(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the margins alone, shape (n_members, n), with the bits that `explain` gives."""
        found, values = np.empty((len(self.bases), len(values))), np.ascontiguousarray(values)
        for start in range(0, len(values), BLOCK):
            rows = slice(start, start + BLOCK)
            walk_margins(self.splits, self.trees, self.tables, values[rows], found[:, rows])
        return found


def _distinct_splits(parsed: Sequence[ParsedTrees]) -> tuple[Splits, NDArray[np.int64]]:
    """Find the distinct splits of all trees, and of each node its place among them. Each categorical one counts as distinct."""
    feature = np.concatenate([each.feature for each in parsed])
    threshold = np.concatenate([each.threshold for each in parsed])
    decision = np.concatenate([each.decision for each in parsed])
    missing = (decision >> MISSING_SHIFT) & MISSING_MASK
    is_categorical = (decision & CATEGORICAL) > 0
    goes_left = np.where(missing == MISSING_NONE, threshold >= 0.0, (decision & DEFAULT_LEFT) > 0)
    keys = np.stack([feature, threshold, np.where(missing == MISSING_ZERO, ZERO, -1.0), goes_left], axis=1)[~is_categorical]
    numeric, place = np.unique(keys, axis=0, return_inverse=True)
    order = np.empty(len(feature), dtype=np.int64)
    order[~is_categorical] = place.reshape(-1)
    order[is_categorical] = len(numeric) + np.arange(is_categorical.sum())
    sets = _category_sets(parsed, threshold[is_categorical], is_categorical)
    splits = Splits(
        feature=np.concatenate([numeric[:, 0].astype(np.int64), feature[is_categorical]]),
        threshold=numeric[:, 1].copy(),
        zero_limit=numeric[:, 2].copy(),
        missing_left=numeric[:, 3] > 0,
        word_start=np.cumsum([0, *(len(words) for words in sets)]).astype(np.int64),
        words=np.concatenate([np.zeros(0, dtype=np.uint32), *sets]),
    )
    return splits, order


def _category_sets(
    parsed: Sequence[ParsedTrees], place: NDArray[np.float64], is_categorical: NDArray[np.bool_]
) -> list[NDArray[np.uint32]]:
    """Give the bit set of each categorical split, in node order; `place` is its set among those of its tree."""
    sets = [tree for each in parsed for tree in each.categories]
    owner = np.repeat(np.arange(len(sets)), np.concatenate([each.leaf_counts - 1 for each in parsed]))[is_categorical]
    try:
        return [sets[tree][int(at)] for tree, at in zip(owner, place, strict=True)]
    except IndexError:
        raise UnknownForest("a categorical split without categories") from None


def _empty_tables(trees: Trees) -> Tables:
    split_counts, slot_counts = np.diff(trees.split_start), np.diff(trees.slot_start)
    is_small = split_counts <= MOST_IN_A_TABLE
    sizes = np.where(is_small, (slot_counts + 1) << np.minimum(split_counts, MOST_IN_A_TABLE), 0)
    ends = np.cumsum(sizes)
    return Tables(start=np.where(is_small, ends - sizes, -1).astype(np.int64), number=np.zeros(int(sizes.sum())))


def _rule(point_counts: NDArray[np.int64]) -> Rule:
    counts = [int(count) for count in np.unique(point_counts) if count]
    most = max(counts, default=1)
    point, weight = np.zeros((most + 1, most)), np.zeros((most + 1, most))
    for count in counts:
        points, weights = np.polynomial.legendre.leggauss(count)
        point[count, :count], weight[count, :count] = 0.5 * (points + 1.0), 0.5 * weights
    return Rule(point=point, weight=weight)
