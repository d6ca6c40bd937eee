"""Owns how the log of draws by lot reads: one JSON object a line, written by the work queue, read by training.

`{"day": "2026-03-02", "keys": [remittance ids], "eligible_count": 40, "probability": 0.05}`. A denial may be eligible on many
days and drawn once; the log names those drawn only.
"""

import json
from pathlib import Path

from claims.errors import ClaimsError

DRAW_LOG = "exploration.jsonl"  # under HOME/logs


class DrawLogError(ClaimsError):
    """A line of the log that is none."""


def read_draws(path: Path) -> dict[str, float]:
    """Give the probability with which each drawn denial was drawn on its day, by remittance; empty without a file.

    Raises: DrawLogError, naming the line.
    """
    if not path.is_file():
        return {}
    found: dict[str, float] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            probability, keys = float(row["probability"]), [str(key) for key in row["keys"]]
        except (ValueError, KeyError, TypeError) as error:
            message = f"{path.name}, line {number}: expected a draw with keys and probability, got {type(error).__name__}"
            raise DrawLogError(message) from None
        if not 0 < probability <= 1:
            raise DrawLogError(f"{path.name}, line {number}, probability: expected above 0 and at most 1, got another number")
        found |= {key: max(probability, found.get(key, 0.0)) for key in keys}
    return found
