"""Measure exact contributions: the compiled forest beside LightGBM's `pred_contrib`, on all members of a bundle, one core.

Run: python -m benchmarks.shap_speed [--home HOME]. It takes the champion of a home, or without one simulates and trains one.
Both sides of a ratio are timed in turn in one run, the median of their turns counts. Values are drawn at random, a fifth of them
missing and a fifth zero. The figures are kept in benchmarks/results/shap_speed.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from claims.history.ingest import ingest_paths
from claims.home import Home
from features.matrix import FeatureMatrix
from models.bundle import ModelBundle
from models.tree_shap import Forest
from simulator import simulate
from training.pipeline import train_model
from training.registry import ModelRegistry

MODEL = "denial_risk"
ROWS, BATCH_TURNS, ONE_TURNS = 1_000, 7, 200
WORLD_CLAIMS, WORLD_MONTHS, SEED = 12_000, 18, 7
RESULTS = Path(__file__).parent / "results" / "shap_speed.json"
WARM_UP = """
import sys, time; from pathlib import Path; from models.bundle import ModelBundle
bundle = ModelBundle.load(Path(sys.argv[1]))
began = time.perf_counter(); bundle.warm_up(); print(time.perf_counter() - began)
"""

Values = NDArray[np.float64]


def measure(folder: Path) -> dict[str, float]:
    """Time contributions of a batch and of single rows, and the whole explanation of a row."""
    bundle = ModelBundle.load(folder)
    forest = Forest.of_texts([member.text for member in bundle.members], width=len(bundle.feature_names))
    values = draw_values(len(bundle.feature_names))
    ones = [values[row : row + 1] for row in range(ONE_TURNS)]
    ask_both = [lambda rows: ask_lightgbm(bundle, rows), lambda rows: forest.explain(rows)[1]]
    explain = [lambda rows: bundle.explain(_matrix(bundle, rows))]
    difference = np.abs(ask_both[0](values) - ask_both[1](values)).max()
    batch_old, batch_new = _medians([values] * BATCH_TURNS, ask_both)
    one_old, one_new = _medians(ones, ask_both)
    return {
        "members": len(bundle.members),
        "trees": sum(member.booster.num_trees() for member in bundle.members),
        "columns": len(bundle.feature_names),
        "largest_difference": float(difference),
        "batch_rows": ROWS,
        "batch_pred_contrib_us_per_row": round(1e6 * batch_old / ROWS, 1),
        "batch_forest_us_per_row": round(1e6 * batch_new / ROWS, 1),
        "batch_ratio": round(batch_old / batch_new, 1),
        "one_pred_contrib_us": round(1e6 * one_old, 1),
        "one_forest_us": round(1e6 * one_new, 1),
        "one_ratio": round(one_old / one_new, 1),
        "explain_us_per_row": round(1e6 * _medians([values] * BATCH_TURNS, explain)[0] / ROWS, 1),
        "explain_one_us": round(1e6 * _medians(ones, explain)[0], 1),
        **_time_warm_up(folder),
    }


def draw_values(width: int) -> Values:
    """Draw `ROWS` rows."""
    random = np.random.default_rng(SEED)
    values = random.normal(size=(ROWS, width))
    kind = random.random(values.shape)
    values[kind < 0.2] = np.nan
    values[kind > 0.8] = 0.0
    return values


def ask_lightgbm(bundle: ModelBundle, rows: Values) -> Values:
    """Give the contributions of every member's trees, one member after the other, on one thread."""
    parts = [member.booster.predict(rows, pred_contrib=True, num_threads=1) for member in bundle.members]
    return np.asarray(parts)[..., :-1]


def _matrix(bundle: ModelBundle, rows: Values) -> FeatureMatrix:
    return FeatureMatrix(values=rows, names=bundle.feature_names, ids=np.arange(len(rows)).astype(object))


def _medians(inputs: Sequence[Values], calls: Sequence[Callable[[Values], object]]) -> list[float]:
    """Time the calls in turn on each input, after one turn that does not count; gives seconds."""
    seconds: list[list[float]] = [[] for _ in calls]
    for rows in [inputs[0], *inputs]:
        for call, times in zip(calls, seconds, strict=True):
            began = time.perf_counter()
            call(rows)
            times.append(time.perf_counter() - began)
    return [statistics.median(times[1:]) for times in seconds]


def _time_warm_up(folder: Path) -> dict[str, float]:
    """Time the first explanation of a process: with nothing compiled yet, then with what that left on disk."""
    with TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        script = [sys.executable, "-c", WARM_UP, str(folder)]
        cold, kept = (float(subprocess.check_output(script, env=environment, text=True)) for _ in range(2))
    return {"warm_up_compiling_seconds": round(cold, 2), "warm_up_seconds": round(kept, 2)}


def _trained_home(folder: Path) -> Home:
    simulate(folder / "world", claims=WORLD_CLAIMS, months=WORLD_MONTHS, seed=SEED, start=date(2024, 1, 1))
    home = Home(folder / "home")
    ingest_paths([folder / "world"], home=home, now=datetime.now(UTC))
    train_model(MODEL, home=home, now=datetime.now(UTC))
    return home


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        home = Home(given.home) if given.home else _trained_home(Path(folder))
        figures = measure(ModelRegistry(home).bundle_dir(MODEL))
    text = json.dumps(figures, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
