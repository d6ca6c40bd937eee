"""Owns token buckets: how fast somebody may ask. In memory, one set per process; bounded, so that strangers cannot fill it."""

from collections import OrderedDict

from serving.security.errors import TooManyRequests

MOST_BUCKETS = 50_000


class RateLimits:
    """One bucket per name. A bucket holds `seconds` worth of requests and fills evenly."""

    def __init__(self, *, seconds: float = 2.0, most_buckets: int = MOST_BUCKETS) -> None:
        self._seconds = seconds
        self._most = most_buckets
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name -> (tokens, at)

    def take(self, name: str, *, per_second: float, now: float) -> None:
        """Use up one request; `now` is in seconds of any clock. A rate of 0 is no limit. Raises: TooManyRequests."""
        if per_second <= 0:
            return
        left = self._level(name, per_second, now)
        if left < 1.0:
            raise TooManyRequests("requests of this caller", retry_after=(1.0 - left) / per_second)
        self._buckets[name] = (left - 1.0, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)

    def check(self, name: str, *, per_second: float, now: float) -> None:
        """See whether one more would be taken, without taking it. Raises: TooManyRequests."""
        left = self._level(name, per_second, now)
        if left < 1.0:
            raise TooManyRequests("failed attempts", retry_after=(1.0 - left) / per_second)

    def forget(self, name: str) -> None:
        """Fill a bucket at once."""
        self._buckets.pop(name, None)

    def _level(self, name: str, per_second: float, now: float) -> float:
        most = max(1.0, per_second * self._seconds)
        tokens, at = self._buckets.get(name, (most, now))
        return min(most, tokens + max(0.0, now - at) * per_second)
