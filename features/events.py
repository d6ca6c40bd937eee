"""Owns the point-in-time index: what had been counted under a key before a day. Integers and sums, no state between rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DAY_BITS = 22
_DAY_OFFSET = 1 << 21  # days since 1970 from -5,700 years on stay positive


@dataclass(frozen=True, kw_only=True)
class EventIndex:
    """Events under text keys, each with the day it became known and some whole-number measures.

    `sums` has shape (n_events + 1, n_measures): running sums in the order of (key, day), so that any window is a difference.
    """

    codes: dict[str, int]
    order_key: NDArray[np.int64]
    row: NDArray[np.int64]  # position of each event in the arrays it was built from
    sums: NDArray[np.int32]
    measures: tuple[str, ...]

    @classmethod
    def build(
        cls, keys: NDArray[np.object_], known_day: NDArray[np.int64], measures: dict[str, NDArray[np.bool_]]
    ) -> "EventIndex":
        """Index events. Every measure has shape (n_events,); sums of integers are exact, whatever the order."""
        codes: dict[str, int] = {}
        encoded = np.fromiter((codes.setdefault(key, len(codes)) for key in keys), dtype=np.int64, count=len(keys))
        order_key = _order_key(encoded, known_day)
        sorting = np.argsort(order_key, kind="stable")
        sums = np.zeros((len(keys) + 1, len(measures)), dtype=np.int32)
        for at, values in enumerate(measures.values()):
            np.cumsum(values[sorting], out=sums[1:, at])
        return cls(codes=codes, order_key=order_key[sorting], row=sorting, sums=sums, measures=tuple(measures))

    def encode(self, keys: Sequence[str] | NDArray[np.object_]) -> NDArray[np.int64]:
        """Look keys up; -1 = never seen."""
        get = self.codes.get
        return np.fromiter((get(key, -1) for key in keys), dtype=np.int64, count=len(keys))

    def before(self, encoded: NDArray[np.int64], day: NDArray[np.int64], *, days: int | None = None) -> NDArray[np.float64]:
        """Sum the measures of events known before `day` (strictly), at most `days` earlier. Returns (n, n_measures); unseen 0."""
        stop = np.searchsorted(self.order_key, _order_key(encoded, day))
        first = day - days if days is not None else np.full_like(day, -_DAY_OFFSET)
        start = np.searchsorted(self.order_key, _order_key(encoded, first))
        found: NDArray[np.float64] = (self.sums[stop] - self.sums[start]).astype(np.float64)
        found[encoded < 0] = 0.0
        return found

    def last_row(self, encoded: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Position of the latest event known before `day`, in the arrays the index was built from; -1 = none."""
        start, stop = self._span(encoded, day)
        found = (encoded >= 0) & (stop > start)
        if not len(self.row):
            return np.full(len(day), -1, dtype=np.int64)
        return np.where(found, self.row[np.maximum(stop - 1, 0)], -1)

    def last_day(self, encoded: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.float64]:
        """Day number of the latest event known before `day`; NaN = none."""
        start, stop = self._span(encoded, day)
        return self._day_at(stop - 1, found=(encoded >= 0) & (stop > start))

    def first_day(self, encoded: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.float64]:
        """Day number of the earliest event known before `day`; NaN = none."""
        start, stop = self._span(encoded, day)
        return self._day_at(start, found=(encoded >= 0) & (stop > start))

    def _span(self, encoded: NDArray[np.int64], day: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        start = np.searchsorted(self.order_key, _order_key(encoded, np.full_like(day, -_DAY_OFFSET)))
        return start, np.searchsorted(self.order_key, _order_key(encoded, day))

    def _day_at(self, position: NDArray[np.int64], *, found: NDArray[np.bool_]) -> NDArray[np.float64]:
        if not len(self.order_key):
            return np.full(len(position), np.nan)
        key = self.order_key[np.clip(position, 0, len(self.order_key) - 1)]
        return np.where(found, (key & ((1 << _DAY_BITS) - 1)) - _DAY_OFFSET, np.nan)


def _order_key(encoded: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    bounded = np.clip(day + _DAY_OFFSET, 0, (1 << _DAY_BITS) - 1)
    return (encoded << _DAY_BITS) | bounded
