"""Owns which steps are measured, in their order, and what each runs on the folder of one world."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

MONTHS, SEED, START, TODAY = 18, 1, date(2024, 1, 1), date(2025, 7, 1)


@dataclass(frozen=True, kw_only=True)
class World:
    """One size of practice, and where it lies."""

    folder: Path
    claims: int

    @property
    def files(self) -> Path:
        """Name the folder of the simulated files."""
        return self.folder / "world"

    @property
    def truth(self) -> Path:
        """Name the folder of the answer key; only evaluation opens it."""
        return self.files / "truth"

    @property
    def arrivals(self) -> Path:
        """Name the folder of the files that come in the last night, held back from the first ingest."""
        return self.folder / "arrivals"

    @property
    def home(self) -> Path:
        """Name the practice's home."""
        return self.folder / "home"

    def environment(self) -> dict[str, str]:
        """Give what a step finds in its environment beside the usual."""
        return {"DENIALS_HOME": str(self.home), "DENIALS_TODAY": TODAY.isoformat()}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: a module that its process runs, and the arguments."""

    name: str
    module: str
    arguments: Callable[[World], tuple[str, ...]]


def _denials(name: str, arguments: Callable[[World], tuple[str, ...]]) -> Step:
    return Step(name=name, module="cli.main", arguments=lambda world: (name, *arguments(world)))


def _size(world: World) -> tuple[str, ...]:
    size = ("--claims", str(world.claims), "--months", str(MONTHS), "--seed", str(SEED), "--start", START.isoformat())
    return ("--out", str(world.files), *size, "--json")


STEPS = (
    _denials("simulate", _size),
    Step(name="hold back", module="benchmarks.scale.arrivals", arguments=lambda w: (str(w.files), str(w.arrivals))),
    _denials("ingest", lambda w: (str(w.files), "--json")),
    Step(name="nightly", module="benchmarks.scale.nightly", arguments=lambda w: (str(w.home), str(w.arrivals))),
    Step(name="features", module="benchmarks.scale.features", arguments=lambda w: (str(w.home),)),
    Step(name="train", module="benchmarks.scale.training", arguments=lambda w: (str(w.home),)),
    _denials("evaluate", lambda w: ("--truth", str(w.truth), "--json")),
    _denials("score", lambda w: (str(w.files / "837"), "--out", str(w.folder / "scores.parquet"), "--json")),
    _denials("report", lambda w: ("--out", str(w.folder / "report"), "--json")),
)
