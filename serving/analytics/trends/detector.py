"""Owns when a denial is a surprise: a scan of a series' last days against what was usual before, shrunk to its likes.

A series is a payer, cause and procedure family; a payer and cause; or a location and cause. Each denial asks: given the
answers of the series in the last `window_days`, how unlikely are this many denials at the usual rate? The surprise is minus the
natural logarithm of that binomial tail. It must exceed a bar that grows with the number of denials that ask, so that false
alarms stay at the number a month that the rule promises, whatever the size of the practice. A row counts what was known by then.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.analytics.trends.watched import Watched

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# Causes that a payer's rule on a service can bring; the others come from the patient's side or the office.
SERVICE_CAUSES = frozenset(
    {"authorization", "referral", "coding", "bundling", "units_or_frequency", "medical_necessity", "documentation", "non_covered"}
)
MONTH_DAYS = 30.4


@dataclass(frozen=True, kw_only=True)
class DetectorRule:
    """How the scan goes. Chosen on simulated worlds 1 to 3 (docs/trends.md)."""

    window_days: int = 30
    lag_days: int = 45  # what is usual ends so long before the day, so that a rise does not raise its own yardstick
    burn_in_days: int = 90  # no warnings before so much history
    smallest_count: int = 2  # denials in the window
    smallest_rate: float = 0.001  # no series is taken for rarer than this: rates below were never seen often enough to be known
    family_answers: float = 15.0  # what the rate of its likes weighs beside a family's own answers
    payer_answers: float = 40.0
    location_answers: float = 100.0
    false_alarms_per_month: float = 1.0
    inflation: float = 10.0  # surprises come in clumps: false alarms beside the binomial's, as worlds 1 to 3 showed
    payer_extra: float = 2.0  # on the bar of wider series, which clump more
    location_extra: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Surprises:
    """Denials that stood above the bar; arrays of shape (n,). `row` points into the watched rows, `level` names the series."""

    row: Ints
    level: NDArray[np.object_]
    surprise: Floats
    count: Ints  # denials in the window
    answered: Ints  # answers in the window
    usual_rate: Floats


class _Counter:
    """Counts rows of a key up to a day."""

    def __init__(self, key: Ints, day: Ints) -> None:
        self._first = int(day.min()) if len(day) else 0
        self._span = int(day.max()) - self._first + 2 if len(day) else 1
        self._places = np.sort(key * self._span + (day - self._first))

    def upto(self, key: Ints, day: Ints) -> Ints:
        """Count rows of each key with a day up to the given one, inclusive."""
        at = np.clip(day - self._first, -1, self._span - 2)
        upper = np.searchsorted(self._places, key * self._span + at, side="right")
        return upper - np.searchsorted(self._places, key * self._span, side="left")


def scan(watched: Watched, rule: DetectorRule) -> Surprises:
    """Find the denials that are surprises, in order of their day."""
    denied = np.flatnonzero(watched.cause != "")
    if not len(denied):
        return _none()
    code = {name: np.unique(getattr(watched, name), return_inverse=True)[1] for name in ("payer", "family", "location", "cause")}
    causes = int(code["cause"].max()) + 1
    day = watched.day[denied]
    old = day - rule.lag_days

    def pair(left: str, right: str) -> Ints:
        return np.asarray(code[left] * (int(code[right].max()) + 1) + code[right], dtype=np.int64)

    def counts(key: Ints) -> tuple[Callable[[Ints], Ints], Callable[[Ints], Ints]]:
        """Give counters of denials of the row's cause, and of answers, under a key."""
        by_cause = key * causes + code["cause"]
        hits, rows = _Counter(by_cause[denied], watched.day[denied]), _Counter(key, watched.day)
        return (lambda upto: hits.upto(by_cause[denied], upto)), (lambda upto: rows.upto(key[denied], upto))

    everything = counts(np.zeros(len(watched), dtype=np.int64))
    of_family, of_payer = counts(code["family"].astype(np.int64)), counts(code["payer"].astype(np.int64))
    of_pair, of_location = counts(pair("payer", "family")), counts(code["location"].astype(np.int64))
    overall = (everything[0](old) + 0.5) / (everything[1](old) + 50)
    family = (of_family[0](old) + 20 * overall) / (of_family[1](old) + 20)
    payer = (of_payer[0](old) + rule.payer_answers * overall) / (of_payer[1](old) + rule.payer_answers)
    likes = np.clip(family * payer / overall, rule.smallest_rate, 0.6)
    bar = _bar(watched, denied, rule)
    is_service = np.isin(watched.cause[denied].astype(str), list(SERVICE_CAUSES))
    found = [
        _look("family", of_pair, likes, rule.family_answers, bar, is_service, denied, day, rule),
        _look("payer", of_payer, overall, rule.payer_answers, bar + rule.payer_extra, is_service, denied, day, rule),
        _look(
            "location", of_location, overall, rule.location_answers, bar + rule.location_extra, np.ones_like(is_service),
            denied, day, rule,
        ),
    ]  # fmt: skip
    late = [one.row[watched.day[one.row] >= watched.day.min() + rule.burn_in_days] for one in found]
    return _ordered([_kept(one, rows) for one, rows in zip(found, late, strict=True)], watched)


def _look(
    level: str,
    counters: tuple[Callable[[Ints], Ints], Callable[[Ints], Ints]],
    prior: Floats,
    weight: float,
    bar: Floats,
    is_asked: NDArray[np.bool_],
    denied: Ints,
    day: Ints,
    rule: DetectorRule,
) -> Surprises:
    from scipy.stats import binom  # a second of a service's start, that only who asks for warnings needs

    hits, answers = counters
    old = day - rule.lag_days
    usual = np.clip((hits(old) + weight * prior) / (answers(old) + weight), rule.smallest_rate, 0.8)
    count = hits(day) - hits(day - rule.window_days - 1)
    answered = answers(day) - answers(day - rule.window_days - 1)
    surprise = -binom.logsf(count - 1, answered, usual)
    kept = is_asked & (count >= rule.smallest_count) & (surprise >= bar)
    return Surprises(
        row=denied[kept],
        level=np.full(int(kept.sum()), level, dtype=object),
        surprise=surprise[kept],
        count=count[kept],
        answered=answered[kept],
        usual_rate=usual[kept],
    )


def _bar(watched: Watched, denied: Ints, rule: DetectorRule) -> Floats:
    """Let the promised false alarms a month pass among as many denials as asked in a month of late."""
    asking = np.sort(watched.day[denied][np.isin(watched.cause[denied].astype(str), list(SERVICE_CAUSES))])
    day = watched.day[denied]
    recent = np.searchsorted(asking, day, side="right") - np.searchsorted(asking, day - 90, side="left")
    looks = np.maximum(recent / 90 * MONTH_DAYS, 30.0)
    return np.log(looks * rule.inflation / rule.false_alarms_per_month)


def _kept(found: Surprises, rows: Ints) -> Surprises:
    kept = np.isin(found.row, rows)
    return Surprises(**{name: column[kept] for name, column in vars(found).items()})


def _ordered(found: list[Surprises], watched: Watched) -> Surprises:
    joined = {name: np.concatenate([getattr(one, name) for one in found]) for name in vars(found[0])}
    order = np.lexsort((-joined["surprise"], watched.day[joined["row"]]))
    return Surprises(**{name: column[order] for name, column in joined.items()})


def _none() -> Surprises:
    whole, real = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Surprises(row=whole, level=np.zeros(0, dtype=object), surprise=real, count=whole, answered=whole, usual_rate=real)
