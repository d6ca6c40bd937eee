"""Owns what a running service does on a schedule: one quiet thread per task, that no request waits for."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Thread

log = logging.getLogger("denials.polling")


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something to do every so many seconds; 0 = never. `is_first_at_once`: the first time right at the start."""

    name: str
    seconds: float
    work: Callable[[], object]
    is_first_at_once: bool = False


class Polling:
    """Runs tasks until it is stopped. A task that fails is logged and tried again when its time comes."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._stopped = Event()
        # Daemons: a registry that does not answer may hold one for minutes, and a stop must not wait for it.
        wanted = [task for task in tasks if task.seconds > 0]
        self._threads = [Thread(target=self._run, args=(task,), name=task.name, daemon=True) for task in wanted]

    def start(self) -> None:
        """Start every task."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let no task begin again."""
        self._stopped.set()

    def _run(self, task: Task) -> None:
        if not task.is_first_at_once and self._stopped.wait(task.seconds):
            return
        while not self._stopped.is_set():
            try:
                task.work()
            except Exception:
                log.exception("%s failed; it is tried again in %g seconds", task.name, task.seconds)
            self._stopped.wait(task.seconds)
