"""Owns `denials score --model`: the rows of a flat table scored by a model that was trained on one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from models.bundle import ModelBundle
from serving.bundles import load_champion
from serving.errors import RefusedInput
from serving.settings import Settings
from training.table import read_table

REASONS = 3
ROWS_AT_ONCE = 2_000


def score_table(paths: Sequence[Path], out: Path, *, model: str, settings: Settings) -> int:
    """Score one table into `out`, give the number of rows. Raises: NoModel, TableError, RefusedInput."""
    if out.suffix not in (".csv", ".parquet", ".jsonl"):
        raise RefusedInput(f"--out {out.name}: expected a name that ends in .csv, .parquet or .jsonl, got {out.suffix or 'none'}")
    if len(paths) != 1:
        raise RefusedInput(f"score --model {model}: expected one table, got {len(paths)}")
    bundle = load_champion(settings.home, model).bundle
    if bundle.encoder is None:
        raise RefusedInput(f"model {model}: expected one that was trained on a flat table, got one for {bundle.subject}s")
    scored = score_rows(bundle, read_table(paths[0]))
    if out.suffix == ".csv":
        scored.to_csv(out, index=False)
    elif out.suffix == ".jsonl":
        scored.to_json(out, orient="records", lines=True)
    else:
        scored.to_parquet(out, index=False)
    return len(scored)


def score_rows(bundle: ModelBundle, table: pd.DataFrame) -> pd.DataFrame:
    """Give row (from 1), probability, reason_1..3 (matrix columns that raise the risk most), model_version."""
    if bundle.encoder is None:
        raise RefusedInput(f"model {bundle.name}: expected one that was trained on a flat table")
    matrix = bundle.encoder.encode(table)
    parts = [bundle.explain(matrix.take(rows)) for rows in _blocks(len(table))]
    probability = np.concatenate([part.probability for part in parts])
    columns = np.concatenate([part.evidence[:, 0] for part in parts])
    names = np.array([*bundle.feature_names, ""], dtype=object)  # -1, no further one, is the last
    reasons = {f"reason_{at + 1}": names[columns[:, at]] for at in range(REASONS)}
    return pd.DataFrame(
        {"row": np.arange(1, len(table) + 1), "probability": probability.round(6), **reasons, "model_version": bundle.version}
    )


def _blocks(count: int) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    return [np.arange(start, min(start + ROWS_AT_ONCE, count)) for start in range(0, max(count, 1), ROWS_AT_ONCE)]
