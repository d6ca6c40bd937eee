"""Owns the compiled loops over boosted trees: decisions, leaf values, exact Shapley values. Arrays in, arrays out.

Rows come in blocks of 64: what a split decides for a block is one 64-bit word, bit r set where row r goes left. Every sum runs in
tree order whatever the block, so a batch gives the bits of its rows one by one.

The Shapley value of a feature at a leaf is an integral over t in [0, 1] of a polynomial: the product of z(1 - t) + o t over the
path's other features, where z is the share of training rows that follow the path at a feature's splits, and o is 1 where the row
does so too. Gauss-Legendre with half as many points as distinct features on the path is exact. A tree is walked once per point,
down with the products, up with the sums over leaves (as Linear TreeSHAP does with polynomials). No factor is 0, so dividing one
out is safe, and nothing cancels on long paths.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

BLOCK = 64
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
LARGEST_CODE = 2147483647.0


class Splits(NamedTuple):
    """The distinct splits of a forest: numeric ones, then categorical ones."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]  # numeric ones only; left is <=
    zero_limit: NDArray[np.float64]  # up to this size a value counts as missing; -1 where zeros are values
    missing_left: NDArray[np.bool_]
    word_start: NDArray[np.int64]  # categorical ones, and the end
    words: NDArray[np.uint32]  # bit set of the categories that go left


class Trees(NamedTuple):
    """Trees in member order, nodes of a tree in preorder: a parent stands before its children, a left child right after it."""

    tree_start: NDArray[np.int64]  # (n_members + 1,)
    column_start: NDArray[np.int64]  # (n_members + 1,)
    feature: NDArray[np.int64]  # (n_columns,) the features that a member's trees read
    split_start: NDArray[np.int64]  # (n_trees + 1,)
    split: NDArray[np.int64]  # place in Splits
    slot_start: NDArray[np.int64]  # (n_trees + 1,)
    column: NDArray[np.int64]  # of each distinct feature of a tree: its place among the member's columns
    point_count: NDArray[np.int64]  # (n_trees,) quadrature points
    node_start: NDArray[np.int64]  # (n_trees + 1,)
    parent: NDArray[np.int64]  # in the tree, as are all below
    right: NDArray[np.int64]  # 0 at a leaf
    own_split: NDArray[np.int64]  # -1 at a leaf
    is_left: NDArray[np.bool_]
    slot: NDArray[np.int64]  # feature of the split above
    previous: NDArray[np.int64]  # nearest node above whose parent splits on the same feature; 0 = none
    share: NDArray[np.float64]  # of training rows, over all splits above on that feature
    value: NDArray[np.float64]  # 0 at a split


class Tables(NamedTuple):
    """What a small tree says for each pattern of its decisions: contributions slot by slot, then the leaf value."""

    start: NDArray[np.int64]  # (n_trees,) -1 = none, the tree is walked
    number: NDArray[np.float64]


class Rule(NamedTuple):
    """Gauss-Legendre points and weights on [0, 1]; row q has q points."""

    point: NDArray[np.float64]
    weight: NDArray[np.float64]


@compiled
def _goes_left_by_code(splits: Splits, which: int, value: float) -> bool:
    if not (value > -1.0 and value < LARGEST_CODE):  # NaN, negative, beyond any set
        return False
    code = np.int64(value)
    begin, end = splits.word_start[which], splits.word_start[which + 1]
    if code >> 5 >= end - begin:
        return False
    return bool((np.int64(splits.words[begin + (code >> 5)]) >> (code & 31)) & 1)


@compiled
def _decide(splits: Splits, values: NDArray[np.float64], bits: NDArray[np.uint64]) -> None:
    """Write each split's decisions on up to 64 rows into its word of `bits`."""
    numeric = len(splits.threshold)
    for at in range(numeric):
        feature, threshold = splits.feature[at], splits.threshold[at]
        limit, otherwise = splits.zero_limit[at], splits.missing_left[at]
        word = np.uint64(0)
        for row in range(len(values)):
            value = values[row, feature]
            is_left = (value <= threshold) if abs(value) > limit else otherwise  # false for NaN
            word |= np.uint64(is_left) << np.uint64(row)
        bits[at] = word
    for at in range(numeric, len(splits.feature)):
        word = np.uint64(0)
        for row in range(len(values)):
            is_left = _goes_left_by_code(splits, at - numeric, values[row, splits.feature[at]])
            word |= np.uint64(is_left) << np.uint64(row)
        bits[at] = word


@compiled
def _decide_one(splits: Splits, values: NDArray[np.float64], bits: NDArray[np.uint64]) -> None:
    """Do for one row, shape (k,), what `_decide` does for many."""
    feature, threshold, limit, otherwise = splits.feature, splits.threshold, splits.zero_limit, splits.missing_left
    numeric = len(threshold)
    for at in range(numeric):
        value = values[feature[at]]
        is_known, is_left = abs(value) > limit[at], value <= threshold[at]
        bits[at] = (np.uint64(is_known) & np.uint64(is_left)) | (np.uint64(not is_known) & np.uint64(otherwise[at]))
    for at in range(numeric, len(feature)):
        bits[at] = np.uint64(_goes_left_by_code(splits, at - numeric, values[feature[at]]))


@compiled
def leaf_value(trees: Trees, tree: int, bits: NDArray[np.uint64], row: int) -> float:
    """Walk one row down one tree. `bits` are those of the tree's own splits."""
    start, node = trees.node_start[tree], 0
    while trees.right[start + node]:
        is_left = (bits[trees.own_split[start + node]] >> np.uint64(row)) & np.uint64(1)
        node = node + 1 if is_left else trees.right[start + node]
    return float(trees.value[start + node])


@compiled
def _rows_that_follow(trees: Trees, tree: int, bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Tell of each node which rows go its way at every split above on the feature of the last one."""
    start, end = trees.node_start[tree], trees.node_start[tree + 1]
    follows = np.empty(end - start, dtype=np.uint64)
    follows[0] = ALL
    for node in range(1, end - start):
        word = bits[trees.own_split[start + trees.parent[start + node]]]
        follows[node] = follows[trees.previous[start + node]] & (word if trees.is_left[start + node] else ~word)
    return follows


@compiled
def shapley_of_tree(
    trees: Trees, rule: Rule, tree: int, bits: NDArray[np.uint64], row_count: int, found: NDArray[np.float64]
) -> None:
    """Write one tree's contributions for up to 64 rows into `found`, shape (slots, 64). `bits` are those of its own splits."""
    start, end = trees.node_start[tree], trees.node_start[tree + 1]
    parent, previous, slot = trees.parent[start:end], trees.previous[start:end], trees.slot[start:end]
    share, value = trees.share[start:end], trees.value[start:end]
    size, follows = end - start, _rows_that_follow(trees, tree, bits)
    found[: trees.slot_start[tree + 1] - trees.slot_start[tree], :row_count] = 0.0
    factor, inverse = np.ones(size), np.ones(size)
    below = np.empty((size, row_count))
    points = trees.point_count[tree]
    for turn in range(points):
        t, weight = rule.point[points, turn], rule.weight[points, turn]
        off = -1.0 / (1.0 - t)
        for node in range(1, size):
            factor[node] = share[node] * (1.0 - t) + t
            inverse[node] = 1.0 / factor[node]
        below[0] = weight
        for node in range(1, size):
            before = previous[node]
            both = factor[node] * inverse[before]
            lost = share[node] * (1.0 - t) * inverse[before]
            neither = share[node] / share[before]
            own, earlier, above = follows[node], follows[before], parent[node]
            for row in range(row_count):
                at = np.uint64(row)
                step = lost if (earlier >> at) & np.uint64(1) else neither
                step = both if (own >> at) & np.uint64(1) else step
                below[node, row] = below[above, row] * step
        for node in range(size):
            below[node] *= value[node]  # 0 at splits: they gather their leaves on the way up
        for node in range(size - 1, 0, -1):
            before = previous[node]
            known = (1.0 - share[before]) * inverse[before]
            both, lost = (1.0 - share[node]) * inverse[node] - known, off - known
            own, earlier, above, place = follows[node], follows[before], parent[node], slot[node]
            for row in range(row_count):
                at = np.uint64(row)
                rise = lost if (earlier >> at) & np.uint64(1) else 0.0
                rise = both if (own >> at) & np.uint64(1) else rise
                found[place, row] += below[node, row] * rise
                below[above, row] += below[node, row]


@compiled
def fill_tables(trees: Trees, rule: Rule, tables: Tables) -> None:
    """Write what each tree with a place for a table says for each pattern: the patterns are the rows of one block."""
    bits, found = np.empty(BLOCK, dtype=np.uint64), np.empty((BLOCK, BLOCK))
    for tree in range(len(tables.start)):
        place = tables.start[tree]
        if place < 0:
            continue
        split_count = trees.split_start[tree + 1] - trees.split_start[tree]
        slot_count = trees.slot_start[tree + 1] - trees.slot_start[tree]
        patterns = 1 << split_count
        for split in range(split_count):
            bits[split] = np.uint64(0)
            for pattern in range(patterns):
                bits[split] |= np.uint64((pattern >> split) & 1) << np.uint64(pattern)
        shapley_of_tree(trees, rule, tree, bits, patterns, found)
        for pattern in range(patterns):
            for slot in range(slot_count):
                tables.number[place + slot * patterns + pattern] = found[slot, pattern]
            tables.number[place + slot_count * patterns + pattern] = leaf_value(trees, tree, bits, pattern)


@compiled
def _walk_large(
    trees: Trees, rule: Rule, tree: int, bits: NDArray[np.uint64], found: NDArray[np.float64], gathered: NDArray[np.float64]
) -> None:
    """Add a tree without a table to `gathered`, shape (columns + 1, rows); the last line is the margin."""
    row_count = gathered.shape[1]
    own = np.empty(trees.split_start[tree + 1] - trees.split_start[tree], dtype=np.uint64)
    for at in range(len(own)):
        own[at] = bits[trees.split[trees.split_start[tree] + at]]
    shapley_of_tree(trees, rule, tree, own, row_count, found)
    begin = trees.slot_start[tree]
    for slot in range(trees.slot_start[tree + 1] - begin):
        gathered[trees.column[begin + slot]] += found[slot, :row_count]
    for row in range(row_count):
        gathered[-1, row] += leaf_value(trees, tree, own, row)


@compiled
def _walk_table(
    trees: Trees, tables: Tables, tree: int, bits: NDArray[np.uint64], pattern: NDArray[np.int64], gathered: NDArray[np.float64]
) -> None:
    """Add a tree with a table to `gathered`."""
    row_count = gathered.shape[1]
    begin, split_count = trees.split_start[tree], trees.split_start[tree + 1] - trees.split_start[tree]
    pattern[:row_count] = 0
    for at in range(split_count):
        word = bits[trees.split[begin + at]]
        for row in range(row_count):
            pattern[row] |= np.int64((word >> np.uint64(row)) & np.uint64(1)) << at
    first, slot_count = trees.slot_start[tree], trees.slot_start[tree + 1] - trees.slot_start[tree]
    for slot in range(slot_count + 1):
        place = tables.start[tree] + (slot << split_count)
        line = gathered[trees.column[first + slot] if slot < slot_count else gathered.shape[0] - 1]
        for row in range(row_count):
            line[row] += tables.number[place + pattern[row]]


@compiled
def walk_one(
    splits: Splits,
    trees: Trees,
    tables: Tables,
    rule: Rule,
    values: NDArray[np.float64],
    margins: NDArray[np.float64],
    contributions: NDArray[np.float64],
) -> None:
    """Do for one row, shape (k,), what `walk_block` does: margins are (n_members,), contributions (n_members, k)."""
    bits = np.empty(len(splits.feature), dtype=np.uint64)
    _decide_one(splits, values, bits)
    split_start, split, slot_start, column = trees.split_start, trees.split, trees.slot_start, trees.column
    start, number = tables.start, tables.number
    found = np.empty((len(trees.feature) + 1, BLOCK))
    for member in range(len(margins)):
        first, last = trees.column_start[member], trees.column_start[member + 1]
        gathered = np.zeros((last - first + 1, 1))
        total = 0.0
        for tree in range(trees.tree_start[member], trees.tree_start[member + 1]):
            place = start[tree]
            if place < 0:
                gathered[-1, 0] = total
                _walk_large(trees, rule, tree, bits, found, gathered)
                total = gathered[-1, 0]
                continue
            begin, end = split_start[tree], split_start[tree + 1]
            pattern = np.int64(0)
            for at in range(begin, end):
                pattern |= np.int64(bits[split[at]] & np.uint64(1)) << (at - begin)
            place += pattern
            for slot in range(slot_start[tree], slot_start[tree + 1]):
                gathered[column[slot], 0] += number[place]
                place += 1 << (end - begin)
            total += number[place]
        margins[member] = total
        for at in range(last - first):
            contributions[member, trees.feature[first + at]] = gathered[at, 0]


@compiled
def walk_block(
    splits: Splits,
    trees: Trees,
    tables: Tables,
    rule: Rule,
    values: NDArray[np.float64],
    margins: NDArray[np.float64],
    contributions: NDArray[np.float64],
) -> None:
    """Write margins, shape (n_members, n), and contributions, shape (n_members, n, k), of up to 64 rows; those come as zeros."""
    bits = np.empty(len(splits.feature), dtype=np.uint64)
    _decide(splits, values, bits)
    found = np.empty((len(trees.feature) + 1, BLOCK))
    pattern = np.empty(BLOCK, dtype=np.int64)
    row_count = margins.shape[1]
    for member in range(len(margins)):
        first, last = trees.column_start[member], trees.column_start[member + 1]
        gathered = np.zeros((last - first + 1, row_count))
        for tree in range(trees.tree_start[member], trees.tree_start[member + 1]):
            if tables.start[tree] < 0:
                _walk_large(trees, rule, tree, bits, found, gathered)
            else:
                _walk_table(trees, tables, tree, bits, pattern, gathered)
        for row in range(row_count):
            margins[member, row] = gathered[-1, row]
            for at in range(last - first):
                contributions[member, row, trees.feature[first + at]] = gathered[at, row]


@compiled
def walk_margins(splits: Splits, trees: Trees, tables: Tables, values: NDArray[np.float64], margins: NDArray[np.float64]) -> None:
    """Write the margins of up to 64 rows alone, shape (n_members, n): the bits that `walk_block` gives."""
    row_count = len(values)
    bits = np.empty(len(splits.feature), dtype=np.uint64)
    if row_count == 1:
        _decide_one(splits, values[0], bits)
    else:
        _decide(splits, values, bits)
    pattern, own = np.empty(BLOCK, dtype=np.int64), np.empty(len(splits.feature) + 1, dtype=np.uint64)
    for member in range(len(margins)):
        margins[member] = 0.0
        for tree in range(trees.tree_start[member], trees.tree_start[member + 1]):
            begin, split_count = trees.split_start[tree], trees.split_start[tree + 1] - trees.split_start[tree]
            if tables.start[tree] < 0:
                for at in range(split_count):
                    own[at] = bits[trees.split[begin + at]]
                for row in range(row_count):
                    margins[member, row] += leaf_value(trees, tree, own, row)
                continue
            pattern[:row_count] = 0
            for at in range(split_count):
                word = bits[trees.split[begin + at]]
                for row in range(row_count):
                    pattern[row] |= np.int64((word >> np.uint64(row)) & np.uint64(1)) << at
            slot_count = trees.slot_start[tree + 1] - trees.slot_start[tree]
            place = tables.start[tree] + (slot_count << split_count)
            for row in range(row_count):
                margins[member, row] += tables.number[place + pattern[row]]
