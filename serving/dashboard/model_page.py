"""Owns the page of models: how good they were on held-out claims, how well calibrated, and what was found of them since."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request

from serving.api.operation_routes import models_of
from serving.api.scoring_routes import state_of
from serving.champion_alias import Standing, read_standing
from serving.dashboard.page_templates import page_context, page_router
from serving.dashboard.site_nav import may_call
from serving.errors import RegistryUnreachable
from serving.observability.drift import read_last_monitor

_TITLES = {
    "auc": "AUC",
    "average_precision": "Average precision",
    "log_loss": "Log-loss",
    "brier": "Brier score",
    "ece": "Calibration error",
    "lift_at_5_percent": "Lift in the top 5 %",
    "base_rate": "Observed rate",
    "mean_probability": "Mean probability",
}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure on held-out rows, with its interval where there is one."""

    title: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Segment:
    """What came of a part of the held-out rows beside what was said of it. Rates are between 0 and 1."""

    label: str
    row_count: int
    predicted: float
    observed: float
    low: float | None
    high: float | None

    @property
    def is_inside(self) -> bool | None:
        """Tell whether what was said lies in the interval of what came; `None` without an interval."""
        return None if self.low is None or self.high is None else self.low <= self.predicted <= self.high


def router() -> APIRouter:
    """Make the route."""
    return page_router("/models", "models.html", _context)


def held_out(metrics: Mapping[str, object]) -> list[Metric]:
    """Pick the figures that the page shows, in its order."""
    test, intervals = _part(metrics, "test"), _part(metrics, "interval")
    found = []
    for name, title in _TITLES.items():
        value = test.get(name)
        if isinstance(value, int | float):
            low, high = _ends(intervals.get(name))
            found.append(Metric(title=title, value=float(value), low=low, high=high))
    return found


def calibration(metrics: Mapping[str, object], kind: str) -> list[Segment]:
    """Set predicted beside observed for each segment of a kind, as training kept them."""
    found = []
    for label, figures in _part(metrics, kind).items():
        if not isinstance(figures, dict):
            continue
        low, high = _ends(_part(figures, "interval").get("base_rate"))
        found.append(
            Segment(
                label=label,
                row_count=int(figures["row_count"]),
                predicted=float(figures["mean_probability"]),
                observed=float(figures["base_rate"]),
                low=low,
                high=high,
            )
        )
    return found


def _context(request: Request) -> dict[str, object]:
    state = state_of(request)
    found = models_of(state)
    monitor = read_last_monitor(state.settings.home)
    return {
        **page_context(request),
        "models": found,
        "standings": {one.name: _standing(request, one.name) for one in found},
        "may_promote": may_call(request, "POST", "/v1/models/any/promote"),
        "metrics": [held_out(one.metrics) for one in found],
        "segments": [{kind: calibration(one.metrics, kind) for kind in ("months", "payers")} for one in found],
        "monitor": monitor,
        "drift": {one.model: one for one in monitor.models} if monitor else {},
    }


def _standing(request: Request, name: str) -> Standing | None:
    """Look who stands where; `None` while the registry does not answer."""
    try:
        return read_standing(state_of(request).settings.home, name)
    except RegistryUnreachable:
        return None


def _part(found: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _ends(interval: object) -> tuple[float | None, float | None]:
    return (float(interval[0]), float(interval[1])) if isinstance(interval, list | tuple) and len(interval) == 2 else (None, None)
