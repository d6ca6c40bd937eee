"""Takes the way of a claim through the service apart: CPU time of each step, for one claim and for claims that come together.

Run: python -m benchmarks.service_profile --home HOME --claims FOLDER. CPU seconds of this process, medians; no HTTP.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from benchmarks.service_claims import json_claim, read_claims
from claims.claim import Claim
from features.batch import ClaimBatch
from features.evaluation import Evaluation
from features.matrix import FeatureMatrix, matrix_of
from serving.api.answers import scores_json
from serving.api.claim_body import parse_claims
from serving.scoring import Depth
from serving.settings import Settings
from serving.state import ServiceState

LINES, SIZES, TURNS = 5, (1, 8, 32, 128), 15


def profile(home: Path, files: Path, *, today: date) -> dict[int, dict[str, float]]:
    """Give milliseconds of each step by number of claims, claims of 5 lines."""
    state = ServiceState(Settings(home_path=home, today=today))
    claims = [claim for claim in read_claims(files) if len(claim.lines) == LINES]
    return {size: {name: _milliseconds(step) for name, step in _steps(state, claims[:size], today)} for size in SIZES}


def _steps(state: ServiceState, claims: Sequence[Claim], today: date) -> Iterator[tuple[str, Callable[[], object]]]:
    bundle, scorer, hasher = state.serving.denial_risk.bundle, state.scorer, state.hasher
    body = b"[" + b",".join(map(json_claim, claims)) + b"]"
    given = parse_claims(body).claims

    def features() -> FeatureMatrix:
        batch = ClaimBatch.from_claims(claims, hasher=hasher)
        return matrix_of(Evaluation(batch, state.snapshot.history), bundle.feature_names)

    def answer() -> bytes:
        return scores_json("", scorer.score(claims, hasher=hasher, depth=Depth.CAUSES), [], in_full=False)

    matrix = features()
    yield "read and check the body", lambda: parse_claims(body)
    yield "make the records", lambda: [one.to_claim(today=today) for one in given]
    yield "features", features
    yield "probabilities by cause", lambda: bundle.split(matrix)
    yield "contributions", lambda: bundle.explain(matrix)
    yield "score", lambda: scorer.score(claims, hasher=hasher, depth=Depth.SCORE)
    yield "score + root causes", lambda: scorer.score(claims, hasher=hasher, depth=Depth.CAUSES)
    yield "score + root causes + fixes", lambda: scorer.score(claims, hasher=hasher, depth=Depth.FIXES)
    yield "score + root causes, answer written", answer


def _milliseconds(step: Callable[[], object]) -> float:
    times = []
    for _ in range(TURNS):
        began = time.process_time()
        step()
        times.append(time.process_time() - began)
    return round(1e3 * statistics.median(times), 3)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--claims", type=Path, required=True, help="a folder of 837 files")
    parser.add_argument("--today", type=date.fromisoformat, default=date(2025, 7, 1))
    given = parser.parse_args()
    found = profile(given.home, given.claims, today=given.today)
    print("| CPU ms | " + " | ".join(f"{size} claim{'s' if size > 1 else ''}" for size in found) + " |")
    print("|---" * (len(found) + 1) + "|")
    for step in found[SIZES[0]]:
        print(f"| {step} | " + " | ".join(f"{found[size][step]:.2f}" for size in found) + " |")


if __name__ == "__main__":
    main()
