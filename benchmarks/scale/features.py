"""Measures the features of a whole history: reading and indexing it, then the matrix, part by part and never kept whole.

Run: `python -m benchmarks.scale.features HOME`; prints JSON. One process; the peak of each stage is its own.
"""

import json
import sys
from pathlib import Path

import numpy as np

from benchmarks.scale.process import Stage
from claims.adjudication import adjudicate
from claims.history.store import HistoryStore
from claims.home import Home
from features.batch import ClaimBatch
from features.history import History
from features.matrix import CLAIMS_AT_ONCE, build_matrix


def measure(store: HistoryStore) -> dict[str, object]:
    """Read, index, and compute every column of every claim."""
    store = store.pinned()
    with Stage() as adjudicating:
        adjudication = adjudicate(store)
    with Stage() as reading:
        batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    with Stage() as indexing:
        history = History.from_parts(store, adjudication=adjudication, batch=batch)
    with Stage() as building:
        for first in range(0, len(batch), CLAIMS_AT_ONCE):
            build_matrix(batch.take(np.arange(first, min(first + CLAIMS_AT_ONCE, len(batch)))), history)
    return {
        "claims": len(batch),
        "lines": len(batch.line_owner),
        "adjudicate": adjudicating.facts(),
        "read": reading.facts(),
        "index": indexing.facts(),
        "matrix": building.facts(),
    }


if __name__ == "__main__":
    print(json.dumps(measure(HistoryStore(Home(Path(sys.argv[1])).history_uri))))
