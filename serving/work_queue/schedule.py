"""Owns scheduling of work under deadlines: which jobs to keep, with a proven bound, and in what order. Arrays in, arrays out.

Time is minutes of work, not clock time: a job is due at the minute by which its last day ends. Work that a day does not finish
goes on the next. A set of jobs can be kept if, for every due minute, the jobs due by then need no more than that many minutes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.int64]

NEVER = np.inf  # due minute of a job without deadline
EXACT_CELLS = 20_000_000  # jobs x minutes up to which the best set is found exactly; about a tenth of a second
DAILY_BLOCKS = 60  # blocks of one day in an order; later ones grow, because they will be ordered anew long before
BLOCK_GROWTH = 1.2


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """Jobs of one queue, three arrays of shape (n,): dollars, minutes (above 0), minute by which each must be finished."""

    value: Numbers
    minutes: Numbers
    due: Numbers

    @property
    def density(self) -> Numbers:
        """Dollars a minute."""
        return self.value / self.minutes

    def take(self, at: Positions) -> "Jobs":
        """Keep some jobs, in this order."""
        return Jobs(value=self.value[at], minutes=self.minutes[at], due=self.due[at])

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """`kept` marks the jobs to do in time, shape (n,); no schedule at all can be worth more than `bound` dollars."""

    kept: Flags
    value: float
    bound: float


def choose_jobs(jobs: Jobs) -> Chosen:
    """Find the jobs worth most dollars that can all be finished in time: exactly where they are few, else by the greedy rule."""
    greedy = choose_greedily(jobs)
    if greedy.value >= greedy.bound or not _is_small(jobs):
        return greedy
    return _choose_exactly(jobs)


def choose_greedily(jobs: Jobs) -> Chosen:
    """Go through the jobs by dollars a minute; keep each that still fits.

    The bound is the same walk with jobs cut where they stop fitting. Its sets of minutes form a polymatroid (one limit per due
    minute, each inside the next), for which the greedy rule is optimal; no schedule of whole jobs beats the best with jobs cut.
    """
    due, at = np.unique(jobs.due, return_inverse=True)
    whole, cut = due.copy(), due.copy()
    kept = np.zeros(len(jobs), dtype=np.bool_)
    bound = 0.0
    for job in best_first(jobs):
        minutes, place = jobs.minutes[job], at[job]
        if jobs.value[job] <= 0 or due[place] <= 0:
            continue
        if whole[place:].min() >= minutes:
            whole[place:] -= minutes
            kept[job] = True
        part = min(minutes, max(0.0, cut[place:].min()))
        cut[place:] -= part
        bound += jobs.value[job] * part / minutes
    value = float(jobs.value[kept].sum())
    return Chosen(kept=kept, value=value, bound=max(value, bound))


def order_jobs(jobs: Jobs, *, minutes_per_day: float) -> Positions:
    """Order jobs that can all be finished in time so that all are, the best per minute as early as that allows.

    Always the job of most dollars a minute whose doing now makes no other one late.
    """
    order: list[int] = []
    waiting = best_first(jobs)
    spent, day_end, day, block = 0.0, 0.0, 0, minutes_per_day
    while len(waiting):
        ends = spent + np.cumsum(jobs.minutes[waiting])
        if bool((ends <= jobs.due[waiting]).all()):
            return np.array([*order, *waiting], dtype=np.int64)
        day += 1
        block = minutes_per_day if day <= DAILY_BLOCKS else block * BLOCK_GROWTH
        day_end = max(day_end, spent) + block
        taken = _take_until(jobs, waiting, spent=spent, until=day_end)
        order += [int(job) for job in waiting[taken]]
        spent += float(jobs.minutes[waiting[taken]].sum())
        waiting = np.delete(waiting, taken)
    return np.array(order, dtype=np.int64)


def best_first(jobs: Jobs) -> Positions:
    """Order by dollars a minute, then by due minute, then as they came."""
    return np.lexsort((jobs.due, -jobs.density))


def _take_until(jobs: Jobs, waiting: Positions, *, spent: float, until: float) -> list[int]:
    """Give places in `waiting`, best first, that may be worked from minute `spent` until a minute without making any job late."""
    due, at = np.unique(jobs.due[waiting], return_inverse=True)
    minutes = jobs.minutes[waiting]
    left = np.bincount(at, minlength=len(due))
    # Minutes that jobs due later may take before those due by then.
    slack = due - spent - np.cumsum(np.bincount(at, weights=minutes, minlength=len(due)))
    before = np.concatenate(([np.inf], np.minimum.accumulate(slack)[:-1]))
    fitting = np.flatnonzero(minutes <= before[at])
    taken: list[int] = []
    while len(fitting) and (spent < until or not taken):
        found = _take_while_fitting(fitting, at, minutes, slack=slack, left=left, room=until - spent)
        taken += found
        spent += float(minutes[found].sum())
        before = np.concatenate(([np.inf], np.minimum.accumulate(slack)[:-1]))
        later = fitting[fitting > found[-1]]
        fitting = later[minutes[later] <= before[at[later]]]
    return taken


def _take_while_fitting(
    fitting: Positions, at: Positions, minutes: Numbers, *, slack: Numbers, left: Positions, room: float
) -> list[int]:
    """Take places in turn while there is room, up to the first that no longer fits; `slack` and `left` are kept in step."""
    taken: list[int] = []
    for place in fitting:
        here = at[place]
        if room <= 0 or (here and slack[:here].min() < minutes[place]):
            break
        taken.append(int(place))
        room -= minutes[place]
        slack[:here] -= minutes[place]
        left[here] -= 1
        if not left[here]:
            slack[here] = np.inf
    return taken


def _is_small(jobs: Jobs) -> bool:
    bounded = np.isfinite(jobs.due)
    if not bounded.any():
        return True
    cells = int(bounded.sum()) * min(float(jobs.minutes[bounded].sum()), max(0.0, float(jobs.due[bounded].max())))
    return cells <= EXACT_CELLS and bool((jobs.minutes == np.rint(jobs.minutes)).all())


def _choose_exactly(jobs: Jobs) -> Chosen:
    """Try every number of minutes spent (Lawler and Moore 1969): by due minute, each job is left or added where it is in time."""
    kept = (jobs.due == NEVER) & (jobs.value > 0)
    bounded = np.flatnonzero((jobs.due < NEVER) & (jobs.value > 0) & (jobs.due >= jobs.minutes))
    bounded = bounded[np.argsort(jobs.due[bounded], kind="stable")]
    minutes = jobs.minutes[bounded].astype(np.int64)
    size = int(min(minutes.sum(), jobs.due[bounded].max(initial=0)))
    best = np.full(size + 1, -np.inf)
    best[0] = 0.0
    added = np.zeros((len(bounded), size + 1), dtype=np.bool_)
    for at, job in enumerate(bounded):
        last = int(min(size, jobs.due[job]))
        tried = best[: last + 1 - minutes[at]] + jobs.value[job]
        better = tried > best[minutes[at] : last + 1]
        added[at, minutes[at] : last + 1] = better
        best[minutes[at] : last + 1] = np.where(better, tried, best[minutes[at] : last + 1])
    spent = int(np.argmax(best))
    for at in range(len(bounded) - 1, -1, -1):
        if added[at, spent]:
            kept[bounded[at]] = True
            spent -= int(minutes[at])
    value = float(jobs.value[kept].sum())
    return Chosen(kept=kept, value=value, bound=value)
