"""Measures every step of the pipeline on practices of growing size: wall clock, CPU, peak memory, and how they grow.

Run: `python -m benchmarks.scale --claims 10000 50000`, larger: `--claims 5000000 --keep DIR` (a folder with room: about 10 KB a
claim). Each step is a process of its own. Figures go to benchmarks/results/scale.json, step by step, so that a run that is cut
short loses nothing; with --keep, a step that has left its figures there is not run again unless it is named with --steps.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.scale import figures, table
from benchmarks.scale.process import run
from benchmarks.scale.steps import STEPS, World


def measure(world: World, *, chosen: frozenset[str]) -> None:
    """Run the steps of one world that are chosen, or have not been run in its folder yet."""
    world.folder.mkdir(parents=True, exist_ok=True)
    for step in STEPS:
        done = world.folder / f"{step.name}.done"
        if step.name not in chosen if chosen else done.exists():
            continue
        measured = run(step.module, step.arguments(world), environment=world.environment())
        figures.keep(world.claims, step.name, figures.facts(measured))
        done.touch()
        print(f"{world.claims} {step.name}: {measured.wall_seconds:.1f} s, {measured.peak_bytes / 1e9:.2f} GB", flush=True)


def main() -> int:
    """Measure the sizes, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument("--keep", type=Path, help="where the worlds stay; else they are removed")
    parser.add_argument("--steps", nargs="*", default=[], choices=[step.name for step in STEPS], help="only these, again")
    given = parser.parse_args()
    with TemporaryDirectory() as scratch:
        for claims in given.claims:
            world = World(folder=(given.keep or Path(scratch)) / str(claims), claims=claims)
            measure(world, chosen=frozenset(given.steps))
    print("\n".join(table.lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
