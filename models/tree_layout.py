"""Owns how parsed trees stand in memory for the kernel: nodes in preorder, paths with their shares of training rows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from models.forest import ParsedTrees, UnknownForest
from models.tree_kernel import Trees


def lay_out(
    parsed: Sequence[ParsedTrees], *, splits_of_nodes: NDArray[np.int64], width: int
) -> tuple[Trees, NDArray[np.float64]]:
    """Give all trees, and each member's mean margin over its training rows.

    Raises: UnknownForest, when a tree is no tree or reads a column beyond `width`.
    """
    leaf_counts = np.concatenate([each.leaf_counts for each in parsed])
    feature = np.concatenate([each.feature for each in parsed])
    if len(feature) and (feature.min() < 0 or feature.max() >= width):
        raise UnknownForest(f"a column beyond {width}")
    columns = [np.unique(each.feature) for each in parsed]
    column = np.concatenate([np.searchsorted(own, each.feature) for own, each in zip(columns, parsed, strict=True)])
    tree_count, node_count = len(leaf_counts), int((2 * leaf_counts - 1).sum())
    trees = Trees(
        tree_start=_starts([len(each.leaf_counts) for each in parsed]),
        column_start=_starts([len(own) for own in columns]),
        feature=np.concatenate(columns),
        split_start=_starts(leaf_counts - 1),
        split=splits_of_nodes,
        slot_start=np.zeros(tree_count + 1, dtype=np.int64),
        column=np.zeros(len(feature), dtype=np.int64),
        point_count=np.zeros(tree_count, dtype=np.int64),
        node_start=_starts(2 * leaf_counts - 1),
        parent=np.zeros(node_count, dtype=np.int64),
        right=np.zeros(node_count, dtype=np.int64),
        own_split=np.full(node_count, -1, dtype=np.int64),
        is_left=np.zeros(node_count, dtype=np.bool_),
        slot=np.zeros(node_count, dtype=np.int64),
        previous=np.zeros(node_count, dtype=np.int64),
        share=np.ones(node_count),
        value=np.zeros(node_count),
    )
    left, right = np.concatenate([each.left for each in parsed]), np.concatenate([each.right for each in parsed])
    rows = np.concatenate([each.split_rows for each in parsed])
    leaf_rows = np.concatenate([each.leaf_rows for each in parsed])
    leaf_value = np.concatenate([each.leaf_value for each in parsed])
    if not _fill(trees, column.astype(np.int64), left, right, rows, leaf_rows, leaf_value):
        raise UnknownForest("nodes that are no tree")
    return trees, np.array([_base(each) for each in parsed])


def _starts(counts: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _base(parsed: ParsedTrees) -> float:
    """Sum the trees' expected values, each weighed by the rows of its leaves."""
    starts = _starts(parsed.leaf_counts)
    if len(starts) == 1:
        return 0.0
    totals = np.add.reduceat(parsed.leaf_rows, starts[:-1])
    return float((parsed.leaf_value * parsed.leaf_rows / np.repeat(totals, parsed.leaf_counts)).sum())


@compiled
def _fill(
    trees: Trees,
    column: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    rows: NDArray[np.int64],
    leaf_rows: NDArray[np.int64],
    leaf_value: NDArray[np.float64],
) -> bool:
    """Fill the zeros of `trees`. Returns False where children are not those of a tree."""
    for tree in range(len(trees.point_count)):
        first, last = trees.split_start[tree], trees.split_start[tree + 1]
        trees.slot_start[tree + 1] = _fill_slots(trees, tree, column[first:last])
        if not _fill_nodes(trees, tree, column[first:last], left[first:last], right[first:last]):
            return False
        _fill_shares(trees, tree, column[first:last], rows[first:last], leaf_rows[first + tree :], leaf_value[first + tree :])
    return True


@compiled
def _fill_slots(trees: Trees, tree: int, column: NDArray[np.int64]) -> int:
    """List the distinct columns of a tree; returns the end of the list."""
    begin = trees.slot_start[tree]
    end = begin
    for wanted in column:
        is_new = True
        for slot in range(begin, end):
            is_new = is_new and trees.column[slot] != wanted
        if is_new:
            trees.column[end] = wanted
            end += 1
    return int(end)


@compiled
def _fill_nodes(trees: Trees, tree: int, column: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]) -> bool:
    """Number the nodes in preorder. Until shares are filled, `own_split` of a leaf is ~leaf."""
    start, size = trees.node_start[tree], trees.node_start[tree + 1] - trees.node_start[tree]
    split_count = len(column)
    waiting = np.empty((size + 1, 3), dtype=np.int64)  # child, parent, is left
    waiting[0, 0], waiting[0, 1], waiting[0, 2] = 0 if split_count else -1, 0, 0
    pending, node = 1, 0
    while pending:
        pending -= 1
        child, parent, is_left = waiting[pending, 0], waiting[pending, 1], waiting[pending, 2]
        if node >= size or child >= split_count or ~child > split_count:
            return False
        trees.parent[start + node], trees.is_left[start + node] = parent, is_left > 0
        trees.own_split[start + node] = child
        if node and not is_left:
            trees.right[start + parent] = node
        if child >= 0:
            if pending + 2 > size:
                return False
            for side in range(2):
                waiting[pending + side, 0] = left[child] if side else right[child]
                waiting[pending + side, 1], waiting[pending + side, 2] = node, side
            pending += 2
        node += 1
    return bool(node == size)


@compiled
def _fill_shares(
    trees: Trees,
    tree: int,
    column: NDArray[np.int64],
    rows: NDArray[np.int64],
    leaf_rows: NDArray[np.int64],
    leaf_value: NDArray[np.float64],
) -> None:
    """Follow each path: the splits above on the same feature, their joint share of rows, the leaf's value."""
    start, end = trees.node_start[tree], trees.node_start[tree + 1]
    begin = trees.slot_start[tree]
    distinct = np.zeros(end - start, dtype=np.int64)
    for node in range(end - start):
        own, parent = trees.own_split[start + node], trees.parent[start + node]
        if node:
            wanted = column[trees.own_split[start + parent]]
            while trees.column[begin + trees.slot[start + node]] != wanted:
                trees.slot[start + node] += 1
            above = parent
            while above and trees.slot[start + above] != trees.slot[start + node]:
                above = trees.parent[start + above]
            trees.previous[start + node] = above
            distinct[node] = distinct[parent] + (0 if above else 1)
            part = (rows[own] if own >= 0 else leaf_rows[~own]) / rows[trees.own_split[start + parent]]
            trees.share[start + node] = part * trees.share[start + above]
        if own < 0:
            trees.value[start + node] = leaf_value[~own]
    for node in range(end - start):
        trees.own_split[start + node] = max(trees.own_split[start + node], -1)
    trees.point_count[tree] = (distinct.max() + 1) // 2
