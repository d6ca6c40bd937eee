"""Times the work behind a long request without HTTP, on standard input: `batch` features and kernel, `upload` parse and score.

Run by benchmarks.service_speed. Prints seconds.
"""

import json
import sys
import time
from pathlib import Path
from tempfile import NamedTemporaryFile

from benchmarks.service_claims import claims_of
from claims.x12 import read_file
from features.batch import ClaimBatch
from features.matrix import build_matrix
from serving.api.claim_models import ClaimIn
from serving.bundles import DENIAL_RISK, load_champion
from serving.settings import Settings
from serving.state import ServiceState


def main() -> None:
    """Load, run once for warmth, then time."""
    settings = Settings()
    state = ServiceState(settings)
    body = sys.stdin.buffer.read()
    if sys.argv[1] == "upload":
        with NamedTemporaryFile(suffix=".837") as handle:
            handle.write(body)
            handle.flush()
            state.scorer.score(claims_of(read_file(Path(handle.name)))[:100], hasher=state.hasher)
            began = time.perf_counter()
            state.scorer.score(claims_of(read_file(Path(handle.name))), hasher=state.hasher)
    else:
        bundle = load_champion(settings.home, DENIAL_RISK).bundle
        claims = [ClaimIn.model_validate(one).to_claim(today=settings.current_day()) for one in json.loads(body)]
        for part in (claims[:100], claims):
            began = time.perf_counter()
            batch = ClaimBatch.from_claims(part, hasher=state.hasher)
            bundle.explain(build_matrix(batch, state.snapshot.history, bundle.feature_names))
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
