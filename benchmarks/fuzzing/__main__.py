"""Fuzz every reader: `python -m benchmarks.fuzzing [--inputs N] [--seed S] [--target NAME]`, or `make fuzz FUZZ_INPUTS=N`.

Figures go to benchmarks/results/fuzz.json, mutants that gave a new reason to tests/fuzz/corpus (with --keep), faults to
build/fuzz as files that can be run again. `--local DIR` mutates the files below DIR too and keeps none. Exit code 1: a fault.
"""

import argparse
import hashlib
import json
import platform
import sys
from pathlib import Path

from benchmarks.fuzzing.campaign import Findings, limit_memory, peak_megabytes, run_campaign
from benchmarks.fuzzing.seeds import CORPUS, ROOT, corpus, local_seeds
from benchmarks.fuzzing.targets import TARGETS, Target

RESULTS = ROOT / "benchmarks" / "results" / "fuzz.json"
FAULTS = ROOT / "build" / "fuzz"
ROUND = 50_000  # inputs; each round begins anew from seeds and corpus, and a run that is stopped keeps the rounds that it ended
LOCAL_SUFFIXES = {
    "x12": (".837", ".835", ".277", ".999", ".edi", ".txt", ".x12"),
    "ingest_x12": (".837", ".835", ".277", ".999", ".edi", ".txt", ".x12"),
    "ingest_csv": (".csv",),
}


def main() -> int:
    """Run the campaigns and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="inputs in all, over the targets by their shares")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=[target.name for target in TARGETS], help="this one alone")
    parser.add_argument(
        "--megabytes", type=int, default=6144, help="address space for data; Arrow reserves far more than it uses"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go")
    parser.add_argument("--keep", action="store_true", help="write mutants that gave a new reason to the corpus")
    parser.add_argument("--local", type=Path, help="a folder of this machine whose files are mutated too")
    chosen = parser.parse_args()
    targets = [target for target in TARGETS if chosen.target in (None, target.name)]
    shares = sum(target.share for target in targets)
    limit_memory(chosen.megabytes)
    found = {target.name: Findings() for target in targets}
    for number in range(-(-chosen.inputs // ROUND)):
        size = min(ROUND, chosen.inputs - number * ROUND)
        for target in targets:
            found[target.name].add(
                run_campaign(
                    target,
                    inputs=size * target.share // shares,
                    seed=chosen.seed + number,
                    kept=corpus(target.name),
                    extra=_local(target, chosen.local),
                    keep=CORPUS if chosen.keep else None,
                )
            )
            _write_faults(target, found[target.name])
        if chosen.target is None:
            _write_results(found, chosen.results, seed=chosen.seed, megabytes=chosen.megabytes)
        print(
            f"{sum(one.inputs for one in found.values())} inputs, {sum(len(one.faults) for one in found.values())} faults",
            flush=True,
        )
    for name, one in found.items():
        print(f"{name}: {json.dumps(one.figures())}", flush=True)
    return int(any(one.faults for one in found.values()))


def _local(target: Target, folder: Path | None) -> list[bytes]:
    suffixes = LOCAL_SUFFIXES.get(target.name)
    return local_seeds(folder, suffixes=suffixes) if suffixes else []


def _write_faults(target: Target, found: Findings) -> None:
    for place, data in found.faults.items():
        FAULTS.mkdir(parents=True, exist_ok=True)
        path = FAULTS / f"{target.name}-{hashlib.sha256(data).hexdigest()[:12]}"
        path.write_bytes(data)
        print(f"  {place}: {path}", flush=True)


def _write_results(found: dict[str, Findings], path: Path, *, seed: int, megabytes: int) -> None:
    figures = {
        "inputs": sum(one.inputs for one in found.values()),
        "faults": sum(len(one.faults) for one in found.values()),
        "seconds": round(sum(one.seconds for one in found.values())),
        "peak_megabytes": peak_megabytes(),
        "megabytes_allowed": megabytes,
        "seed": seed,
        "python": platform.python_version(),
        "targets": {name: one.figures() for name, one in found.items()},
    }
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
