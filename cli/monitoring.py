"""Owns `denials monitor`: which champions are looked at, and how a report reads on a terminal."""

import json
from collections.abc import Sequence
from datetime import date, datetime

from claims.adjudication import adjudicate
from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from claims.score_log.followed import read_followed
from claims.score_log.log import ScoreLog
from claims.score_log.tally import AdviceTally, tally
from cli import output
from cli.training import model_names
from models.feature_set import feature_title
from serving.errors import NoModel
from serving.settings import Settings
from training.errors import TooLittleData
from training.live import Calibration
from training.monitor import SHOWN_FEATURES, MonitorReport, monitor_model
from training.registry import ModelRegistry


def monitor_models(model: str, *, settings: Settings, as_of: date | None) -> list[MonitorReport]:
    """Look at every champion that there is. Raises: NoModel, when there is none of those asked for."""
    registry = ModelRegistry(settings.home)
    names = [name for name in model_names(model) if registry.find(name) is not None]
    if not names:
        raise NoModel(model_names(model)[0])
    reports = []
    for name in names:
        with output.status(f"monitoring {name}"):
            try:
                reports.append(monitor_model(name, home=settings.home, as_of=as_of))
            except TooLittleData as error:
                output.warn(f"{name}: {error}")
    return reports


def keep_reports(reports: Sequence[MonitorReport], home: Home, *, now: datetime) -> None:
    """Keep what was found in the home, where the service's metrics take it from."""
    home.logs.mkdir(parents=True, exist_ok=True)
    draft = home.last_monitor.with_suffix(".draft")
    draft.write_text(
        json.dumps({"ran_at": now.isoformat(), "reports": [report.to_json() for report in reports]}), encoding="utf-8"
    )
    draft.replace(home.last_monitor)


def show_report(report: MonitorReport) -> None:
    """Print a report: the verdict, calibration, and what drifted most."""
    facts: dict[str, object] = {
        "model": f"{report.name} {report.version}",
        "trained_as_of": report.trained_as_of,
        "rows_since": report.recent_count,
        "of_them_matured": report.matured_count,
    }
    if report.score_drift is not None:
        facts["score_drift"] = f"PSI {report.score_drift.psi:.3f}, {report.score_drift.band}"
    if report.overall is not None:
        facts["observed_over_expected"] = _ratio(report.overall)
    if report.loss is not None:
        promised = "" if report.promised_log_loss is None else f", promised {report.promised_log_loss:.4f}"
        facts["log_loss"] = f"{report.loss.log_loss:.4f} [{report.loss.low:.4f}, {report.loss.high:.4f}]{promised}"
    for kind, levels in report.unseen.items():
        facts[f"unseen_{kind}"] = f"{len(levels)} on {sum(levels.values())} rows"
    output.summary({**facts, "verdict": report.verdict()}, json=False)
    if report.payers:
        rows = [(each.name, each.row_count, each.observed, round(each.expected, 1), _ratio(each)) for each in report.payers]
        columns = ("payer", "rows", "observed", "expected", "observed / expected")
        output.table(f"{report.name}: calibration by payer", columns, rows, json=False)
    drifted = sorted(report.feature_drift.items(), key=lambda item: -item[1].excess)[:SHOWN_FEATURES]
    if drifted:
        shown = [(feature_title(name), f"{drift.psi:.3f}", drift.band) for name, drift in drifted]
        output.table(f"{report.name}: features that moved most", ("feature", "PSI", "band"), shown, json=False)


def read_advice(settings: Settings, *, as_of: date | None) -> list[AdviceTally]:
    """Count what became of advice, as known before a day; empty where no score was logged."""
    log, store = ScoreLog(settings.home.history_uri), HistoryStore(settings.home.history_uri)
    if not log.scores(before=as_of, columns=["score_id"]).num_rows:
        return []
    hasher = PersonHasher(load_or_create_key(settings.home.person_key))
    with output.status("reading the score log"):
        followed = read_followed(store, log, adjudicate(store, before=as_of), hasher=hasher, before=as_of)
    return tally(followed.to_pylist())


def show_advice(found: Sequence[AdviceTally]) -> None:
    """Print how often advice was followed and what came of it."""
    if found:
        columns = ("advice", "what became of it", "scores", "answered", "denied", "denied by the scores")
        rows = [(one.advice, one.course, one.scored, one.answered, one.denied, round(one.expected, 1)) for one in found]
        output.table("advice given", columns, rows, json=False)


def _ratio(found: Calibration) -> str:
    return f"{found.ratio:.2f} [{found.low:.2f}, {found.high:.2f}]{' off' if found.is_off else ''}"
