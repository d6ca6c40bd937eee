"""Measures a night on a history that stands: one more day of files in, until the first claim can be scored.

Run: `python -m benchmarks.scale.nightly HOME ARRIVALS`; prints JSON.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.scale.process import Stage
from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from serving.state import Snapshot


def measure(home: Home, arrivals: Path) -> dict[str, object]:
    """Ingest the day, then read the history as a scorer does."""
    with Stage() as ingesting:
        receipts = ingest_paths([arrivals], home=home, now=datetime.now(UTC))
    with Stage() as readying:
        snapshot = Snapshot.read(HistoryStore(home.history_uri))
    return {
        "arrived": sum(receipt.accepted for receipt in receipts),
        "claims": len(snapshot.claims),
        "ingest": ingesting.facts(),
        "ready": readying.facts(),
    }


if __name__ == "__main__":
    print(json.dumps(measure(Home(Path(sys.argv[1])), Path(sys.argv[2]))))
