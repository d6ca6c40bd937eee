from threading import Event

import pytest

from serving.polling import Polling, Task


def test_a_task_is_done_again_and_again_until_it_is_stopped() -> None:
    done, turns = Event(), []

    def work() -> None:
        turns.append(len(turns))
        if len(turns) == 3:
            polling.stop()
            done.set()

    polling = Polling([Task(name="count", seconds=0.001, work=work)])
    polling.start()
    assert done.wait(10)
    assert turns == [0, 1, 2]


def test_a_task_of_no_seconds_is_never_done() -> None:
    polling = Polling([Task(name="never", seconds=0, work=lambda: pytest.fail("done"), is_first_at_once=True)])
    polling.start()
    assert polling._threads == []


def test_a_task_that_fails_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    done, turns = Event(), []

    def work() -> None:
        turns.append(len(turns))
        if len(turns) == 1:
            raise ValueError("first")
        polling.stop()
        done.set()

    polling = Polling([Task(name="stumble", seconds=0.001, work=work, is_first_at_once=True)])
    polling.start()
    assert done.wait(10)
    assert "stumble failed" in caplog.text
