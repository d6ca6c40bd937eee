"""Measure the feature matrix on a home's history: claims per second in bulk, milliseconds for one claim, memory at its peak.

Run: python -m benchmarks.features_speed [--home HOME] [--claims N]. Without a home it simulates and ingests one. The figures are
kept in benchmarks/results/features_speed.json.
"""

import argparse
import json
import resource
import statistics
import time
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from features.batch import ClaimBatch
from features.catalog import CLAIM_FEATURES, LINE_FEATURES
from features.history import History
from features.matrix import build_line_matrix, build_matrix
from simulator import simulate

ONES = 200
WORLD_CLAIMS, WORLD_MONTHS, SEED = 20_000, 18, 7
RESULTS = Path(__file__).parent / "results" / "features_speed.json"


def measure(store: HistoryStore, *, claims: int | None) -> dict[str, float]:
    """Time each step once, and single claims `ONES` times. `claims` repeats the history's claims to that many."""
    store = store.pinned()
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    began = time.perf_counter()
    history = History.from_store(store)
    indexed = time.perf_counter()
    rows = np.resize(np.arange(len(batch)), claims or len(batch))
    many = batch.take(rows)
    started = time.perf_counter()
    build_matrix(many, history)
    built = time.perf_counter()
    build_line_matrix(batch, history)
    lined = time.perf_counter()
    alone = sorted(_time_one(batch.take(np.array([row])), history) for row in np.linspace(0, len(batch) - 1, ONES).astype(int))
    return {
        "history_claims": len(batch),
        "features": len(CLAIM_FEATURES),
        "index_seconds": round(indexed - began, 2),
        "matrix_claims": len(many),
        "matrix_seconds": round(built - started, 2),
        "claims_per_second": round(len(many) / (built - started)),
        "line_features": len(LINE_FEATURES),
        "lines_per_second": round(len(batch.line_owner) / (lined - built)),
        "one_claim_ms_median": round(1e3 * statistics.median(alone), 2),
        "one_claim_ms_p95": round(1e3 * alone[int(0.95 * ONES)], 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _time_one(one: ClaimBatch, history: History) -> float:
    began = time.perf_counter()
    build_matrix(one, history)
    return time.perf_counter() - began


def _simulated_home(folder: Path) -> Home:
    simulate(folder / "world", claims=WORLD_CLAIMS, months=WORLD_MONTHS, seed=SEED, start=date(2025, 1, 1))
    home = Home(folder / "home")
    ingest_paths([folder / "world"], home=home, now=datetime.now(UTC))
    return home


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--claims", type=int, default=100_000)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        home = Home(given.home) if given.home else _simulated_home(Path(folder))
        figures = measure(HistoryStore(home.history_uri), claims=given.claims)
    text = json.dumps(figures, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
