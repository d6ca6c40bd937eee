"""Owns the compiled writing out of pairs. Arrays in, arrays out; each gives the number of pairs that it wrote."""

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled


@compiled
def service_rows(
    code: NDArray[np.int64], line_start: NDArray[np.int64], most: int, line: NDArray[np.int64], other: NDArray[np.int64]
) -> int:
    """Pair each line with the distinct other codes of its claim, lowest first, at most so many."""
    size = 0
    for claim in range(len(line_start) - 1):
        first, stop = line_start[claim], line_start[claim + 1]
        if stop - first < 2:
            continue
        distinct = np.unique(code[first:stop])
        for at in range(first, stop):
            partners = 0
            for partner in distinct:
                if partner != code[at] and partners < most:
                    line[size], other[size] = at, partner
                    partners += 1
                    size += 1
    return size


@compiled
def diagnosis_rows(
    code: NDArray[np.int64],
    code_start: NDArray[np.int64],
    owner: NDArray[np.int64],
    pointer: NDArray[np.int64],
    pointer_start: NDArray[np.int64],
    pointed_only: bool,
    line: NDArray[np.int64],
    other: NDArray[np.int64],
) -> int:
    """Pair each line with its claim's codes, or with those it points to (the first where it points to none), once each."""
    size = 0
    for at in range(len(owner)):
        begin, stop = code_start[owner[at]], code_start[owner[at] + 1]
        if begin == stop:
            continue
        count = pointer_start[at + 1] - pointer_start[at] if pointed_only else stop - begin
        own = size
        for which in range(max(count, 1)):
            place = 0 if count == 0 else pointer[pointer_start[at] + which] if pointed_only else which
            is_new = True
            for earlier in range(own, size):
                is_new = is_new and other[earlier] != code[begin + place]
            if is_new:
                line[size], other[size] = at, code[begin + place]
                size += 1
    return size
