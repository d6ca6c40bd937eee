"""Owns what is kept of the runs, and what follows from it: cost per claim, how cost grows, what a larger history would take."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.scale.process import Measured

RESULTS = Path(__file__).parents[1] / "results" / "scale.json"
Json = dict[str, object]
MEASURES = ("wall_seconds", "cpu_seconds", "peak_bytes")


def facts(measured: Measured) -> Json:
    """Lay one step out; what its process printed as JSON stands under "told"."""
    told = _told(measured.printed)
    stages = [stage["peak_bytes"] for stage in told.values() if isinstance(stage, dict) and "peak_bytes" in stage]
    found: Json = {
        "wall_seconds": round(measured.wall_seconds, 2),
        "cpu_seconds": round(measured.cpu_seconds, 2),
        "peak_bytes": max([measured.peak_bytes, *stages]),  # a stage forgets the peak before it
    }
    return {**found, "told": told} if told else found


def _told(printed: str) -> Json:
    lines = [line for line in printed.splitlines() if line.startswith("{")]
    told = json.loads(lines[-1]) if lines else {}
    return {name: value for name, value in told.items() if _is_small(value)}


def _is_small(value: object) -> bool:
    """Keep figures; leave out what a receipt or an evaluation tells at length."""
    return not isinstance(value, list) and len(json.dumps(value)) < 600


def read() -> Json:
    """Read what earlier runs kept."""
    kept: Json = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    return kept


def keep(size: int, step: str, found: Json) -> None:
    """Keep one step of one size, beside those of earlier runs, and fit the growth anew."""
    kept = read()
    worlds = dict(kept.get("worlds", {}))  # type: ignore[call-overload]
    worlds[str(size)] = {**worlds.get(str(size), {}), step: found}
    worlds = dict(sorted(worlds.items(), key=lambda item: int(item[0])))
    RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps({**kept, "worlds": worlds, "growth": growth(worlds)}, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")


def growth(worlds: Mapping[str, Mapping[str, Json]]) -> Json:
    """Fit the exponent of each measure's growth with the claims, step by step, over the sizes that have it.

    "n log n" is what that growth itself would give over the same sizes. "each_more" is what one more claim adds between the
    smallest and the largest size: what a process takes before its first claim flattens the exponents, and is not in it.
    """
    steps = list(dict.fromkeys(step for world in worlds.values() for step in world))
    found: Json = {}
    for step in steps:
        sizes = [int(size) for size, world in worlds.items() if step in world]
        if len(sizes) < 2:
            continue
        own = {measure: exponent(sizes, [float(str(worlds[str(size)][step][measure])) for size in sizes]) for measure in MEASURES}
        of_n_log_n = exponent(sizes, [size * math.log(size) for size in sizes])
        found[step] = {**own, "n_log_n": of_n_log_n, "each_more": _each_more(sizes, [worlds[str(size)][step] for size in sizes])}
    return found


def _each_more(sizes: Sequence[int], steps: Sequence[Json]) -> Json:
    def slope(measure: str) -> float:
        return (float(str(steps[-1][measure])) - float(str(steps[0][measure]))) / (sizes[-1] - sizes[0])

    return {"cpu_seconds": round(slope("cpu_seconds"), 7), "peak_bytes": round(slope("peak_bytes"))}


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Give b of values = a * sizes ** b, by least squares of the logarithms."""
    return round(float(np.polyfit(np.log(sizes), np.log(values), 1)[0]), 3)
