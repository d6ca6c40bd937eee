"""Owns the point-in-time index: what had been counted under a key before a day. Integers and sums, no state between rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_DAY_BITS = 22
_DAY_OFFSET = 1 << 21  # days since 1970 from -5,700 years on stay positive
_VALUE_BITS = 33  # hundredths of a unit or day beside the code of its key
_HUNDREDTHS = 100.0


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which events of a key count: those before a position, from another on. Both have shape (n,); equal = none."""

    start: Ints
    stop: Ints


@dataclass(frozen=True, kw_only=True)
class EventIndex:
    """Events under text keys, each with the day it became known, some yes-no measures and some highest values.

    Events stand in the order of (key, day), those of a day in the order given; `begin[code]` is the first of a key.
    `sums` has shape (n_events + 1, n_measures): running sums, so that any window is a difference of integers.
    `peaks[name]` is the highest value so far within a key, in hundredths beside the key's code, so that one pass makes it.
    """

    codes: Mapping[str, int]
    order_key: Ints
    begin: Ints
    row: Ints  # position of each event in the arrays it was built from
    sums: NDArray[np.int32]
    measures: dict[str, int]  # column of `sums`
    peaks: dict[str, Ints]

    @classmethod
    def build(
        cls,
        keys: NDArray[np.object_],
        known_day: Ints,
        measures: Mapping[str, Flags | Ints],
        peaks: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> "EventIndex":
        """Index events. Measures and peaks have shape (n_events,); a peak of NaN or below 0 counts as none.

        A measure is a flag, or a small integer such as thousandths of a share: their running sum must fit 32 bits.
        """
        codes: dict[str, int] = {}
        encoded = np.fromiter((codes.setdefault(key, len(codes)) for key in keys.tolist()), dtype=np.int64, count=len(keys))
        return cls.of_codes(codes, encoded, known_day, measures, peaks)

    @classmethod
    def of_codes(
        cls,
        codes: Mapping[str, int],
        encoded: Ints,
        known_day: Ints,
        measures: Mapping[str, Flags | Ints],
        peaks: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> "EventIndex":
        """Index events whose keys have their codes; every code from 0 up to the number of keys stands for one."""
        order_key = _order_key(encoded, known_day)
        sorting = np.argsort(order_key, kind="stable")
        order_key = order_key[sorting]
        sums = np.zeros((len(encoded) + 1, len(measures)), dtype=np.int32)
        for at, values in enumerate(measures.values()):
            np.cumsum(values[sorting], out=sums[1:, at], dtype=np.int32)
        return cls(
            codes=codes,
            order_key=order_key,
            begin=np.searchsorted(order_key, np.arange(len(codes) + 1, dtype=np.int64) << _DAY_BITS),
            row=sorting,
            sums=sums,
            measures={name: at for at, name in enumerate(measures)},
            peaks={name: _running_peaks(encoded[sorting], values[sorting]) for name, values in (peaks or {}).items()},
        )

    def columns_of(self, measures: Iterable[str]) -> Ints:
        """Give the columns of some measures."""
        return np.array([self.measures[measure] for measure in measures], dtype=np.int64)

    def encode(self, keys: NDArray[np.object_]) -> Ints:
        """Look keys up; -1 = never seen."""
        return np.fromiter(map(self.codes.get, keys.tolist(), repeat(-1)), dtype=np.int64, count=len(keys))

    def span_of(self, key: str, day: int) -> tuple[int, tuple[int, int]]:
        """Give one key's code, -1 = never seen, and where its events known before `day` (strictly) begin and end."""
        code = self.codes.get(key, -1)
        span = self.before(np.array([code], dtype=np.int64), np.array([day], dtype=np.int64))
        return code, (int(span.start[0]), int(span.stop[0]))

    def before(self, encoded: Ints, day: Ints, *, days: int | None = None, last: int | None = None) -> Span:
        """Span the events known before `day` (strictly): at most `days` earlier, or only the `last` so many."""
        stop = np.searchsorted(self.order_key, _order_key(encoded, day))
        if days is not None:
            start = np.searchsorted(self.order_key, _order_key(encoded, day - days))
        else:
            start = self.begin[np.maximum(encoded, 0)]
        if last is not None:
            start = np.maximum(start, stop - last)
        return Span(start=np.where(encoded < 0, stop, start), stop=stop)

    def count(self, measure: str, span: Span) -> NDArray[np.float64]:
        """Sum a measure over a span. Exact: a difference of integers."""
        at = self.measures[measure]
        return np.asarray(self.sums[span.stop, at] - self.sums[span.start, at], dtype=np.float64)

    def counts(self, span: Span) -> NDArray[np.float64]:
        """Sum every measure over a span at once. Returns (n, n_measures)."""
        return (self.sums[span.stop] - self.sums[span.start]).astype(np.float64)

    def last_row(self, span: Span) -> Ints:
        """Position of the latest event of a span, in the arrays the index was built from; -1 = none."""
        if not len(self.row):
            return np.full(len(span.stop), -1, dtype=np.int64)
        return np.where(span.stop > span.start, self.row[np.maximum(span.stop - 1, 0)], -1)

    def last_day(self, span: Span) -> NDArray[np.float64]:
        """Day number of the latest event of a span; NaN = none."""
        return self._day_at(span.stop - 1, span)

    def first_day(self, span: Span) -> NDArray[np.float64]:
        """Day number of the earliest event of a span; NaN = none."""
        return self._day_at(span.start, span)

    def peak(self, name: str, encoded: Ints, span: Span) -> NDArray[np.float64]:
        """Highest value of a key before the end of a span, whatever its start; NaN = none."""
        peaks = self.peaks[name]
        if not len(peaks):
            return np.full(len(span.stop), np.nan)
        value = peaks[np.maximum(span.stop - 1, 0)] - (encoded << _VALUE_BITS)
        return np.where((span.stop > span.start) & (value > 0), (value - 1) / _HUNDREDTHS, np.nan)

    def days(self) -> Ints:
        """Give the day of every event, in their order."""
        return (self.order_key & ((1 << _DAY_BITS) - 1)) - _DAY_OFFSET

    def _day_at(self, position: Ints, span: Span) -> NDArray[np.float64]:
        if not len(self.order_key):
            return np.full(len(position), np.nan)
        key = self.order_key[np.clip(position, 0, len(self.order_key) - 1)]
        return np.where(span.stop > span.start, (key & ((1 << _DAY_BITS) - 1)) - _DAY_OFFSET, np.nan)


def _order_key(encoded: Ints, day: Ints) -> Ints:
    return (encoded << _DAY_BITS) + (day + _DAY_OFFSET)


def _running_peaks(encoded: Ints, values: NDArray[np.float64]) -> Ints:
    """Running maximum within each key: keys stand in rising order, so that a key's first value tops all before it."""
    counted = np.nan_to_num(values, nan=-1.0) >= 0
    hundredths = np.zeros(len(values), dtype=np.int64)
    hundredths[counted] = np.rint(values[counted] * _HUNDREDTHS).astype(np.int64) + 1
    return np.maximum.accumulate((encoded << _VALUE_BITS) + np.minimum(hundredths, (1 << _VALUE_BITS) - 1))


def flags_of(values: Iterable[object], count: int) -> Flags:
    """Tell which values say something."""
    return np.fromiter((bool(value) for value in values), dtype=np.bool_, count=count)
