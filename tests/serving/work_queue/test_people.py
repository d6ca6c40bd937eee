import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from serving.work_queue.people import NOBODY, Person, able_people, assign_jobs
from serving.work_queue.schedule import NEVER, Jobs
from tests.serving.work_queue.test_schedule import jobs

TEAM = (
    Person(name="anna", minutes_per_day=60.0),
    Person(name="ben", minutes_per_day=120.0, actions=frozenset({"appeal"})),
    Person(name="cleo", minutes_per_day=60.0, actions=frozenset({"appeal", "follow_up"})),
)
MINUTES = np.array([person.minutes_per_day for person in TEAM])


def instance(seed: int) -> tuple[Jobs, NDArray[np.bool_], NDArray[np.float64]]:
    given = jobs(200, seed=seed, days=20, minutes_per_day=1.0)  # due counts days here
    actions = np.random.default_rng(seed).choice(["appeal", "follow_up", "new_claim"], len(given))
    return given, able_people(TEAM, list(actions)), given.due[:, None] * MINUTES


def best_with_jobs_cut(given: Jobs, able: NDArray[np.bool_], due: NDArray[np.float64]) -> float:
    pairs = [(job, person) for job, person in np.argwhere(able)]
    rows = [[float(job == at) for job, _ in pairs] for at in range(len(given))]
    limits = [1.0] * len(given)
    for person in range(len(TEAM)):
        for limit in np.unique(due[:, person])[:-1]:
            rows.append([given.minutes[job] if one == person and due[job, one] <= limit else 0.0 for job, one in pairs])
            limits.append(limit)
    found = linprog([-given.value[job] for job, _ in pairs], A_ub=np.array(rows), b_ub=limits, bounds=(0, 1), method="highs")
    return float(-found.fun)


@pytest.mark.parametrize("seed", range(4))
def test_everyone_finishes_in_time_and_does_only_what_they_can(seed: int) -> None:
    given, able, due = instance(seed)
    person_of = assign_jobs(given, able, due, MINUTES)
    for person in range(len(TEAM)):
        own = np.flatnonzero(person_of == person)
        own = own[np.argsort(due[own, person])]
        assert able[own, person].all()
        assert (np.cumsum(given.minutes[own]) <= due[own, person]).all()


@pytest.mark.parametrize("seed", range(4))
def test_little_is_lost_against_the_linear_program(seed: int) -> None:
    given, able, due = instance(seed)
    value = given.value[assign_jobs(given, able, due, MINUTES) != NOBODY].sum()
    assert 0.97 * best_with_jobs_cut(given, able, due) <= value <= best_with_jobs_cut(given, able, due)


def test_work_that_nobody_can_do_is_given_to_nobody() -> None:
    given = Jobs(value=np.array([50.0]), minutes=np.array([10.0]), due=np.array([NEVER]))
    able = able_people(TEAM[1:], ["new_claim"])
    assert assign_jobs(given, able, np.full((1, 2), NEVER), MINUTES[1:]).tolist() == [NOBODY]
