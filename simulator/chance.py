"""Owns randomness: named streams of one seed, weighted picks, and the few distributions the world needs."""

import math
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


def stream(seed: int, *names: str | int) -> Random:
    """Open the stream of this seed and name: the same arguments give the same draws on every machine."""
    return Random("/".join(str(part) for part in (seed, *names)))  # noqa: S311


class Weighted(Generic[T]):
    """A weighted pick, prepared once and drawn often."""

    def __init__(self, values: Sequence[T], weights: Sequence[float]) -> None:
        self.values = values
        self._bounds = list(accumulate(weights))

    def pick(self, random: Random) -> T:
        """Draw one value."""
        return self.values[bisect(self._bounds, random.random() * self._bounds[-1], 0, len(self._bounds) - 1)]


def beta_around(random: Random, mean: float, concentration: float) -> float:
    """Draw a share with this mean; a higher concentration stays closer to it."""
    return random.betavariate(mean * concentration, (1 - mean) * concentration)


def poisson(random: Random, mean: float) -> int:
    """Draw a count by Knuth's product; meant for small means."""
    limit, count, product = math.exp(-mean), 0, random.random()
    while product > limit:
        count += 1
        product *= random.random()
    return count


def hazard(probability: float) -> float:
    """Turn a probability into the scale on which independent causes add."""
    return -math.log1p(-min(probability, 0.999))
