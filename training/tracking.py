"""Owns the way into MLflow: the quiet client, the experiment of a model, and what a run records.

MLflow is given everything by value: no global tracking URI is set, so that two homes can be trained in one process.
"""

import json
import logging
import os
import re
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from claims.home import Home
from models.bundle import Json

# MLflow reads these when it is imported. No figure about a practice's models leaves the machine.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # standard output is ours: --json

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from models.bundle import ModelBundle
from models.registered import BUNDLE_FOLDER
from training.holdout import Holdout

HOLDOUT_FILE = "holdout.parquet"
MODEL_FOLDER = "model"  # what `mlflow.pyfunc.load_model` reads
LOADER = "cli.scoring_model"  # named, not imported: MLflow imports it when it loads the model
_ROWS_AT_ONCE = 500
_SEGMENTS = {"baselines": "baseline", "payers": "payer", "causes": "cause", "claim_types": "claim_type", "months": "month"}


def open_client(home: Home, tracking_uri: str | None = None) -> MlflowClient:
    """Open the tracking store of a home, or the one at `tracking_uri`; creates the embedded database at first use."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    uri = tracking_uri or home.mlflow_uri
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    with quiet():
        return MlflowClient(tracking_uri=uri, registry_uri=uri)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings that MLflow raises about itself from the user: none of them asks for an action of theirs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def experiment_id(client: MlflowClient, name: str, *, home: Home, tracking_uri: str | None = None) -> str:
    """Find or create the experiment of a model; an embedded store keeps its artifacts in the home."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    uri = tracking_uri or home.mlflow_uri
    location = home.artifacts.as_uri() if uri.startswith("sqlite:") else None
    return str(client.create_experiment(name, artifact_location=location))


def record_run(
    client: MlflowClient,
    run_id: str,
    *,
    bundle: ModelBundle,
    parameters: Mapping[str, object],
    holdout: Holdout,
    files: Path,
) -> None:
    """Record parameters, figures, the holdout table and the files of a run."""
    now = int(time.time() * 1000)
    metrics = [Metric(key, value, now, 0) for key, value in flat_metrics(bundle.metrics).items()]
    params = [Param(key, str(value)) for key, value in parameters.items()]
    tags = [
        RunTag("data_version", bundle.data_version),
        RunTag("feature_fingerprint", bundle.features.fingerprint),
        RunTag("bundle_version", bundle.version),
        RunTag("mlflow.note.content", bundle.card),
    ]
    client.log_batch(run_id, params=params, tags=tags)
    for start in range(0, len(metrics), _ROWS_AT_ONCE):
        client.log_batch(run_id, metrics=metrics[start : start + _ROWS_AT_ONCE])
    pq.write_table(holdout.to_table(), files / HOLDOUT_FILE)
    (files / "metrics.json").write_text(json.dumps(bundle.metrics, indent=1) + "\n", encoding="utf-8")
    (files / "card.md").write_text(bundle.card, encoding="utf-8")
    with quiet():
        client.log_artifacts(run_id, str(files))


def write_bundle_files(bundle: ModelBundle, files: Path) -> None:
    """Write the bundle, and an MLflow model around a copy of it: a loader's name and the same files. Nothing is pickled."""
    bundle.save(files / BUNDLE_FOLDER)
    with quiet():
        import mlflow.pyfunc  # warns about itself when it is imported

        from training.scoring_model import example_of, signature_of

        mlflow.pyfunc.save_model(
            path=str(files / MODEL_FOLDER),
            loader_module=LOADER,
            data_path=str(files / BUNDLE_FOLDER),
            model_config={"home": "", "as_of": ""},  # what `load_model` may set
            signature=signature_of(bundle),
            input_example=example_of(bundle),
            pip_requirements=["lightgbm", "numpy", "pandas"],
        )


def flat_metrics(metrics: Mapping[str, Json]) -> dict[str, float]:
    """Name figures the way MLflow shows them: test/auc, test/auc_low, payer/<id>/log_loss_low, dollars/mae, month/2026-01/auc."""
    flat: dict[str, float] = {}
    _flatten(flat, "test", metrics.get("test"))
    _flatten_intervals(flat, "test", metrics.get("interval"))
    _flatten(flat, "dollars", metrics.get("dollars"))
    _flatten(flat, "explored", metrics.get("explored"))
    confidence = metrics.get("confidence")
    _flatten(flat, "confidence", confidence)
    if isinstance(confidence, Mapping):
        for name in ("familiar", "unfamiliar"):
            _flatten(flat, f"confidence/{name}", confidence.get(name))
    for group, prefix in _SEGMENTS.items():
        segments = metrics.get(group)
        if isinstance(segments, Mapping):
            for segment, figures in segments.items():
                _flatten(flat, f"{prefix}/{_plain(segment)}", figures)
    _flatten_fairness(flat, metrics.get("fairness"))
    return flat


def _flatten_fairness(flat: dict[str, float], fairness: Json) -> None:
    kinds = fairness.get("kinds") if isinstance(fairness, Mapping) else None
    for kind, groups in kinds.items() if isinstance(kinds, Mapping) else ():
        for name, figures in groups.items() if isinstance(groups, Mapping) else ():
            _flatten(flat, f"fairness/{_plain(kind)}/{_plain(name)}", figures)


def _plain(name: str) -> str:
    """Spell a name in the characters that MLflow takes."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def _flatten(flat: dict[str, float], prefix: str, figures: Json) -> None:
    if isinstance(figures, Mapping):
        for name, value in figures.items():
            if isinstance(value, int | float):
                flat[f"{prefix}/{name}"] = float(value)
        _flatten_intervals(flat, prefix, figures.get("interval"))


def _flatten_intervals(flat: dict[str, float], prefix: str, intervals: Json) -> None:
    if isinstance(intervals, Mapping):
        for name, ends in intervals.items():
            if isinstance(ends, Sequence) and not isinstance(ends, str):
                for end, value in zip(("low", "high"), ends, strict=True):
                    flat[f"{prefix}/{name}_{end}"] = _number(value)


def _number(value: Json) -> float:
    if not isinstance(value, (int, float)):
        raise TypeError(f"metric: expected a number, got {type(value).__name__}")
    return float(value)
