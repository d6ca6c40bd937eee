"""Measure how good the models are, and how far from the best possible: simulate, ingest, train, evaluate, per world.

Run: `python -m benchmarks.quality [--claims N] [--months M] [--seeds 1 2 3] [--keep DIR]`. Figures go to
benchmarks/results/quality_<claims>.json, keyed by seed, with the seconds that each step took. A world that DIR holds trained is
only evaluated again. Simulated worlds only: no public data set holds claim-level denial outcomes.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from claims.history.ingest import ingest_paths
from claims.home import Home
from models.bundle import Json
from models.spec import history_specs
from simulator.run import simulate
from training.errors import TooLittleData
from training.evaluate import describe_evaluation, evaluate
from training.pipeline import train_model

RESULTS = Path(__file__).parent / "results"
START = date(2024, 1, 1)
DONE = "seconds.json"  # in a home that is trained
Found = TypeVar("Found")


def measure_world(folder: Path, *, claims: int, months: int, seed: int) -> dict[str, Json]:
    """Run one world through the whole path; gives the evaluation by model and the seconds by step."""
    world, home = folder / f"world-{seed}", Home(folder / f"home-{seed}")
    done = home.path / DONE
    if done.is_file():
        seconds: dict[str, Json] = json.loads(done.read_text())
    else:
        seconds = _make_world(world, home, claims=claims, months=months, seed=seed)
        done.write_text(json.dumps(seconds))
    evaluation = _timed(seconds, "evaluate", lambda: evaluate(home, world / "truth"))
    print(
        f"\n== {claims} claims, {months} months, seed {seed}\n\n{describe_evaluation(evaluation)}\n\nseconds: {seconds}",
        flush=True,
    )
    return {"seconds": seconds, "models": {name: _headline(report) for name, report in evaluation.items()}}


def _make_world(world: Path, home: Home, *, claims: int, months: int, seed: int) -> dict[str, Json]:
    seconds: dict[str, Json] = {}
    now = datetime.now(UTC)
    _timed(seconds, "simulate", lambda: simulate(world, claims=claims, months=months, seed=seed, start=START))
    _timed(seconds, "ingest", lambda: ingest_paths([world], home=home, now=now))
    for name in history_specs():
        try:
            _timed(seconds, f"train {name}", lambda name=name: train_model(name, home=home, now=now))  # type: ignore[misc]
        except TooLittleData as error:
            print(f"seed {seed}: {error}", file=sys.stderr)
    return seconds


def main() -> int:
    """Measure every world and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--keep", type=Path, help="keep worlds and homes here instead of throwing them away")
    chosen = parser.parse_args()
    worlds: dict[str, Json] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.keep or Path(scratch)
        for seed in chosen.seeds:
            worlds[str(seed)] = measure_world(folder, claims=chosen.claims, months=chosen.months, seed=seed)
    RESULTS.mkdir(exist_ok=True)
    found = {"claims": chosen.claims, "months": chosen.months, "start": START.isoformat(), "worlds": worlds}
    path = RESULTS / f"quality_{chosen.claims}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path.name}")
    return 0


def _timed(seconds: dict[str, Json], step: str, work: Callable[[], Found]) -> Found:
    began = time.perf_counter()
    found = work()
    seconds[step] = round(time.perf_counter() - began, 1)
    return found


def _headline(report: Json) -> Json:
    """Keep what the README quotes; payers and causes one by one stay in the run."""
    if not isinstance(report, dict):
        return report
    return {key: report[key] for key in ("test", "interval", "baselines", "truth", "training") if key in report}


if __name__ == "__main__":
    sys.exit(main())
