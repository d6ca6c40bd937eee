"""Owns `denials train` and `denials retrain`: the models by name, and the way of a winner into service."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cli import output
from models.spec import ModelSpec
from serving.advice import costs_of
from serving.bundles import APPEAL_SUCCESS, DENIAL_RISK, install_champion
from serving.errors import RefusedInput
from serving.settings import Settings
from training.errors import TooLittleData
from training.gate import Comparison
from training.pipeline import TrainingResult, train_model, train_on_table
from training.registry import ModelRegistry
from training.table import read_table

MODELS = (DENIAL_RISK, APPEAL_SUCCESS)
SHOWN = ("auc", "average_precision", "log_loss", "brier", "ece")
PROMOTED, KEPT, NOT_TRAINED = "promoted", "kept", "not trained"


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """What came of retraining one model. Versions are the registry's; "" = there is none."""

    name: str
    outcome: str
    champion: str  # after it
    challenger: str
    reason: str
    comparison: Comparison | None = None

    def facts(self) -> dict[str, object]:
        """Name what to show."""
        found = self.comparison
        return {
            "model": self.name,
            "outcome": self.outcome,
            "champion": self.champion,
            "challenger": self.challenger,
            "reason": self.reason,
            "log_loss_difference": None if found is None else [found.difference, found.low, found.high],
            "worse_segments": [] if found is None else [segment.describe() for segment in found.worse_segments],
        }


def train_models(model: str, *, settings: Settings, as_of: date | None, trials: int, json: bool) -> None:
    """Train one model or all, print what came of each. Raises: TrainingError, RefusedInput for another name."""
    for name in model_names(model):
        with output.status(f"training {name}") as say:
            result = train_model(name, home=settings.home, as_of=as_of, progress=say, trials=trials, costs=costs_of(settings))
            if result.verdict.promotes:
                install_champion(settings.home, name, result.bundle_dir, registry_version=result.version)
        output.summary(_facts(result), json=json)


def retrain_models(model: str, *, settings: Settings, as_of: date | None) -> list[Retrained]:
    """Train a challenger of each model, gate it and put a winner into service; one that cannot be trained says why."""
    return [_retrain(name, settings=settings, as_of=as_of) for name in model_names(model)]


def _retrain(name: str, *, settings: Settings, as_of: date | None) -> Retrained:
    standing = ModelRegistry(settings.home).find(name)
    before = standing.version if standing else ""
    try:
        with output.status(f"retraining {name}") as say:
            result = train_model(name, home=settings.home, as_of=as_of, progress=say, costs=costs_of(settings))
            if result.verdict.promotes:
                install_champion(settings.home, name, result.bundle_dir, registry_version=result.version)
    except TooLittleData as error:
        return Retrained(name=name, outcome=NOT_TRAINED, champion=before, challenger="", reason=str(error))
    return Retrained(
        name=name,
        outcome=PROMOTED if result.verdict.promotes else KEPT,
        champion=result.version if result.verdict.promotes else before,
        challenger=result.version,
        reason=result.verdict.reason,
        comparison=result.verdict.comparison,
    )


def model_names(model: str) -> tuple[str, ...]:
    """Name the models that an option means. Raises: RefusedInput."""
    if model not in (*MODELS, "all"):
        raise RefusedInput(f"model {model}: expected {', '.join(MODELS)} or all")
    return MODELS if model == "all" else (model,)


def train_table(spec_path: Path, table_path: Path, *, settings: Settings, trials: int, json: bool) -> None:
    """Train a model on a flat table by a spec, print what came of it. Raises: SpecError, TableError, TrainingError."""
    spec = ModelSpec.load(str(spec_path))
    with output.status(f"training {spec.name}") as say:
        result = train_on_table(read_table(table_path), spec, home=settings.home, progress=say, trials=trials)
        if result.verdict.promotes:
            install_champion(settings.home, spec.name, result.bundle_dir, registry_version=result.version)
    left_out = ", ".join(spec.table.leak_suspects) or "none"
    output.summary(_facts(result) | {"left out as leak suspects": left_out}, json=json)


def _facts(result: TrainingResult) -> dict[str, object]:
    held_out, interval = result.metrics.get("test"), result.metrics.get("interval")
    intervals = interval if isinstance(interval, dict) else {}
    figures = held_out if isinstance(held_out, dict) else {}
    return {
        "model": f"{result.name} {result.version} ({result.bundle_version})",
        "run": result.run_id,
        **{name: _figure(figures[name], intervals.get(name)) for name in SHOWN if name in figures},
        "champion": "yes" if result.verdict.promotes else "no",
        "gate": result.verdict.reason,
    }


def _figure(value: object, interval: object) -> str:
    """Write a held-out figure with its 95 % bootstrap interval where there is one."""
    if isinstance(interval, list | tuple) and len(interval) == 2:
        return f"{value:.4f} [{interval[0]:.4f}, {interval[1]:.4f}]"
    return f"{value:.4f}"
