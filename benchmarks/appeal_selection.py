"""Measure what it does that only chosen denials are appealed: on simulated worlds, where the chance of every denial is known.

Run: `python -m benchmarks.appeal_selection [--claims N] [--seeds 31 32 33] [--keep DIR]`. Per world the appeal model learns from
what was decided by 2025-01-01 and is judged on the denials from then on, those appealed later and those never, each on the day
of its appeal, else 20 days after the denial: against the true chance, not against an outcome. Figures go to
benchmarks/results/appeal_selection.json. Draws by lot are made up with a known probability, their outcomes drawn from the truth.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from claims.history.appeals import known_appeals
from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from features.batch import day_number, days, numbers, texts
from features.denial_batch import DenialBatch, build_denial_matrix
from features.matrix import FeatureMatrix
from models.appeal_choice import widen
from models.bundle import Json, ModelBundle
from models.linear import LinearPart
from models.spec import LinearRule, ModelSpec
from serving.state import Snapshot
from simulator.run import simulate
from training.appeal_choice import Choices, choice_weights, first_filings, fit_choice, read_choices
from training.dataset import Dataset, read_dataset
from training.linear import fit_linear
from training.pipeline import fit_model

RESULTS = Path(__file__).parent / "results" / "appeal_selection.json"
START, FIRST_DAY = date(2024, 1, 1), date(2025, 1, 1)
USUAL_DELAY_DAYS = 20
DRAWN_SHARE = 0.05  # of the denials nobody appealed, each with this probability: about what 2 % of eight hours a day work off
GAMMAS = (1.0, 1.25, 1.5, 2.0)
HIDDEN = ("denied_amount_log", "denied_amount")
SEED = 5

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class World:
    """One world: what the model learns from, and every denial with its true chance."""

    dataset: Dataset
    bundle: ModelBundle
    values: Numbers  # columns of the bundle, of every denial
    names: tuple[str, ...]
    true: Numbers
    judged: dict[str, Flags]  # "appealed", "never appealed": denials of the time after learning
    open_before: Flags  # never appealed denials of the time before
    appeal_chance: Numbers  # of every denial, by the model of the choice
    trained_chance: Numbers  # of the rows learned from
    trained_true: Numbers  # their true chance; the outcome itself where the key has none (second level)
    choice: dict[str, Json]  # how good that model is on later denials


def measure_world(world: World) -> dict[str, Json]:
    """Judge each way of learning on both kinds of denials, and the bounds."""
    rule = ModelSpec.load("appeal_success").linear
    ways = _ways(world, rule)
    hidden = replace(rule, deviations=tuple(row for row in rule.deviations if row[0] not in HIDDEN))
    return {
        "rows_learned_from": len(world.dataset),
        "denials": {name: int(rows.sum()) for name, rows in world.judged.items()},
        "true_mean": {name: round(float(world.true[rows].mean()), 4) for name, rows in world.judged.items()},
        "choice": world.choice,
        "ways": _judge_all(world, ways),
        "without_dollars": _judge_all(world, _weighing(world, hidden)),
        "shipped_interval": _coverage(world),
    }


def _ways(world: World, rule: LinearRule) -> dict[str, Numbers]:
    label = world.dataset.label
    return {
        "one rate for all": np.full(len(world.true), label.mean()),
        "rate of the category": world.values[:, world.names.index("category_overturn_rate")],
        "shipped model": world.bundle.predict_probability(_matrix(world)),
        **_weighing(world, rule),
        "doubly robust": _doubly_robust(world, rule),
        **_with_draws(world, rule),
        **_told_the_truth(world, rule),
    }


def _weighing(world: World, rule: LinearRule) -> dict[str, Numbers]:
    weights = {
        "linear part, unweighted": None,
        "weighted, clipped": choice_weights(world.trained_chance),
        "weighted, not clipped": choice_weights(world.trained_chance, clipped=False),
    }
    return {name: _predict(_fit(world, rule, weight=weight), world.values) for name, weight in weights.items()}


def _fit(world: World, rule: LinearRule, *, weight: Numbers | None, more: tuple[Numbers, Flags] | None = None) -> LinearPart:
    values, label = world.dataset.matrix.values, world.dataset.label
    if more is not None:
        values, label = np.concatenate([values, more[0]]), np.concatenate([label, more[1]])
    return fit_linear(values, label, weight=weight, rule=rule, names=world.names)


def _doubly_robust(world: World, rule: LinearRule) -> Numbers:
    """Learn from every denial of the time before: outcomes where there are some, else the unweighted model's own answer."""
    first = _fit(world, rule, weight=None)
    others = world.values[world.open_before]
    guess, own = _predict(first, others), _predict(first, world.dataset.matrix.values)
    corrected = np.clip(own + (world.dataset.label - own) * choice_weights(world.trained_chance), 0.0, 1.0)
    values = np.concatenate([world.dataset.matrix.values, others])
    share = np.concatenate([corrected, guess])
    twice, label = np.concatenate([values, values]), np.repeat([True, False], len(values))
    second = fit_linear(twice, label, weight=np.concatenate([share, 1 - share]), rule=rule, names=world.names)
    return _predict(second, world.values)


def _with_draws(world: World, rule: LinearRule) -> dict[str, Numbers]:
    """Add denials that were drawn by lot before the day and appealed, unweighted and weighted by the known probability."""
    random = np.random.default_rng(SEED)
    drawn = np.flatnonzero(world.open_before & (random.random(len(world.true)) < DRAWN_SHARE))
    more = (world.values[drawn], np.asarray(random.random(len(drawn)) < world.true[drawn]))
    chance = np.concatenate([world.trained_chance, world.appeal_chance[drawn]])
    weight = choice_weights(chance, drawn=np.full(len(chance), DRAWN_SHARE))
    return {
        "with draws by lot, unweighted": _predict(_fit(world, rule, weight=None, more=more), world.values),
        "with draws by lot, weighted": _predict(_fit(world, rule, weight=weight, more=more), world.values),
    }


def _told_the_truth(world: World, rule: LinearRule) -> dict[str, Numbers]:
    """Learn the true chances of the same rows: what chance in outcomes costs, and what the rows and columns do not hold."""
    wide = replace(rule, deviations=tuple((name, 2 * deviation) for name, deviation in rule.deviations))
    values, share = world.dataset.matrix.values, world.trained_true
    twice, label, weight = (
        np.concatenate([values, values]),
        np.repeat([True, False], len(share)),
        np.concatenate([share, 1 - share]),
    )
    return {
        name: _predict(fit_linear(twice, label, weight=weight, rule=own, names=world.names), world.values)
        for name, own in (("told true chances", rule), ("told true chances, wide priors", wide))
    }


def _judge_all(world: World, ways: dict[str, Numbers]) -> dict[str, Json]:
    return {
        way: {kind: judge(world.true[rows], found[rows]) for kind, rows in world.judged.items()} for way, found in ways.items()
    }


def judge(true: Numbers, shown: Numbers) -> dict[str, float]:
    """Compare with true chances: log-loss beyond the truth's own, AUC and ECE as expected over outcomes, bias."""
    shown = np.clip(shown, 1e-6, 1 - 1e-6)
    outcome, weight = np.repeat([1, 0], len(true)), np.concatenate([true, 1 - true])
    order = np.array_split(np.argsort(shown, kind="stable"), 10)
    return {
        "excess_log_loss": round(float((_log_loss(true, shown) - _log_loss(true, true)).mean()), 4),
        "auc": round(float(roc_auc_score(outcome, np.concatenate([shown, shown]), sample_weight=weight)), 4),
        "ece": round(float(sum(len(rows) * abs((shown[rows] - true[rows]).mean()) for rows in order) / len(true)), 4),
        "bias": round(float((shown - true).mean()), 4),
    }


def _log_loss(true: Numbers, shown: Numbers) -> Numbers:
    shown = np.clip(shown, 1e-9, 1 - 1e-9)
    return -(true * np.log(shown) + (1 - true) * np.log(1 - shown))


def _coverage(world: World) -> dict[str, Json]:
    """Count true chances inside the bundle's interval, and inside it widened for unseen reasons by each factor."""
    interval = world.bundle.interval(_matrix(world))
    if interval is None:
        return {}
    found: dict[str, Json] = {}
    for gamma in GAMMAS:
        low, high = widen(*interval, chance=world.appeal_chance, gamma=gamma)
        found[f"gamma {gamma}"] = {
            kind: {
                "coverage": round(float(((low <= world.true) & (world.true <= high))[rows].mean()), 4),
                "true_below": round(float((world.true < low)[rows].mean()), 4),
                "mean_width": round(float((high - low)[rows].mean()), 4),
            }
            for kind, rows in world.judged.items()
        }
    return found


def _predict(linear: LinearPart, values: Numbers) -> Numbers:
    return np.asarray(1.0 / (1.0 + np.exp(-linear.margin(values))))


def _matrix(world: World) -> FeatureMatrix:
    return FeatureMatrix(values=world.values, names=world.names, ids=np.full(len(world.values), "", dtype=object))


def read_world(folder: Path, *, claims: int, seed: int) -> World:
    """Make a world where it is missing, and learn from it what was known on the first day."""
    world, home = folder / f"world-{seed}", Home(folder / f"home-{seed}")
    if not home.path.is_dir():
        simulate(world, claims=claims, months=18, seed=seed, start=START)
        ingest_paths([world], home=home, now=datetime.now(UTC))
    store, spec, end = HistoryStore(home.history_uri), ModelSpec.load("appeal_success"), day_number(FIRST_DAY)
    dataset = read_dataset(store, spec, as_of=FIRST_DAY)
    bundle = fit_model(dataset, spec).bundle
    snapshot = Snapshot.read(store)
    denials = snapshot.adjudication.denials
    appeals = known_appeals(store, before=None)
    first_filed = first_filings(appeals.filter(pa.array(numbers(appeals["level"]) == 1)), denials)
    batch = DenialBatch.from_tables(denials, snapshot.claims, as_of=FIRST_DAY)
    keys, denied = texts(batch.denials["remittance_id"]), days(batch.denials["denied_on"])
    filed = np.array([first_filed.get(key, -1) for key in keys], dtype=np.int64)
    when = np.where(filed >= 0, filed, denied + USUAL_DELAY_DAYS)
    matrix = build_denial_matrix(replace(batch, prediction_day=when), snapshot.history, bundle.feature_names)
    true = _true_chances(world / "truth" / "denials.parquet", batch.denials)
    known_before = {key: day for key, day in first_filed.items() if day < end}
    before = denials.filter(pa.array(days(denials["denied_on"]) < end))
    choices = read_choices(before, snapshot.claims, snapshot.history, contested=known_before, end=end, names=bundle.feature_names)
    linear = fit_choice(choices)
    assert linear is not None
    has_truth = np.isfinite(true)
    return World(
        dataset=dataset,
        bundle=bundle,
        values=matrix.values,
        names=bundle.feature_names,
        true=true,
        judged={
            "appealed": has_truth & (denied >= end) & (filed >= 0),
            "never appealed": has_truth & (denied >= end) & (filed < 0),
        },
        open_before=has_truth & (denied + USUAL_DELAY_DAYS < end) & (filed < 0),
        appeal_chance=_predict(linear, matrix.values),
        trained_chance=_predict(linear, dataset.matrix.values),
        trained_true=_trained_true(dataset, dict(zip(keys.tolist(), true.tolist(), strict=True))),
        choice=_judge_choice(choices),
    )


def _judge_choice(choices: Choices) -> dict[str, Json]:
    cut = int(0.7 * len(choices))
    linear = fit_choice(choices, np.arange(cut))
    if linear is None:
        return {}
    shown, came = _predict(linear, choices.matrix.values[cut:]), choices.appealed[cut:]
    return {
        "denials": len(choices),
        "appealed_share": round(float(choices.appealed.mean()), 4),
        "later_auc": round(float(roc_auc_score(came, shown)), 4),
        "later_mean_shown": round(float(shown.mean()), 4),
        "later_mean_appealed": round(float(came.mean()), 4),
    }


def _trained_true(dataset: Dataset, true_of: Mapping[str, float]) -> Numbers:
    found = np.array([true_of.get(key, np.nan) for key in dataset.matrix.ids])
    level = dataset.matrix.values[:, dataset.matrix.names.index("appeal_level")]
    return np.where(np.isfinite(found) & (level == 1), found, dataset.label.astype(np.float64))


def _true_chances(key: Path, denials: pa.Table) -> Numbers:
    """Give the answer key's chance of each denial; NaN for those that it cannot tell apart."""
    names = ["claim_id", "payer_id", "denied_on"]
    truth = pd.read_parquet(key, columns=[*names, "p_overturn"]).drop_duplicates(names, keep=False).set_index(names)
    wanted = zip(
        texts(denials["patient_control_number"]), texts(denials["payer_id"]), denials["denied_on"].to_pylist(), strict=True
    )
    return truth["p_overturn"].reindex(pd.MultiIndex.from_tuples(list(wanted))).to_numpy(dtype=np.float64)


def summarize(worlds: Sequence[Json]) -> Json:
    """Average every figure over the worlds."""
    first = worlds[0]
    if isinstance(first, Mapping):
        return {key: summarize([one[key] for one in worlds if isinstance(one, Mapping)]) for key in first}
    return round(float(np.mean([float(one) for one in worlds if isinstance(one, int | float)])), 4)


def main() -> int:
    """Measure every world and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33])
    parser.add_argument("--keep", type=Path, help="keep worlds and homes here instead of throwing them away")
    chosen = parser.parse_args()
    worlds: dict[str, dict[str, Json]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for seed in chosen.seeds:
            world = read_world(chosen.keep or Path(scratch), claims=chosen.claims, seed=seed)
            worlds[str(seed)] = measure_world(world)
            print(seed, json.dumps(worlds[str(seed)], indent=1), flush=True)
    found = {"claims": chosen.claims, "mean": summarize(list(worlds.values())), "worlds": worlds}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
