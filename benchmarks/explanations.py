"""Measure how often the named root cause is the planted one, and how stable it is, beside plainer ways of naming causes.

Run: `python -m benchmarks.explanations --keep DIR`, over the worlds and homes that `benchmarks.quality --keep DIR` left there.
Figures go to benchmarks/results/explanations.json by world. Simulated worlds only: nobody publishes the true cause of a denial.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import shap
from numpy.typing import NDArray

from claims.history.store import HistoryStore
from claims.home import Home
from claims.root_cause import root_causes
from features.registry import FEATURES
from models.bundle import Json, ModelBundle
from models.spec import ModelSpec
from training.dataset import Dataset, read_dataset
from training.holdout import score_holdout
from training.members import fit_members, plan_members
from training.pipeline import FittedModel, fit_model
from training.truth import Oracle, read_claim_oracle

RESULTS = Path(__file__).parent / "results" / "explanations.json"
CAUSES = tuple(root_causes())
MIXES = (0.1, 0.25, 0.5)  # weight of the contributions' shares beside the members', on the log scale
SMALLEST_SHARE = 1e-4
HIGH_RISK = (0.95, 0.9, 0.8)  # quantiles of the score above which a claim counts as high-risk
SMALLEST_PAYER = 30  # denied claims of a payer; fewer give no rate
PLAIN = "plain LightGBM, top feature"
BACKGROUND_ROWS = 100
SEED = 61

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]


def measure_world(home: Home, truth: Path) -> dict[str, Json]:
    """Measure one trained practice: hits by way of naming, by cause, by payer, confusion, stability."""
    store, spec = HistoryStore(home.history_uri), ModelSpec.load("denial_risk")
    dataset = read_dataset(store, spec, as_of=None)
    fitted = fit_model(dataset, spec)
    tested = fitted.split.tested
    table = score_holdout(fitted.measured, dataset, fitted=fitted.split.fitted, tested=tested).to_table()
    oracle = read_claim_oracle(table, store, truth)
    label = np.asarray(table["label"])[oracle.rows]
    denied = np.flatnonzero(label & (oracle.cause != ""))
    wanted = np.array([CAUSES.index(cause) for cause in oracle.cause[denied]])
    rows = tested[oracle.rows[denied]]
    ways = _ways(fitted, dataset, rows)
    ways["oracle"] = oracle.causes[denied]
    return {
        "claims": len(dataset),
        "denied_count": len(denied),
        "ways": {name: _hits(shares, wanted) for name, shares in ways.items()},
        "by_cause": _by_group(ways, wanted, np.array(CAUSES, dtype=object)[wanted]),
        "by_payer": _by_payer(ways, wanted, dataset.payer_id[rows]),
        "confusion": _confusion(ways["members"], wanted),
        "stability": _stability(fitted, dataset, spec, tested[oracle.rows], oracle),
    }


def _ways(fitted: FittedModel, dataset: Dataset, rows: Rows) -> dict[str, Numbers]:
    """Give shares by cause, shape (n, 17), for every way of naming them."""
    matrix = dataset.matrix.take(rows)
    explanation = fitted.measured.explain(matrix)
    members = _in_order(explanation.by_cause, fitted.measured.causes)
    summed = _by_feature_cause(explanation.contributions, explanation.names, np.add)
    ways = {"members": members, "contributions of all members": summed}
    for weight in MIXES:
        ways[f"members and contributions, {weight}"] = _mix(members, summed, weight)
    names = dataset.matrix.names
    booster = _plain_model(dataset, fitted.split.fitted)
    conditional = np.asarray(booster.predict(matrix.values, pred_contrib=True))[:, :-1]
    ways[PLAIN] = _by_feature_cause(conditional, names, np.maximum)
    ways["plain LightGBM, contributions summed by cause"] = _by_feature_cause(conditional, names, np.add)
    background = dataset.matrix.values[fitted.split.fitted[:: max(1, len(fitted.split.fitted) // BACKGROUND_ROWS)]]
    explainer = shap.TreeExplainer(booster, data=background, feature_perturbation="interventional")
    interventional = np.asarray(explainer.shap_values(matrix.values, check_additivity=False))
    ways["plain LightGBM, interventional, summed by cause"] = _by_feature_cause(interventional, names, np.add)
    return ways


def _in_order(by_cause: Numbers, causes: tuple[str, ...]) -> Numbers:
    shares = np.zeros((len(by_cause), len(CAUSES)))
    for at, cause in enumerate(causes):
        shares[:, CAUSES.index(cause)] = by_cause[:, at]
    return shares


def _by_feature_cause(contributions: Numbers, names: tuple[str, ...], join: np.ufunc) -> Numbers:
    """Gather what raises the risk by the cause that each feature speaks for; neutral features speak for none."""
    shares = np.zeros((len(contributions), len(CAUSES)))
    for at, name in enumerate(names):
        cause = FEATURES[name].root_cause
        if cause is not None:
            place = CAUSES.index(cause)
            shares[:, place] = join(shares[:, place], np.maximum(contributions[:, at], 0.0))
    return shares


def _mix(members: Numbers, contributions: Numbers, weight: float) -> Numbers:
    first, second = (each / np.maximum(each.sum(axis=1, keepdims=True), 1e-12) for each in (members, contributions))
    mixed: Numbers = np.exp(
        (1 - weight) * np.log(np.maximum(first, SMALLEST_SHARE)) + weight * np.log(np.maximum(second, SMALLEST_SHARE))
    )
    return mixed


def _plain_model(dataset: Dataset, fitted: Rows) -> lgb.Booster:
    """Fit LightGBM with its defaults to "denied" on the same columns; what most projects explain."""
    learnt = lgb.Dataset(dataset.matrix.values[fitted], dataset.label[fitted].astype(np.float64))
    return lgb.train({"objective": "binary", "verbosity": -1, "seed": SEED, "deterministic": True}, learnt)


def _hits(shares: Numbers, wanted: Rows) -> dict[str, Json]:
    order = np.argsort(-shares, axis=1, kind="stable")
    place = (order == wanted[:, None]).argmax(axis=1)
    named = np.take_along_axis(shares, wanted[:, None], axis=1)[:, 0] > 0
    return {f"hit_at_{most}": round(float(((place < most) & named).mean()), 4) for most in (1, 3)}


def _by_group(ways: Mapping[str, Numbers], wanted: Rows, group: NDArray[np.object_]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name in sorted(set(group.tolist())):
        own = group == name
        found[name] = {
            "denied_count": int(own.sum()),
            **{way: _hits(ways[way][own], wanted[own]) for way in ("members", PLAIN, "oracle")},
        }
    return found


def _by_payer(ways: Mapping[str, Numbers], wanted: Rows, payer: NDArray[np.object_]) -> dict[str, Json]:
    """Number the payers by their denied claims: ids of simulated payers say nothing."""
    ids, counts = np.unique(payer.astype(str), return_counts=True)
    names = {key: f"payer {place + 1} by size" for place, key in enumerate(ids[np.argsort(-counts, kind="stable")])}
    shown = {key: names[key] for key, count in zip(ids, counts, strict=True) if count >= SMALLEST_PAYER}
    group = np.array([shown.get(key, "smaller payers") for key in payer.astype(str)], dtype=object)
    return _by_group(ways, wanted, group)


def _confusion(shares: Numbers, wanted: Rows) -> dict[str, Json]:
    """Count, for each planted cause, which cause was named first."""
    first = shares.argmax(axis=1)
    found: dict[str, Json] = {}
    for at, cause in enumerate(CAUSES):
        named = np.bincount(first[wanted == at], minlength=len(CAUSES))
        if named.any():
            found[cause] = {CAUSES[place]: int(named[place]) for place in np.argsort(-named, kind="stable") if named[place]}
    return found


def _stability(fitted: FittedModel, dataset: Dataset, spec: ModelSpec, rows: Rows, oracle: Oracle) -> dict[str, Json]:
    """Fit twice on bootstrap samples of the rows; give how often both name the same first cause, on the riskiest claims.

    Beside it, how sure the first cause is: the mean share that the true posterior gives its own first cause on these claims.
    """
    random = np.random.default_rng(SEED)
    learnt = fitted.split.fitted
    firsts = []
    for _ in range(2):
        sample = np.sort(random.choice(learnt, size=len(learnt)))
        bundle = _refit(fitted, dataset, spec, sample)
        firsts.append(_in_order(bundle.predict_causes(dataset.matrix.take(rows)), bundle.causes).argmax(axis=1))
    score = fitted.measured.predict_probability(dataset.matrix.take(rows))
    found: dict[str, Json] = {}
    for quantile in HIGH_RISK:
        risky = score >= np.quantile(score, quantile)
        posterior = oracle.causes[risky] / oracle.causes[risky].sum(axis=1, keepdims=True)
        found[f"riskiest {1 - quantile:.0%}"] = {
            "claims": int(risky.sum()),
            "lowest_probability": round(float(score[risky].min()), 4),
            "same_first_cause": round(float((firsts[0] == firsts[1])[risky].mean()), 4),
            "oracle_first_share": round(float(posterior.max(axis=1).mean()), 4),
        }
    return found


def _refit(fitted: FittedModel, dataset: Dataset, spec: ModelSpec, rows: Rows) -> ModelBundle:
    rounds = {member.cause: member.round_count for member in fitted.measured.members}
    usual = int(np.median(list(rounds.values())))
    plans = plan_members(dataset, rows, spec)
    members = fit_members(dataset, rows, plans, spec, rounds={plan.cause: rounds.get(plan.cause, usual) for plan in plans})
    return replace(fitted.measured, members=members)


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
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
