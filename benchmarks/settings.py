"""Measure the denial model where it has it hard: a cold start, a payer never seen, after a policy change, less data, chance.

Run: `python -m benchmarks.settings --keep DIR`, over the worlds and homes that `benchmarks.quality --keep DIR` left there.
Figures go to benchmarks/results/settings.json by world. Simulated worlds only.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from claims.adjudication import adjudicate
from claims.history.store import HistoryStore
from claims.home import Home
from features.batch import ClaimBatch
from features.history import History
from features.matrix import FeatureMatrix
from models.bundle import Json, ModelBundle
from models.maturity import UNKNOWN
from models.member import Member
from models.spec import ModelSpec
from training.dataset import Dataset, read_dataset
from training.holdout import score_holdout
from training.members import fit_members, plan_members
from training.metrics import log_loss, measure
from training.newcomers import as_new_payer, history_of_records
from training.pipeline import FittedModel, fit_model
from training.truth import Oracle, read_claim_oracle

RESULTS = Path(__file__).parent / "results" / "settings.json"
COLD_ROWS = 2000
ANSWERED = 0.95
WINDOW_DAYS = 28
SHARES = (0.1, 0.25, 0.5, 1.0)
SMALLEST_GROUP = 200
CEILING = {
    "objective": "cross_entropy",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "feature_fraction": 0.3,
    "verbosity": -1,
    "seed": 3,
}
CEILING_ROUNDS = 1500
SHOWN = ("auc", "log_loss", "ece", "base_rate", "mean_probability")

Rows = NDArray[np.int64]


def measure_world(home: Home, truth: Path) -> dict[str, Json]:
    """Measure every setting on one trained practice."""
    store, spec = HistoryStore(home.history_uri), ModelSpec.load("denial_risk")
    dataset = read_dataset(store, spec, as_of=None)
    fitted = fit_model(dataset, spec)
    tested = fitted.split.tested
    table = score_holdout(fitted.measured, dataset, fitted=fitted.split.fitted, tested=tested).to_table()
    oracle = read_claim_oracle(table, store, truth)
    return {
        "newest_fifth": _figures(table, oracle, np.arange(len(oracle.rows))),
        "cold_start": cold_start(dataset, spec, store, truth),
        "payer_never_seen": payer_never_seen(dataset, spec, fitted, store, table, oracle),
        "after_policy_change": after_policy_change(table, oracle, truth),
        "learning_curve": learning_curve(dataset, spec, fitted, oracle),
        "fitted_on_true_probabilities": true_probabilities(dataset, fitted, store, truth, oracle),
    }


def cold_start(dataset: Dataset, spec: ModelSpec, store: HistoryStore, truth: Path) -> dict[str, Json]:
    """Train on the first 2,000 submissions once nineteen of twenty are answered; measure on the 2,000 sent from that day on."""
    first = np.arange(COLD_ROWS)
    answered = dataset.known[first][dataset.is_known[first]]
    end = int(np.quantile(answered, ANSWERED, method="higher")) + 1
    later = np.flatnonzero(dataset.sent >= end)[:COLD_ROWS]
    early = dataset.take(first)
    known = np.where(early.known < end, early.known, UNKNOWN)
    young = fit_model(replace(early, known=known, label=early.label & (known != UNKNOWN), end=end), spec).bundle
    later = later[dataset.is_known[later]]
    table = score_holdout(young, dataset, fitted=first[dataset.is_known[first]], tested=later).to_table()
    oracle = read_claim_oracle(table, store, truth)
    return _figures(table, oracle, np.arange(len(oracle.rows)))


def payer_never_seen(
    dataset: Dataset, spec: ModelSpec, fitted: FittedModel, store: HistoryStore, table: pa.Table, oracle: Oracle
) -> dict[str, Json]:
    """For the largest payers: fit without the payer's claims, and score its test claims as if it were new.

    "never_seen": nothing is known of it; "never_billed": its eligibility checks, authorizations and enrollments are.
    """
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    history = History.from_parts(store, adjudication=adjudicate(store), batch=batch, before=None)
    views = {"never_seen": history, "never_billed": history_of_records(history, store, before=None)}
    place = {key: row for row, key in enumerate(batch.submission_ids)}
    tested = fitted.split.tested
    found: dict[str, Json] = {}
    payers, counts = np.unique(dataset.payer_id[tested].astype(str), return_counts=True)
    for payer in payers[np.argsort(-counts)][:3]:
        others = fitted.split.fitted[dataset.payer_id[fitted.split.fitted] != payer]
        blind = replace(fitted.measured, members=_refit(dataset, others, spec, fitted))
        rows = np.flatnonzero(np.asarray(table["payer_id"].to_pylist(), dtype=object)[oracle.rows] == payer)
        ids = np.asarray(table["id"].to_pylist(), dtype=object)[oracle.rows[rows]]
        taken = batch.take(np.array([place[key] for key in ids], dtype=np.int64))
        seen = {name: as_new_payer(taken, view, dataset.matrix.names) for name, view in views.items()}
        never = {name: _blind_figures(blind, matrix, table, oracle, rows) for name, matrix in seen.items()}
        found[f"payer {len(found) + 1} by size"] = {**_figures(table, oracle, rows), **never}
    return found


def after_policy_change(table: pa.Table, oracle: Oracle, truth: Path) -> dict[str, Json]:
    """Compare claims denied by or open to a policy younger than four weeks at their payer with all other claims."""
    policies = pd.read_csv(truth / "policies.csv", dtype={"payer": str})
    changed = [(payer, np.datetime64(day, "D")) for payer, day in zip(policies["payer"], policies["effective_on"], strict=True)]
    sent = np.asarray(table["sent_on"]).astype("datetime64[D]")[oracle.rows]
    payer = np.asarray(table["payer_id"].to_pylist(), dtype=object)[oracle.rows]
    fresh = np.zeros(len(sent), dtype=bool)
    for own, day in changed:
        fresh |= (payer == own) & (sent >= day) & (sent < day + WINDOW_DAYS)
    found: dict[str, Json] = {}
    for name, chosen in (("within_four_weeks", fresh), ("other", ~fresh)):
        rows = np.flatnonzero(chosen)
        if len(rows) >= SMALLEST_GROUP:
            found[name] = _figures(table, oracle, rows)
    return found


def learning_curve(dataset: Dataset, spec: ModelSpec, fitted: FittedModel, oracle: Oracle) -> dict[str, Json]:
    """Fit on the newest tenth, quarter, half and all of the rows, with the rounds of the whole; measure on the same test."""
    found: dict[str, Json] = {}
    rows = fitted.split.fitted
    for share in SHARES:
        part = rows[len(rows) - int(len(rows) * share) :]
        bundle = replace(fitted.measured, members=_refit(dataset, part, spec, fitted))
        scored = score_holdout(bundle, dataset, fitted=part, tested=fitted.split.tested).to_table()
        found[str(len(part))] = _figures(scored, oracle, np.arange(len(oracle.rows)))
    return found


def true_probabilities(
    dataset: Dataset, fitted: FittedModel, store: HistoryStore, truth: Path, oracle: Oracle
) -> dict[str, Json]:
    """Fit one LightGBM to the true probabilities of the fitted rows: what these columns would give if outcomes held no chance.

    What it leaves is not in the columns, or not in so few rows; what lies between it and the model is lost to chance in outcomes.
    """
    rows = fitted.split.fitted
    known = read_claim_oracle(pa.table({"id": pa.array(dataset.matrix.ids[rows], pa.string())}), store, truth)
    learnt = lgb.Dataset(dataset.matrix.values[rows[known.rows]], known.probability)
    booster = lgb.train(CEILING, learnt, num_boost_round=CEILING_ROUNDS)
    tested = fitted.split.tested[oracle.rows]
    label, probability = dataset.label[tested], np.asarray(booster.predict(dataset.matrix.values[tested]))
    return {
        "row_count": len(tested),
        "model": _rounded(measure(label, probability)),
        "oracle": _rounded(measure(label, oracle.probability)),
        "gap_closed": _closed(label, probability, oracle.probability),
    }


def _refit(dataset: Dataset, rows: Rows, spec: ModelSpec, fitted: FittedModel) -> tuple[Member, ...]:
    rounds = {member.cause: member.round_count for member in fitted.measured.members}
    plans = plan_members(dataset, rows, spec)
    usual = int(np.median(list(rounds.values())))
    return fit_members(dataset, rows, plans, spec, rounds={plan.cause: rounds.get(plan.cause, usual) for plan in plans})


def _blind_figures(bundle: ModelBundle, matrix: FeatureMatrix, table: pa.Table, oracle: Oracle, rows: Rows) -> dict[str, Json]:
    label = np.asarray(table["label"])[oracle.rows[rows]]
    probability = bundle.predict_probability(matrix)
    return {**_rounded(measure(label, probability)), "gap_closed": _closed(label, probability, oracle.probability[rows])}


def _figures(table: pa.Table, oracle: Oracle, rows: Rows) -> dict[str, Json]:
    label = np.asarray(table["label"])[oracle.rows[rows]]
    probability = np.asarray(table["probability"])[oracle.rows[rows]]
    return {
        "row_count": len(rows),
        "model": _rounded(measure(label, probability)),
        "oracle": _rounded(measure(label, oracle.probability[rows])),
        "gap_closed": _closed(label, probability, oracle.probability[rows]),
    }


def _closed(label: NDArray[np.bool_], model: NDArray[np.float64], oracle: NDArray[np.float64]) -> float:
    constant = log_loss(label, np.full(len(label), label.mean()))
    return round((constant - log_loss(label, model)) / (constant - log_loss(label, oracle)), 4)


def _rounded(figures: dict[str, float]) -> dict[str, Json]:
    return {name: round(figures[name], 4) for name in SHOWN if name in figures}


def main() -> int:
    """Measure every kept world and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, required=True, help="folder with world-<seed> and home-<seed>")
    chosen = parser.parse_args()
    found: dict[str, Json] = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for home in sorted(chosen.keep.glob("home-*")):
        seed = home.name.removeprefix("home-")
        found[f"seed {seed}"] = measure_world(Home(home), chosen.keep / f"world-{seed}" / "truth")
        print(f"seed {seed}: {json.dumps(found[f'seed {seed}'], indent=1)}", flush=True)
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
