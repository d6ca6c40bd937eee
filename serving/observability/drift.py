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
    verdict: str  # in a sentence
    recent_count: int  # rows sent since training
    matured_count: int  # of them, those that are answered
    ratio_low: float | None  # interval of observed over expected
    ratio_high: float | None


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
    overall = _part(report["calibration"], "overall")
    return ModelDrift(
        model=str(report["model"]),
        score_psi=_number(report["score_drift"], "psi"),
        observed_over_expected=_number(overall, "ratio"),
        retraining_pays=bool(report["retraining_pays"]),
        verdict=str(report.get("verdict", "")),
        recent_count=int(_number(report, "recent_count") or 0),
        matured_count=int(_number(report, "matured_count") or 0),
        ratio_low=_number(overall, "low"),
        ratio_high=_number(overall, "high"),
    )


def _part(found: object, name: str) -> object:
    return found.get(name) if isinstance(found, dict) else None


def _number(found: object, name: str) -> float | None:
    value = _part(found, name)
    return float(value) if isinstance(value, int | float) else None
