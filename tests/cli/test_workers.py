import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from cli.workers import Here, NoCluster, Workers, workers_at


def square(number: int, added: int) -> tuple[int, int]:
    return number * number + added, os.getpid()


def die_once(marker: str, number: int) -> int:
    """Kill the worker that does part 3 first; whoever does it again finds the mark."""
    if number == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(params=["here", pytest.param("cluster", marks=pytest.mark.slow)])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    with workers_at(None if request.param == "here" else request.getfixturevalue("address")) as found:
        yield found


def test_answers_come_in_the_order_of_the_parts(workers: Workers) -> None:
    added = workers.share(5)
    assert [answer for answer, _ in workers.each(square, ((number, added) for number in range(20)))] == [
        number * number + 5 for number in range(20)
    ]


@pytest.mark.slow
def test_parts_are_done_in_other_processes(address: str) -> None:
    with workers_at(address) as workers:
        done_in = {process for _, process in workers.each(square, ((number, 0) for number in range(20)))}
    assert os.getpid() not in done_in


def test_no_more_parts_are_drawn_than_there_is_room_for(workers: Workers) -> None:
    drawn: list[int] = []
    parts = ((number, 0) for number in range(1_000) if not drawn.append(number))  # type: ignore[func-returns-value]
    next(iter(workers.each(square, parts)))
    assert len(drawn) <= 5


@pytest.mark.slow
def test_a_job_outlives_a_worker_that_is_killed_in_the_middle(address: str, tmp_path: Path) -> None:
    with workers_at(address) as workers:
        assert list(workers.each(die_once, ((str(tmp_path / "died"), number) for number in range(8)))) == list(range(8))
    assert (tmp_path / "died").exists()


def test_an_error_of_a_part_reaches_the_caller(workers: Workers) -> None:
    with pytest.raises(TypeError):
        list(workers.each(square, [("no number", 0)]))


def test_this_process_is_the_default() -> None:
    with workers_at(None) as workers:
        assert isinstance(workers, Here)


def test_an_address_that_is_none_is_refused_with_what_was_expected() -> None:
    with pytest.raises(NoCluster, match="expected a Dask scheduler"), workers_at("nonsense://x"):
        pass
