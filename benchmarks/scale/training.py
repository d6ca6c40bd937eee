"""Measures `denials train all`, and what of its CPU time LightGBM's own binning and boosting took.

Run: `python -m benchmarks.scale.training HOME`; prints JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from unittest.mock import patch

import lightgbm as lgb

from benchmarks.scale.process import Stage
from claims.home import Home
from models.bundle import ModelBundle
from serving.bundles import APPEAL_SUCCESS, DENIAL_RISK, install_champion
from training.pipeline import train_model

Timed = Callable[..., object]


class Clock:
    """Adds up the CPU seconds that wrapped calls took in their own threads (LightGBM runs with one thread per fit)."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = Lock()

    def around(self, call: Timed) -> Timed:
        """Give the same call, timed."""

        def timed(*args: object, **kwargs: object) -> object:
            began = time.thread_time()
            try:
                return call(*args, **kwargs)
            finally:
                with self._lock:
                    self.seconds += time.thread_time() - began

        return timed


def measure(home: Home) -> dict[str, object]:
    """Train both models; `matrix_bytes` is the raw matrix of the rows that the model learned from (float64)."""
    lightgbm = Clock()
    found: dict[str, object] = {}
    for name in (DENIAL_RISK, APPEAL_SUCCESS):
        before = lightgbm.seconds
        construct = patch.object(lgb.Dataset, "construct", lightgbm.around(lgb.Dataset.construct))
        with Stage() as stage, patch.object(lgb, "train", lightgbm.around(lgb.train)), construct:
            result = train_model(name, home=home)
        bundle = ModelBundle.load(result.bundle_dir)
        install_champion(home, name, result.bundle_dir, registry_version=result.version)
        found[name] = {
            **stage.facts(),
            "lightgbm_cpu_seconds": round(lightgbm.seconds - before, 2),
            "row_count": bundle.training["row_count"],
            "column_count": len(bundle.feature_names),
        }
    return found


if __name__ == "__main__":
    print(json.dumps(measure(Home(Path(sys.argv[1])))))
