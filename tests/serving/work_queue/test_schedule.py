import itertools
from time import perf_counter

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from serving.work_queue.minute_price import minute_price
from serving.work_queue.schedule import NEVER, Jobs, choose_greedily, choose_jobs, order_jobs


def jobs(count: int, *, seed: int, days: int, minutes_per_day: float) -> Jobs:
    random = np.random.default_rng(seed)
    due = np.where(random.random(count) < 0.1, NEVER, random.integers(1, days, count) * minutes_per_day)
    return Jobs(
        value=random.lognormal(4.0, 1.2, count), minutes=random.choice([4.0, 8.0, 12.0, 15.0, 25.0, 45.0, 75.0], count), due=due
    )


def best_by_trying(given: Jobs) -> float:
    best = 0.0
    for size in range(len(given) + 1):
        for tried in itertools.combinations(np.argsort(given.due), size):
            some = given.take(np.array(tried, dtype=np.int64))
            if bool((np.cumsum(some.minutes) <= some.due).all()):
                best = max(best, float(some.value.sum()))
    return best


def best_by_highs(given: Jobs) -> float:
    limits = np.unique(given.due[given.due < NEVER])
    rows = np.array([np.where(given.due <= limit, given.minutes, 0.0) for limit in limits])
    found = milp(
        -given.value, constraints=LinearConstraint(rows, ub=limits), integrality=np.ones(len(given)), bounds=Bounds(0, 1)
    )
    return float(-found.fun)


@pytest.mark.parametrize("seed", range(12))
def test_few_jobs_are_chosen_as_by_trying_every_set(seed: int) -> None:
    given = jobs(10, seed=seed, days=4, minutes_per_day=50)
    assert choose_jobs(given).value == pytest.approx(best_by_trying(given))


@pytest.mark.parametrize("seed", range(3))
def test_exact_choice_is_what_highs_finds(seed: int) -> None:
    given = jobs(150, seed=seed, days=30, minutes_per_day=60)
    assert choose_jobs(given).value == pytest.approx(best_by_highs(given), rel=1e-4)  # milp's own gap


@pytest.mark.parametrize("seed", range(8))
def test_bound_holds_and_greedy_is_near_it(seed: int) -> None:
    given = jobs(400, seed=seed, days=40, minutes_per_day=100)
    greedy = choose_greedily(given)
    assert greedy.value <= choose_jobs(given).value <= greedy.bound * (1 + 1e-9)
    assert greedy.value >= 0.99 * greedy.bound


@pytest.mark.parametrize("seed", range(8))
def test_everything_kept_is_done_once_and_in_time(seed: int) -> None:
    given = jobs(300, seed=seed, days=30, minutes_per_day=100)
    kept = given.take(np.flatnonzero(choose_jobs(given).kept))
    order = order_jobs(kept, minutes_per_day=100)
    assert sorted(order) == list(range(len(kept)))
    assert (np.cumsum(kept.minutes[order]) <= kept.due[order]).all()


def test_without_deadlines_the_order_is_by_worth_per_minute() -> None:
    given = jobs(200, seed=1, days=5, minutes_per_day=100)
    free = Jobs(value=given.value, minutes=given.minutes, due=np.full(len(given), NEVER))
    assert (np.diff(free.density[order_jobs(free, minutes_per_day=100)]) <= 0).all()


def test_a_job_waits_for_better_ones_until_its_last_chance() -> None:
    given = Jobs(value=np.array([300.0, 200.0, 90.0, 30.0]), minutes=np.full(4, 30.0), due=np.array([NEVER, NEVER, NEVER, 60.0]))
    assert order_jobs(given, minutes_per_day=30).tolist() == [0, 3, 1, 2]


def test_nothing_is_chosen_where_no_time_is_left() -> None:
    given = Jobs(value=np.array([10.0, 20.0]), minutes=np.array([15.0, 15.0]), due=np.array([0.0, 10.0]))
    chosen = choose_jobs(given)
    assert not chosen.kept.any()
    assert chosen.value == 0.0


@pytest.mark.slow
@pytest.mark.parametrize("minutes_per_day", [480.0, 4_800.0, 19_200.0])
def test_a_hundred_thousand_jobs_take_seconds_and_lose_next_to_nothing(minutes_per_day: float) -> None:
    given = jobs(100_000, seed=0, days=130, minutes_per_day=minutes_per_day)
    began = perf_counter()
    chosen = choose_jobs(given)
    order_jobs(given.take(np.flatnonzero(chosen.kept)), minutes_per_day=minutes_per_day)
    assert perf_counter() - began < 10
    assert chosen.value >= 0.9999 * chosen.bound


def test_a_minute_is_worth_what_the_last_job_that_finds_time_brings() -> None:
    waiting = Jobs(value=np.array([300.0, 100.0]), minutes=np.full(2, 10.0), due=np.full(2, NEVER))
    arrived = Jobs(value=np.array([200.0, 50.0]), minutes=np.full(2, 10.0), due=np.full(2, NEVER))
    assert minute_price(waiting, arrived, minutes=25.0) == 10.0
    assert minute_price(waiting, arrived, minutes=40.0) == 5.0
    assert minute_price(waiting, arrived, minutes=41.0) == 0.0
