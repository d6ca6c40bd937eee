"""Owns the making of a model, start to finish: history in, a registered bundle out.

dataset -> maturity -> time split -> rolling folds (rounds, calibration) -> fit -> measure on the held-out rows
        -> fit once more on all mature rows -> bundle -> MLflow run -> registry -> gate.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import pandas as pd
from mlflow import MlflowClient
from numpy.typing import NDArray

from claims.draw_log import DRAW_LOG, read_draws
from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from features.batch import day_date
from models.appeal_choice import APPEAL_CHOICE
from models.bundle import Json, ModelBundle
from models.calibration import Calibration
from models.card import write_card
from models.costs import Costs
from models.errors import SpecError
from models.maturity import learn_maturity
from models.spec import ModelSpec, history_specs
from models.usual import TABLE as USUAL
from models.usual import learn_usual
from training.appeal_choice import learn_choice
from training.appeal_tables import learn_appeal_tables
from training.calibrate import fit_calibration, fit_center
from training.confidence import learn_confidence
from training.dataset import Dataset, read_dataset
from training.drift import describe_reference
from training.explored import measure_explored
from training.fairness import measure_fairness
from training.gate import Verdict, judge, refuse_no_better_than_base_rate
from training.holdout import Holdout, choose_thresholds, score_holdout
from training.leakage import refuse_leaks
from training.learning_curve import learning_curve
from training.measurement import measure_holdout
from training.members import FoldScores, choose_rounds, fit_members, plan_members
from training.plots import draw_all
from training.provenance import hash_rows, library_versions, peak_memory_bytes, spec_text
from training.registry import ModelRegistry
from training.split import TimeSplit, split_by_time
from training.table import read_target, table_dataset, used_rule
from training.tracking import experiment_id, open_client, quiet, record_run, write_bundle_files
from training.tuning import tune

EXPLAINED_ROWS = 800  # of the held-out rows, for the plots

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """What a training run left behind. `version` is the registry's number; `metrics` as in the bundle."""

    name: str
    run_id: str
    version: str
    bundle_version: str
    metrics: dict[str, Json]
    bundle_dir: Path
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class FittedModel:
    """A bundle ready to ship, with the evidence it was measured on."""

    bundle: ModelBundle
    holdout: Holdout
    split: TimeSplit
    measured: ModelBundle  # fitted only on what was known before the test part


def train_model(
    name: str,
    *,
    home: Home,
    tracking_uri: str | None = None,
    as_of: date | None = None,
    spec: ModelSpec | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    trials: int = 0,
    costs: Costs | None = None,
) -> TrainingResult:
    """Train a model on a home's history as known before `as_of` (`None` = all), record it in MLflow, register and gate it.

    With `trials`, the spec's parameters are first searched on the rolling folds (`training.tuning`). Error rates are those of
    the advice that `costs` lead to (`None` = the defaults); the model does not depend on them.

    Raises: TooLittleData, when the history cannot carry it; SpecError for an unknown name.
    """
    started = perf_counter()
    say = progress or (lambda _: None)
    spec = spec or ModelSpec.load(name)
    say("reading the history")
    hasher = PersonHasher(load_or_create_key(home.person_key))
    dataset = read_dataset(HistoryStore(home.history_uri), spec, as_of=as_of, hasher=hasher)
    if spec.subject == "denial":
        dataset = replace(dataset, drawn=read_draws(home.logs / DRAW_LOG))
    if trials:
        spec = tune(dataset, spec, trials=trials, progress=say).spec
    return train_on(dataset, spec, home=home, tracking_uri=tracking_uri, now=now, progress=say, started=started, costs=costs)


def train_on_table(
    table: pd.DataFrame,
    spec: ModelSpec,
    *,
    home: Home,
    tracking_uri: str | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    trials: int = 0,
) -> TrainingResult:
    """Train a model on a flat table by its spec, record it in MLflow, register and gate it.

    Raises: TableError, TooLittleData; LeakFound before anything is fitted; NotWorthRegistering once the run is recorded.
    """
    if spec.subject != "table" or spec.name in history_specs():
        raise SpecError(f"{spec.name}: expected a spec with subject table and a name of its own")
    refuse_leaks(table, used_rule(spec.table), *read_target(table, spec.table))
    hasher = PersonHasher(load_or_create_key(home.person_key))
    dataset = table_dataset(table, spec, hasher=hasher)
    if trials:
        spec = tune(dataset, spec, trials=trials, progress=progress).spec
    return train_on(dataset, spec, home=home, tracking_uri=tracking_uri, now=now, progress=progress)


def train_on(
    dataset: Dataset,
    spec: ModelSpec,
    *,
    home: Home,
    tracking_uri: str | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    started: float | None = None,
    costs: Costs | None = None,
) -> TrainingResult:
    """Fit, record, register and gate a model on rows that are read; its duration counts from `started` (`perf_counter`)."""
    started = perf_counter() if started is None else started
    say = progress or (lambda _: None)
    fitted = fit_model(dataset, spec, progress=say, costs=costs)
    say("recording the run")
    client = open_client(home, tracking_uri)
    experiment = experiment_id(client, spec.name, home=home, tracking_uri=tracking_uri)
    run_id = _record(client, experiment, fitted, dataset, spec, started=started)
    registry = ModelRegistry(home, tracking_uri=tracking_uri, client=client)
    if spec.subject == "table":
        refuse_no_better_than_base_rate(fitted.holdout, run_id=run_id)
    say("registering")
    return _register(registry, run_id, fitted, dataset, now=now or datetime.now(UTC))


def fit_model(dataset: Dataset, spec: ModelSpec, *, progress: Progress | None = None, costs: Costs | None = None) -> FittedModel:
    """Fit, calibrate and measure a model, then fit the members that ship. Pure: no clock, no file."""
    say = progress or (lambda _: None)
    maturity = learn_maturity(
        payer_id=dataset.payer_id, sent=dataset.sent, known=dataset.known, end=dataset.end, rule=spec.maturity
    )
    split = split_by_time(dataset, maturity, spec.split)
    say("choosing rounds on rolling folds")
    plans = plan_members(dataset, split.fitted, spec)
    rounds, scores = choose_rounds(dataset, split.folds, plans, spec)
    say("fitting")
    center = fit_center(scores.hazard, dataset.label[scores.rows], spec.calibration, sent=dataset.sent[scores.rows])
    measured = ModelBundle(
        name=spec.name,
        title=spec.title,
        subject=spec.subject,
        features=dataset.features,
        encoder=dataset.encoder,
        members=fit_members(dataset, split.fitted, plans, spec, rounds=rounds),
        calibration=fit_calibration(scores.hazard, dataset.label[scores.rows], spec.calibration, sent=dataset.sent[scores.rows]),
        data_version=dataset.data_version,
    )
    measured = _with_confidence(measured, dataset, split.fitted, spec, center=center)
    say("measuring on held-out rows")
    holdout = score_holdout(measured, dataset, fitted=split.fitted, tested=split.tested)
    curve = learning_curve(
        measured, dataset, holdout, fitted=split.fitted, tested=split.tested, rounds=rounds, spec=spec, center=center
    )
    say("fitting on all mature rows")
    shipped = _ship(measured, dataset, split, scores, spec, rounds=rounds)
    paid = split.everything[~dataset.label[split.everything]]
    groups = None if dataset.groups is None else dataset.groups.take(split.tested)
    described = replace(
        shipped,
        metrics={
            **measure_holdout(holdout),
            "learning_curve": curve,
            "explored": measure_explored(holdout, dataset.drawn),
            "fairness": measure_fairness(holdout, groups, subject=spec.subject, costs=costs or Costs()),
        },
        thresholds=choose_thresholds(holdout),
        training=_facts(dataset, split, maturity_days=maturity.overall_days),
        tables={
            **(learn_appeal_tables(dataset.appeal_facts) if dataset.appeal_facts is not None else {}),
            **_choice_table(dataset, spec),
            USUAL: learn_usual(dataset.matrix.values[paid], dataset.matrix.names),
            "reference": describe_reference(
                dataset, measured=split.tested, probability=holdout.probability, learned=split.everything
            ),
        },
    )
    return FittedModel(
        bundle=replace(described, card=write_card(described, spec)), holdout=holdout, split=split, measured=measured
    )


def _ship(
    measured: ModelBundle, dataset: Dataset, split: TimeSplit, scores: FoldScores, spec: ModelSpec, *, rounds: dict[str, int]
) -> ModelBundle:
    """Repeat the procedure with the test part included: members on all mature rows, the map on all out-of-time scores."""
    plans = plan_members(dataset, split.everything, spec)
    usual = int(np.median(list(rounds.values())))
    members = fit_members(
        dataset, split.everything, plans, spec, rounds={plan.cause: rounds.get(plan.cause, usual) for plan in plans}
    )
    hazard = np.concatenate([scores.hazard, measured.raw_hazard(dataset.matrix.take(split.tested))])
    rows = np.concatenate([scores.rows, split.tested])
    calibration = fit_calibration(hazard, dataset.label[rows], spec.calibration, sent=dataset.sent[rows])
    center = fit_center(hazard, dataset.label[rows], spec.calibration, sent=dataset.sent[rows])
    shipped = replace(measured, members=members, calibration=calibration)
    return _with_confidence(shipped, dataset, split.everything, spec, center=center)


def _with_confidence(
    bundle: ModelBundle, dataset: Dataset, rows: NDArray[np.int64], spec: ModelSpec, *, center: Calibration
) -> ModelBundle:
    found = learn_confidence(
        spec.confidence,
        shown=bundle.calibration,
        center=center,
        positive_count=int(dataset.label[rows].sum()),
        names=bundle.feature_names,
    )
    return replace(bundle, confidence=found)


def _choice_table(dataset: Dataset, spec: ModelSpec) -> dict[str, Json]:
    choice = None if dataset.choices is None else learn_choice(dataset.choices, gamma=spec.confidence.hidden_factor)
    return {} if choice is None else {APPEAL_CHOICE: choice.to_json()}


def _facts(dataset: Dataset, split: TimeSplit, *, maturity_days: int) -> dict[str, Json]:
    def day(number: int) -> str:
        return day_date(number).isoformat()

    return {
        "as_of": day(split.end),
        "first_row": day(int(dataset.sent[split.everything].min())),
        "last_row": day(int(dataset.sent[split.everything].max())),
        "row_count": len(split.everything),
        "positive_count": int(dataset.label[split.everything].sum()),
        "measured_fit_row_count": len(split.fitted),
        "fold_starts": ", ".join(day(fold.start) for fold in split.folds),
        "fold_row_count": sum(len(fold.scored) for fold in split.folds),
        "test_start": day(split.test_start),
        "test_end": day(int(dataset.sent[split.tested].max())),
        "test_row_count": len(split.tested),
        "test_positive_count": int(dataset.label[split.tested].sum()),
        "maturity_days": maturity_days,
        "immature_count": split.immature_count,
        "unanswered_count": split.unanswered_count,
        **dataset.prevented,
        **{f"left_out_{reason.replace(' ', '_').replace(',', '')}": count for reason, count in dataset.left_out.items()},
    }


def _record(
    client: MlflowClient, experiment: str, fitted: FittedModel, dataset: Dataset, spec: ModelSpec, *, started: float
) -> str:
    bundle, split = fitted.bundle, fitted.split
    parameters: dict[str, object] = {
        **{f"training/{key}": value for key, value in bundle.training.items()},
        **{f"lightgbm/{key}": value for key, value in spec.lightgbm.items()},
        **{
            f"{section}/{key}": value
            for section in (
                "causes",
                "rounds",
                "linear",
                "recency",
                "newcomers",
                "prevented",
                "confidence",
                "split",
                "maturity",
                "features",
            )
            for key, value in asdict(getattr(spec, section)).items()
        },
        "data_version": bundle.data_version,
        "data_hash": hash_rows(dataset, split.everything),
        **{f"library/{name}": number for name, number in library_versions().items()},
        "feature_fingerprint": bundle.features.fingerprint,
        "feature_count": len(bundle.feature_names),
        "calibration": bundle.calibration.method,
    }
    with quiet():
        run_id = str(client.create_run(experiment, run_name=f"{bundle.name} {bundle.training['as_of']}").info.run_id)
    with TemporaryDirectory() as scratch:
        files = Path(scratch)
        shown = dataset.matrix.take(split.tested[:: max(1, len(split.tested) // EXPLAINED_ROWS)])
        curve = [point for point in bundle.metrics["learning_curve"] if isinstance(point, Mapping)]  # type: ignore[union-attr]
        draw_all(fitted.holdout, fitted.measured.explain(shown), shown.values, files / "plots", curve=curve)
        (files / "spec.toml").write_text(spec_text(spec), encoding="utf-8")
        write_bundle_files(bundle, files)
        record_run(client, run_id, bundle=bundle, parameters=parameters, holdout=fitted.holdout, files=files)
    client.log_metric(run_id, "duration_seconds", perf_counter() - started)
    peak = peak_memory_bytes()
    if peak is not None:
        client.log_metric(run_id, "peak_memory_bytes", peak)
    client.set_terminated(run_id)
    return run_id


def _register(registry: ModelRegistry, run_id: str, fitted: FittedModel, dataset: Dataset, *, now: datetime) -> TrainingResult:
    bundle = fitted.bundle
    verdict = judge(registry, bundle.name, challenger=fitted.holdout.to_table(), dataset=dataset)
    added = registry.add(
        bundle.name,
        run_id=run_id,
        tags={
            "bundle_version": bundle.version,
            "data_version": bundle.data_version,
            "feature_fingerprint": bundle.features.fingerprint,
            "as_of": str(bundle.training["as_of"]),
            **verdict.tags(),
        },
    )
    registry.set_challenger(bundle.name, added.version)
    if verdict.promotes:
        registry.promote(bundle.name, added.version, now=now)
    return TrainingResult(
        name=bundle.name,
        run_id=run_id,
        version=added.version,
        bundle_version=bundle.version,
        metrics=dict(bundle.metrics),
        bundle_dir=registry.bundle_dir(bundle.name, added.version),
        verdict=verdict,
    )
