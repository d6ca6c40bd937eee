"""Owns how one step is run and measured: a process of its own, its wall clock, CPU and the most memory it held."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REFUSED_IN_PART = 1  # what a command ends with where it refused a row and took the rest
_CLEAR_PEAK = "5"  # what /proc/self/clear_refs takes for "forget the peak"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one process took, its children with it. `peak_bytes` is of the largest single process (VmHWM)."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    printed: str


class StepFailed(Exception):
    """A step did not end well."""

    def __init__(self, module: str, code: int) -> None:
        super().__init__(f"{module}: expected exit code 0, got {code}")


def run(module: str, arguments: tuple[str, ...], *, environment: Mapping[str, str]) -> Measured:
    """Run `python -m module arguments`; standard error passes through. Raises: StepFailed."""
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    printed = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    code = child.returncode = os.waitstatus_to_exitcode(status)
    if code and not (code == REFUSED_IN_PART and _is_json(printed)):  # a traceback ends with 1, too, and prints none
        raise StepFailed(module, code)
    return Measured(
        wall_seconds=time.perf_counter() - began,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * 1024,
        printed=printed,
    )


def _is_json(printed: str) -> bool:
    try:
        json.loads(printed)
    except ValueError:
        return False
    return True


class Stage:
    """A part of a step, measured inside its process: `with Stage() as stage: ...`, then read the fields."""

    def __enter__(self) -> "Stage":
        _forget_peak()
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_seconds = round(time.perf_counter() - self._wall, 3)
        self.cpu_seconds = round(time.process_time() - self._cpu, 3)
        self.peak_bytes = peak_bytes()

    def facts(self) -> dict[str, float]:
        """Name the figures."""
        return {"wall_seconds": self.wall_seconds, "cpu_seconds": self.cpu_seconds, "peak_bytes": self.peak_bytes}


def peak_bytes() -> int:
    """Give the most memory this process held since it began or the peak was forgotten (VmHWM)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status: expected a line VmHWM, got none")


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text(_CLEAR_PEAK, encoding="ascii")
