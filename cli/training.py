"""Owns `denials train`: the models by name, and the way of a winner into service."""

from datetime import date

from cli import output
from serving.bundles import APPEAL_SUCCESS, DENIAL_RISK, install_champion
from serving.errors import RefusedInput
from serving.settings import Settings
from training.pipeline import TrainingResult, train_model

MODELS = (DENIAL_RISK, APPEAL_SUCCESS)
SHOWN = ("auc", "average_precision", "log_loss", "brier", "ece")


def train_models(model: str, *, settings: Settings, as_of: date | None, json: bool) -> None:
    """Train one model or all, print what came of each. Raises: TrainingError, RefusedInput for another name."""
    if model not in (*MODELS, "all"):
        raise RefusedInput(f"model {model}: expected {', '.join(MODELS)} or all")
    for name in MODELS if model == "all" else (model,):
        with output.status(f"training {name}") as say:
            result = train_model(name, home=settings.home, as_of=as_of, progress=say)
            if result.verdict.promotes:
                install_champion(settings.home, name, result.bundle_dir, registry_version=result.version)
        output.summary(_facts(result), json=json)


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
