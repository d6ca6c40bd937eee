"""Owns how sure a figure is: its interval, and when its count is too small to act on."""

from math import sqrt

SMALL_COUNT = 30  # below it, a rate's interval is wider than any difference between payers
SCORE = 1.959964  # of a normal distribution, two-sided 95 %


def wilson(hits: int, n: int, *, score: float = SCORE) -> tuple[float, float] | None:
    """Give Wilson's interval of a share; `None` of nothing."""
    if n == 0:
        return None
    share, extra = hits / n, score * score / n
    middle = (share + extra / 2) / (1 + extra)
    half = score * sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    return max(0.0, middle - half), min(1.0, middle + half)


def ratio_interval(
    *, n: int, amount: float, weight: float, amount_square: float, product: float, weight_square: float
) -> tuple[float, float] | None:
    """Give the interval of a ratio of sums, linearized around the ratio; `None` below two rows or without weight."""
    if n < 2 or weight <= 0:
        return None
    ratio = amount / weight
    variance = max(0.0, amount_square - 2 * ratio * product + ratio * ratio * weight_square) * n / (n - 1)
    half = SCORE * sqrt(variance) / weight
    return max(0.0, ratio - half), ratio + half


def total_interval(*, n: int, amount: float, amount_square: float) -> tuple[float, float] | None:
    """Give the interval of a sum whose number of rows is by chance too (compound Poisson); `None` of nothing."""
    if n == 0:
        return None
    half = SCORE * sqrt(amount_square)
    return amount - half, amount + half


def mean_interval(*, n: int, amount: float, amount_square: float) -> tuple[float, float] | None:
    """Give the interval of a mean; `None` below two rows."""
    if n < 2:
        return None
    mean = amount / n
    half = SCORE * sqrt(max(0.0, amount_square - n * mean * mean) / (n - 1) / n)
    return mean - half, mean + half
