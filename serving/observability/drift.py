"""Owns the figures of the last `denials monitor`, which keeps them in HOME/logs/monitor.json, as far as metrics show them."""

import json
from dataclasses import dataclass
from datetime import datetime

from claims.home import Home


@dataclass(frozen=True, kw_only=True)
class ModelDrift:
    """What was found of one champion; `None` where there was too little to say."""

    model: str
    score_psi: float | None
    observed_over_expected: float | None
    retraining_pays: bool


@dataclass(frozen=True, kw_only=True)
class LastMonitor:
    """One run of the command."""

    ran_at: datetime
    models: tuple[ModelDrift, ...]


def read_last_monitor(home: Home) -> LastMonitor | None:
    """Read what the last run kept; `None` where none ran, or something else wrote the file."""
    try:
        kept = json.loads(home.last_monitor.read_text(encoding="utf-8"))
        return LastMonitor(
            ran_at=datetime.fromisoformat(kept["ran_at"]), models=tuple(_model(report) for report in kept["reports"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _model(report: dict[str, object]) -> ModelDrift:
    return ModelDrift(
        model=str(report["model"]),
        score_psi=_number(report["score_drift"], "psi"),
        observed_over_expected=_number(_part(report["calibration"], "overall"), "ratio"),
        retraining_pays=bool(report["retraining_pays"]),
    )


def _part(found: object, name: str) -> object:
    return found.get(name) if isinstance(found, dict) else None


def _number(found: object, name: str) -> float | None:
    value = _part(found, name)
    return float(value) if isinstance(value, int | float) else None
