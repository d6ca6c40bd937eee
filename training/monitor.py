"""Owns the look at a champion in service: has the input drifted, does it still say what happens, and would retraining pay?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from features.batch import day_date, day_number
from models.bundle import Json, ModelBundle
from models.maturity import learn_maturity
from models.spec import ModelSpec
from training.dataset import Dataset, read_dataset
from training.drift import LARGE, SCORE, Bins, Drift
from training.holdout import MODEL, cause_column, describe_answers
from training.learning_curve import points_of
from training.live import Calibration, LiveLoss, calibrate_groups, calibration_of, learning_gain, live_loss
from training.registry import ModelRegistry

SMALLEST_LIVE = 100  # matured rows, before anything is said of calibration
WORTHWHILE_GAIN = 0.01  # share of the live log-loss
LARGEST_UNSEEN = 0.05  # share of recent rows of a level that the model never learned from
SHOWN_FEATURES = 10


@dataclass(frozen=True, kw_only=True)
class MonitorReport:
    """What is known of a champion since its training. `live` parts are empty until 100 rows have matured."""

    name: str
    version: str
    trained_as_of: date
    seen_until: date
    recent_count: int  # rows sent since training
    score_drift: Drift | None
    feature_drift: Mapping[str, Drift]
    unseen: Mapping[str, Mapping[str, int]]  # kind -> level -> rows
    matured_count: int = 0
    overall: Calibration | None = None
    payers: tuple[Calibration, ...] = ()
    causes: tuple[Calibration, ...] = ()
    months: tuple[Calibration, ...] = ()
    loss: LiveLoss | None = None
    promised_log_loss: float | None = None
    promised_high: float | None = None
    data_gain: float | None = None  # expected of the rows that matured since, by the learning curve

    @property
    def reasons(self) -> tuple[str, ...]:
        """List why retraining pays; none means that it does not."""
        return tuple(_reasons(self))

    def to_json(self) -> dict[str, Json]:
        """Give everything as plain values."""
        drifted = sorted(self.feature_drift.items(), key=lambda item: -item[1].excess)
        return {
            "model": self.name,
            "version": self.version,
            "trained_as_of": self.trained_as_of.isoformat(),
            "seen_until": self.seen_until.isoformat(),
            "recent_count": self.recent_count,
            "matured_count": self.matured_count,
            "score_drift": None if self.score_drift is None else self.score_drift.to_json(),
            "feature_drift": {name: drift.to_json() for name, drift in drifted},
            "unseen": {kind: dict(levels) for kind, levels in self.unseen.items()},
            "calibration": {
                "overall": None if self.overall is None else self.overall.to_json(),
                "payers": [found.to_json() for found in self.payers],
                "causes": [found.to_json() for found in self.causes],
                "months": [found.to_json() for found in self.months],
            },
            "live_loss": None if self.loss is None else self.loss.to_json(),
            "promised_log_loss": self.promised_log_loss,
            "data_gain": self.data_gain,
            "retraining_pays": bool(self.reasons),
            "verdict": self.verdict(),
        }

    def verdict(self) -> str:
        """Say in one sentence whether retraining pays, and why."""
        if self.reasons:
            return "retraining pays: " + "; ".join(self.reasons)
        if self.overall is None:
            return f"too early to say: {self.matured_count} rows matured since training, expected at least {SMALLEST_LIVE}"
        return "retraining does not pay yet: the champion still says what happens, and its scores have not moved"


def monitor_model(
    name: str, *, home: Home, tracking_uri: str | None = None, as_of: date | None = None, spec: ModelSpec | None = None
) -> MonitorReport:
    """Look at a model's champion with what is known before `as_of` (`None` = all). Raises: RegistryError, TooLittleData."""
    registry = ModelRegistry(home, tracking_uri=tracking_uri)
    version = registry.get(name)
    bundle = ModelBundle.load(registry.bundle_dir(name))
    spec = spec or ModelSpec.load(name)
    # Claims that somebody acted on because of the score do not say whether the score was right.
    untouched = replace(spec, prevented=replace(spec.prevented, method="exclude"))
    hasher = PersonHasher(load_or_create_key(home.person_key))
    dataset = read_dataset(HistoryStore(home.history_uri), untouched, as_of=as_of, hasher=hasher)
    return replace(inspect(bundle, dataset, spec), version=version.version)


def inspect(bundle: ModelBundle, dataset: Dataset, spec: ModelSpec) -> MonitorReport:
    """Compare what came since a bundle's training with what the bundle keeps of it. Pure."""
    trained = date.fromisoformat(str(bundle.training["as_of"]))
    recent = np.flatnonzero(dataset.sent >= day_number(trained))
    answers = describe_answers(bundle, dataset, recent)
    probability = np.asarray(answers[MODEL], dtype=np.float64)
    score, features = _drift(bundle, dataset, recent, probability)
    report = MonitorReport(
        name=bundle.name,
        version="",
        trained_as_of=trained,
        seen_until=day_date(dataset.end),
        recent_count=len(recent),
        score_drift=score,
        feature_drift=features,
        unseen={
            "payers": _unseen(bundle, "payers", dataset.payer_id[recent]),
            "procedures" if bundle.subject == "claim" else "categories": _unseen(bundle, "groups", dataset.group[recent]),
        },
    )
    maturity = learn_maturity(
        payer_id=dataset.payer_id, sent=dataset.sent, known=dataset.known, end=dataset.end, rule=spec.maturity
    )
    ripe = dataset.sent[recent] + maturity.of(dataset.payer_id[recent]) <= dataset.end
    live = np.flatnonzero(ripe & (dataset.known[recent] < dataset.end))
    report = replace(report, matured_count=len(live))
    if len(live) < SMALLEST_LIVE:
        return report
    shares = {cause: np.asarray(answers[cause_column(cause)])[live] for cause in bundle.causes} if len(bundle.causes) > 1 else {}
    return _with_outcomes(report, bundle, dataset, recent[live], probability[live], shares)


def _with_outcomes(
    report: MonitorReport,
    bundle: ModelBundle,
    dataset: Dataset,
    rows: NDArray[np.int64],
    probability: NDArray[np.float64],
    shares: Mapping[str, NDArray[np.float64]],
) -> MonitorReport:
    label, payer = dataset.label[rows], dataset.payer_id[rows]
    months = np.array([day_date(int(day)).strftime("%Y-%m") for day in dataset.sent[rows]], dtype=object)
    test, interval = _mapping(bundle.metrics, "test"), _mapping(bundle.metrics, "interval")
    promised, ends = test.get("log_loss"), interval.get("log_loss")
    trained = bundle.training.get("row_count")
    return replace(
        report,
        overall=calibration_of("all", label, probability),
        payers=calibrate_groups(label, probability, payer),
        causes=tuple(
            calibration_of(cause, label & (dataset.cause[rows] == cause), share, tests=len(shares))
            for cause, share in shares.items()
        ),
        months=calibrate_groups(label, probability, months),
        loss=live_loss(label, probability, payer),
        promised_log_loss=promised if isinstance(promised, float) else None,
        promised_high=ends[1] if isinstance(ends, list | tuple) and isinstance(ends[1], float) else None,
        data_gain=learning_gain(points_of(bundle.metrics), trained=trained if isinstance(trained, int) else 0, more=len(rows)),
    )


def _drift(
    bundle: ModelBundle, dataset: Dataset, recent: NDArray[np.int64], probability: NDArray[np.float64]
) -> tuple[Drift | None, dict[str, Drift]]:
    """Measure PSI of score and features; nothing for a bundle of before references were kept, or without recent rows."""
    reference = _mapping(bundle.tables, "reference")
    count = reference.get("row_count")
    if not reference or not isinstance(count, int) or not len(recent):
        return None, {}
    values = dataset.matrix.values[recent]
    position = {name: at for at, name in enumerate(dataset.matrix.names)}
    features = {
        name: Bins.from_json(bins).drift(values[:, position[name]], reference_count=count)
        for name, bins in _mapping(reference, "features").items()
        if isinstance(bins, Mapping) and name in position
    }
    return Bins.from_json(_mapping(reference, SCORE)).drift(probability, reference_count=count), features


def _unseen(bundle: ModelBundle, kind: str, levels: NDArray[np.object_]) -> dict[str, int]:
    known = _mapping(bundle.tables, "reference").get(kind)
    if not isinstance(known, list | tuple):
        return {}
    names, counts = np.unique(levels.astype(str), return_counts=True)
    found = {str(name): int(count) for name, count in zip(names, counts, strict=True) if name not in set(known)}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _reasons(report: MonitorReport) -> list[str]:
    found = []
    overall, loss = report.overall, report.loss
    if overall is not None and overall.is_off:
        found.append(f"outcomes are {_ratio(overall)} of those expected")
    off = [payer for payer in report.payers if payer.is_off]
    if off:
        found.append("payers whose outcomes have left the expected: " + ", ".join(f"{x.name} {_ratio(x)}" for x in off))
    if loss is not None and loss.recalibration_gain >= WORTHWHILE_GAIN * loss.log_loss:
        found.append(f"the payers' present levels alone would save {loss.recalibration_gain / loss.log_loss:.1%} of the log-loss")
    if loss is not None and report.promised_high is not None and loss.low > report.promised_high:
        found.append(f"log-loss {loss.log_loss:.4f} [{loss.low:.4f}, {loss.high:.4f}], promised {report.promised_log_loss:.4f}")
    if loss is not None and report.data_gain is not None and report.data_gain >= WORTHWHILE_GAIN * loss.log_loss:
        gain = report.data_gain / loss.log_loss
        found.append(
            f"{report.matured_count} rows have matured since, worth about {gain:.1%} of the log-loss by the learning curve"
        )
    if report.score_drift is not None and report.score_drift.excess > LARGE:
        found.append(f"scores have moved (PSI {report.score_drift.psi:.2f})")
    for kind, levels in report.unseen.items():
        share = sum(levels.values()) / max(report.recent_count, 1)
        if share > LARGEST_UNSEEN:
            found.append(f"{share:.0%} of recent rows are of {kind} it never learned from")
    return found


def _ratio(found: Calibration) -> str:
    return f"{found.ratio:.2f} [{found.low:.2f}, {found.high:.2f}]"


def _mapping(found: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    inner = found.get(key)
    return inner if isinstance(inner, Mapping) else {}
