"""Owns the compiled look-ups of many tables at once: codes, spans, counts and smoothed rates. Arrays in, arrays out.

Results stand by column and then by row, so that what one table gives for all rows lies in one piece. A row's numbers come from
its own keys and day alone and are computed in the same order whatever the batch.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

NO_RATE, CONSTANT, OF_PARENT, OF_HALVES, OF_OWN, OF_OWN_MOVED = 0, 1, 2, 3, 4, 5
_MIXER = np.uint64(0x9E3779B97F4A7C15)


class Tables(NamedTuple):
    """Event indexes one after the other. Keys lie in a hash table each; events of a key stand in the order of their days."""

    part_start: NDArray[np.int64]  # (n_tables + 1,)
    part: NDArray[np.int64]  # row of `numbers` that a part is read from
    radix: NDArray[np.int64]
    slot_start: NDArray[np.int64]  # (n_tables,)
    shift: NDArray[np.uint64]  # (n_tables,) of the mixed key, to its slot
    slot_key: NDArray[np.int64]
    slot_code: NDArray[np.int32]  # -1 = empty
    begin_start: NDArray[np.int64]  # (n_tables,)
    begin: NDArray[np.int64]  # first event of each key in its table, and the end
    event_start: NDArray[np.int64]  # (n_tables,)
    day: NDArray[np.int32]
    sums_start: NDArray[np.int64]  # (n_tables,)
    width: NDArray[np.int64]  # measures of each table
    sums: NDArray[np.int32]  # running sums, (n_events + 1, width) of each table


class Jobs(NamedTuple):
    """What to count: a table over a span, its columns of the result, and the prior that its rates lean on."""

    table: NDArray[np.int64]
    window: NDArray[np.int64]  # days back; -1 = all
    last: NDArray[np.int64]  # most recent events; -1 = all
    column: NDArray[np.int64]  # first column of the result
    prior: NDArray[np.int64]
    source: NDArray[np.int64]  # (3, n_columns) columns of the rates that a prior is made of
    constant: NDArray[np.float64]  # (n_columns,)


@compiled
def fill_slots(numbers: NDArray[np.int64], shift: np.uint64, slot_key: NDArray[np.int64], slot_code: NDArray[np.int32]) -> None:
    """Put the keys of one table into its slots, empty before; the code of a key is its place in `numbers`."""
    mask = len(slot_key) - 1
    for code in range(len(numbers)):
        slot = np.int64((np.uint64(numbers[code]) * _MIXER) >> shift)
        while slot_code[slot] >= 0:
            slot = (slot + 1) & mask
        slot_key[slot], slot_code[slot] = numbers[code], code


@compiled
def find_codes(tables: Tables, numbers: NDArray[np.int64], codes: NDArray[np.int64]) -> None:
    """Write the code of each row's key in each table, shape (n_tables, n); -1 = never seen. `numbers` holds parts by row."""
    for table in range(len(tables.width)):
        first, stop = tables.part_start[table], tables.part_start[table + 1]
        begin, shift = tables.slot_start[table], tables.shift[table]
        mask = (np.int64(1) << (np.int64(64) - np.int64(shift))) - 1
        for row in range(numbers.shape[1]):
            key, is_known = np.int64(0), True
            for at in range(first, stop):
                number = numbers[tables.part[at], row]
                is_known = is_known and number >= 0
                key += number * tables.radix[at]
            codes[table, row] = -1
            if not is_known:
                continue
            slot = np.int64((np.uint64(key) * _MIXER) >> shift)
            while tables.slot_code[begin + slot] >= 0:
                if tables.slot_key[begin + slot] == key:
                    codes[table, row] = tables.slot_code[begin + slot]
                    break
                slot = (slot + 1) & mask


@compiled
def _first_not_before(days: NDArray[np.int32], low: int, high: int, day: int) -> int:
    while low < high:
        middle = (low + high) >> 1
        if days[middle] < day:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def find_counts(
    tables: Tables,
    jobs: Jobs,
    codes: NDArray[np.int64],
    day: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    counts: NDArray[np.float64],
) -> None:
    """Span the events of each row's key known before its day (strictly), shapes (n_jobs, n), and sum every measure over them."""
    for job in range(len(jobs.table)):
        table = jobs.table[job]
        event, base, width = tables.event_start[table], tables.sums_start[table], tables.width[table]
        window, last, column = jobs.window[job], jobs.last[job], jobs.column[job]
        for row in range(codes.shape[1]):
            code = codes[table, row]
            if code < 0:
                start[job, row], stop[job, row] = 0, 0
                for at in range(width):
                    counts[column + at, row] = 0.0
                continue
            low, high = tables.begin[tables.begin_start[table] + code], tables.begin[tables.begin_start[table] + code + 1]
            end = high
            if high > low and tables.day[event + high - 1] >= day[row]:  # of a claim that is new, all came before
                end = _first_not_before(tables.day, event + low, event + high, day[row]) - event
            if window >= 0:
                low = _first_not_before(tables.day, event + low, event + end, day[row] - window) - event
            if last >= 0:
                low = max(low, end - last)
            start[job, row], stop[job, row] = low, end
            for at in range(width):
                counts[column + at, row] = tables.sums[base + end * width + at] - tables.sums[base + low * width + at]


@compiled
def smooth_rates(
    jobs: Jobs, widths: NDArray[np.int64], counts: NDArray[np.float64], weight: float, rates: NDArray[np.float64]
) -> None:
    """Write the share of answers with each measure, pulled towards its prior; a job stands after those that it leans on.

    The first measure of a table counts its answers.
    """
    for job in range(len(jobs.table)):
        kind, first = jobs.prior[job], jobs.column[job]
        if kind == NO_RATE:
            continue
        for column in range(first, first + widths[jobs.table[job]]):
            one, two, three = jobs.source[0, column], jobs.source[1, column], jobs.source[2, column]
            for row in range(counts.shape[1]):
                if kind == CONSTANT:
                    prior = jobs.constant[column]
                elif kind == OF_HALVES:
                    prior = min(rates[one, row] * rates[two, row] / rates[three, row], 1.0)
                elif kind == OF_OWN_MOVED:
                    prior = min(rates[one, row] * (rates[two, row] / rates[three, row]), 1.0)
                else:
                    prior = rates[one, row]
                rates[column, row] = (counts[column, row] + weight * prior) / (counts[first, row] + weight)
