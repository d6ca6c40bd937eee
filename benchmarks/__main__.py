"""Runs every benchmark in turn; each prints its table and keeps its figures in benchmarks/results."""

import importlib.util
import subprocess
import sys

BENCHMARKS = (
    "x12_speed", "features_speed", "shap_speed", "service_speed", "quality", "queue_order", "analytics", "trends", "fix_effects",
)  # fmt: skip


def main() -> int:
    """Run all; the exit code is the number that failed."""
    failed = 0
    for name in BENCHMARKS:
        if importlib.util.find_spec(f"benchmarks.{name}") is None:
            print(f"benchmarks.{name}: not here", file=sys.stderr)
            failed += 1
            continue
        print(f"== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
