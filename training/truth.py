"""Owns the comparison with a simulated world's answer key: what the best possible model would score, and name as causes.

Only `evaluate` comes here, with a folder that its caller names. The key is read as plain parquet; nothing of it reaches a model.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from claims.adjudication import adjudicate
from claims.history.store import HistoryStore
from claims.root_cause import root_causes
from models.bundle import Json
from training.coverage import cover_truth
from training.distance import by_cause, calibration_floor, gap_closed
from training.errors import TrainingError
from training.metrics import log_loss, measure

Key = tuple[object, ...]
BASELINES = ("payer_group_rate", "rules_only", "logistic_regression")


@dataclass(frozen=True, kw_only=True)
class Oracle:
    """The true probability of held-out rows. `rows` are the holdout rows found in the key; arrays have that length."""

    rows: NDArray[np.int64]
    probability: NDArray[np.float64]
    causes: NDArray[np.float64]  # (n, 17) true posterior; (n, 0) for appeals
    cause: NDArray[np.object_]  # planted cause of a denied claim, else ""


def read_claim_oracle(holdout: pa.Table, store: HistoryStore, truth_dir: Path) -> Oracle:
    """Match held-out submissions to the key by claim, payer and submission day. Raises: TrainingError without a key."""
    columns = ["patient_control_number", "payer_id", "submitted_on", "frequency_code", "payer_sequence_code"]
    claims = store.read("claims", columns=["submission_id", *columns])
    ours = _keys(claims, columns)
    key_of = dict(zip(claims["submission_id"].to_pylist(), ours, strict=True))
    truth = _read(truth_dir / "claims.parquet")
    found = _positions(truth, ["claim_id", *columns[1:]])
    rows, at = _match([key_of.get(key) for key in holdout["id"].to_pylist()], found)
    chosen = truth.take(pa.array(at))
    names = [f"p_{cause}" for cause in root_causes()]
    return Oracle(
        rows=rows,
        probability=np.asarray(chosen["denial_probability"]),
        causes=np.stack([np.asarray(chosen[name]) for name in names], axis=1),
        cause=np.array([cause or "" for cause in chosen["cause"].to_pylist()], dtype=object),
    )


def read_appeal_oracle(holdout: pa.Table, store: HistoryStore, truth_dir: Path) -> Oracle:
    """Match held-out appeals to the key's denials by claim, payer and denial day. Raises: TrainingError without a key."""
    columns = ["patient_control_number", "payer_id", "denied_on"]
    denials = adjudicate(store).denials
    key_of = dict(zip(denials["remittance_id"].to_pylist(), _keys(denials, columns), strict=True))
    truth = _read(truth_dir / "denials.parquet")
    found = _positions(truth, ["claim_id", *columns[1:]])
    rows, at = _match([key_of.get(key) for key in holdout["id"].to_pylist()], found)
    return Oracle(
        rows=rows,
        probability=np.asarray(truth.take(pa.array(at))["p_overturn"]),
        causes=np.zeros((len(rows), 0)),
        cause=np.full(len(rows), "", dtype=object),
    )


def compare_with_oracle(holdout: pa.Table, oracle: Oracle) -> dict[str, Json]:
    """Measure the oracle on the rows it knows, and how much of the way from base rate to oracle the model and baselines go.

    `gap_closed` is of log-loss, against the rate of these very rows: the hardest constant to beat.
    """
    label = np.asarray(holdout["label"])[oracle.rows]
    constant = log_loss(label, np.full(len(label), label.mean()))
    best = log_loss(label, oracle.probability)
    closed: dict[str, Json] = {}
    for name in [column for column in ("probability", *BASELINES) if column in holdout.column_names]:
        loss = log_loss(label, np.asarray(holdout[name])[oracle.rows])
        closed["model" if name == "probability" else name] = (constant - loss) / (constant - best)
    compared: dict[str, Json] = {
        "row_count": len(label),
        "rows_not_in_key": holdout.num_rows - len(label),
        "oracle": measure(label, oracle.probability),
        "model": measure(label, np.asarray(holdout["probability"])[oracle.rows]),
        "gap_closed": closed,
    }
    ours = np.asarray(holdout["probability"])[oracle.rows]
    covered = cover_truth(holdout, oracle.rows, oracle.probability)
    if covered:
        compared["intervals"] = covered
    compared["gap"] = gap_closed(label, ours, oracle.probability)
    compared["calibration_floor"] = {"model": calibration_floor(ours), "oracle": calibration_floor(oracle.probability)}
    if oracle.causes.shape[1]:
        compared["root_causes"] = _hits(holdout, oracle, label)
        compared["causes"] = by_cause(holdout, oracle.rows, label=label, cause=oracle.cause, truth=oracle.causes)
    return compared


def _hits(holdout: pa.Table, oracle: Oracle, label: NDArray[np.bool_]) -> dict[str, Json]:
    """Give the share of denied rows whose planted cause stands first, or among the first three."""
    vocabulary = list(root_causes())
    denied = np.flatnonzero(label & (oracle.cause != ""))
    ours = np.zeros((holdout.num_rows, len(vocabulary)))
    for at, cause in enumerate(vocabulary):
        if f"p_{cause}" in holdout.column_names:
            ours[:, at] = np.asarray(holdout[f"p_{cause}"])
    wanted = np.array([vocabulary.index(cause) for cause in oracle.cause[denied]])
    by_cause: dict[str, Json] = {}
    model_first = _ranked_within(ours[oracle.rows[denied]], wanted, most=1)
    for at, cause in enumerate(vocabulary):
        own = wanted == at
        if own.any():
            by_cause[cause] = {"row_count": int(own.sum()), "hit_at_1": float(model_first[own].mean())}
    return {
        "denied_count": len(denied),
        "model": _hit_rates(ours[oracle.rows[denied]], wanted),
        "oracle": _hit_rates(oracle.causes[denied], wanted),
        "by_cause": by_cause,
    }


def _hit_rates(scores: NDArray[np.float64], wanted: NDArray[np.int64]) -> dict[str, Json]:
    return {f"hit_at_{most}": float(_ranked_within(scores, wanted, most=most).mean()) for most in (1, 3)}


def _ranked_within(scores: NDArray[np.float64], wanted: NDArray[np.int64], *, most: int) -> NDArray[np.bool_]:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :most]
    named = np.take_along_axis(scores, order, axis=1) > 0
    return np.asarray(((order == wanted[:, None]) & named).any(axis=1))


def _read(path: Path) -> pa.Table:
    if not path.is_file():
        raise TrainingError(f"{path}: expected the answer key of a simulated world, got no file")
    return pq.read_table(path)


def _keys(table: pa.Table, columns: list[str]) -> list[Key]:
    return list(zip(*(table[column].to_pylist() for column in columns), strict=True))


def _positions(truth: pa.Table, columns: list[str]) -> dict[Key, int]:
    """Place each key that stands once in the answer key; a repeated one cannot be told apart and is left out."""
    positions: dict[Key, int] = {}
    repeated = set()
    for row, key in enumerate(_keys(truth, columns)):
        if key in positions:
            repeated.add(key)
        positions[key] = row
    return {key: row for key, row in positions.items() if key not in repeated}


def _match(keys: list[Key | None], found: dict[Key, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pairs = [(row, found[key]) for row, key in enumerate(keys) if key is not None and key in found]
    if not pairs:
        raise TrainingError(
            f"answer key: expected some of the {len(keys)} held-out rows of the model, got none: is it another world's?"
        )
    rows, at = zip(*pairs, strict=True)
    return np.array(rows, dtype=np.int64), np.array(at, dtype=np.int64)
