"""Owns the metrics that are looked up when somebody asks: models, history, work queue, drift, losses of the score log."""

from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from serving.observability.drift import LastMonitor, read_last_monitor
from serving.state import ServiceState
from serving.work_queue.depth import count_by_status


class StateCollector(Collector):
    """Looks at a service. What cannot be looked up (the database is away) is left out, and `denials_up` says so."""

    def __init__(self, state: ServiceState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Give the metrics as they stand."""
        yield from self._models()
        yield from self._history()
        yield from self._work_items()
        yield from _drift(read_last_monitor(self._state.settings.home))
        dropped = CounterMetricFamily("denials_score_log_dropped", "Scores that this process could not log")
        dropped.add_metric([], self._state.recorder.dropped_count)
        yield dropped

    def _models(self) -> Iterator[Metric]:
        serving = self._state.serving
        info = InfoMetricFamily("denials_model", "Models in service", labels=["model"])
        for one in (serving.denial_risk, serving.appeal_success):
            if one is not None:
                about = {"version": one.bundle.version, "registry_version": one.registry_version}
                info.add_metric([one.bundle.name], about)
        yield info

    def _history(self) -> Iterator[Metric]:
        age = (datetime.now(UTC) - self._state.snapshot.read_at).total_seconds()
        yield GaugeMetricFamily("denials_history_read_age_seconds", "Since the history in service was read", value=age)
        yield GaugeMetricFamily("denials_history_claims", "Claims in it", value=len(self._state.snapshot.claims))

    def _work_items(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("denials_up", "Whether a part answers", labels=["part"])
        items = GaugeMetricFamily("denials_work_items", "Work items by status", labels=["status"])
        try:
            for status, count in count_by_status(self._state.database).items():
                items.add_metric([status.value], count)
            up.add_metric(["database"], 1)
        except SQLAlchemyError:
            up.add_metric(["database"], 0)
        yield items
        yield up


def _drift(last: LastMonitor | None) -> Iterator[Metric]:
    if last is None:
        return
    yield GaugeMetricFamily("denials_monitor_timestamp_seconds", "When `denials monitor` ran last", value=last.ran_at.timestamp())
    families = {
        "score_psi": GaugeMetricFamily("denials_drift_score_psi", "Drift of the score since training", labels=["model"]),
        "observed_over_expected": GaugeMetricFamily("denials_observed_over_expected", "Live calibration", labels=["model"]),
        "retraining_pays": GaugeMetricFamily("denials_retraining_pays", "1 where retraining pays", labels=["model"]),
    }
    for figures in last.models:
        for name, family in families.items():
            value = getattr(figures, name)
            if value is not None:
                family.add_metric([figures.model], value)
    yield from families.values()
