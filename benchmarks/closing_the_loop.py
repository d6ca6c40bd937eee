"""Measure what following advice does: to denials, and to a model that is trained on the claims that were mended because of it.

Run: `python -m benchmarks.closing_the_loop [--claims N] [--seeds 61] [--keep DIR]`. A practice (`benchmarks.advised_practice`)
asks a model of its first 18 months for six months. Its denials are compared with those of the same world in which nobody asked.
Then models are trained on all 24 months, with the score log and without it, and compared with the true probabilities of the
claims of the next three months, in which nobody asks. Figures go to benchmarks/results/closing_the_loop.json.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.advised_practice import FOLLOWED_FROM, FOLLOWED_TO, HELD_OUT_FROM, Played, play, read_acts
from benchmarks.closing_the_loop_picture import draw
from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from features.batch import day_number
from models.bundle import Json, ModelBundle
from models.denied_share import ANY
from models.maturity import learn_maturity
from models.spec import ModelSpec
from serving.advice import costs_of
from serving.bundles import DENIAL_RISK
from serving.scoring import denied_shares
from serving.settings import Settings
from serving.state import Snapshot
from training.calibrate import fit_calibration
from training.dataset import Dataset, read_dataset
from training.members import choose_rounds, fit_members, plan_members
from training.split import split_by_time
from training.truth import read_claim_oracle

RESULTS = Path(__file__).parent / "results" / "closing_the_loop.json"
METHODS = ("ignore", "exclude", "score", "balance")
TWIN, ASKED = "nobody_asked", "asked"
MENDABLE = {
    *(
        "eligibility",
        "coordination_of_benefits",
        "patient_information",
        "wrong_payer",
        "provider_enrollment",
        "missing_information",
    ),
    *("authorization", "referral", "coding", "bundling", "units_or_frequency", "medical_necessity", "documentation"),
}
FAULT_CHANCE = 0.25
Numbers = NDArray[np.float64]


def measure_world(folder: Path, *, claims: int, seed: int, methods: tuple[str, ...] = METHODS) -> dict[str, Json]:
    """Play one world twice and compare; then train on it in every way and compare."""
    followed = play(folder, claims=claims, seed=seed, is_advised=True)
    twin = play(folder, claims=claims, seed=seed, is_advised=False)
    return {"practice": compare_practices(followed, twin), "models": compare_models(folder, followed, twin, methods, seed=seed)}


def compare_practices(followed: Played, twin: Played) -> dict[str, Json]:
    """Set the six months beside the same six months of a practice that asked nobody: all claims that were sent, of all visits."""
    acts = read_acts(followed)
    ours, theirs = _sent_months(followed), _sent_months(twin)
    share = theirs["denied_amount"] / theirs["denied_charge"]
    minutes = sum(act.minutes for act in acts)
    dollars = share * (theirs["expected_denied_charge"] - ours["expected_denied_charge"])
    return {
        "visits": round(theirs["visits"]),
        "acts": dict(Counter(act.kind for act in acts)),
        "minutes": round(minutes),
        "followed": _rounded(ours),
        "nobody_asked": _rounded(theirs),
        "denials_prevented": round(theirs["expected_denials"] - ours["expected_denials"], 1),
        "denied_dollars_prevented": round(dollars),
        "dollars_prevented_a_minute": round(dollars / minutes, 2),
    }


def _sent_months(played: Played) -> dict[str, float]:
    """Sum the exact chances of the first submissions of six months, and what was drawn from them."""
    rows = pq.read_table(played.world / "truth" / "claims.parquet").to_pandas()
    days = rows["submitted_on"]
    own = rows[(days >= FOLLOWED_FROM) & (days <= FOLLOWED_TO) & (rows["submission_number"] == 1)]
    reached = own["denial_probability"] * (1 - own["rejection_probability"])
    denied = own[own["denied"] == True]  # noqa: E712
    return {
        "visits": float(len(own)),
        "expected_denials": float(reached.sum()),
        "expected_denial_rate": float(reached.sum() / len(own)),
        "expected_denied_charge": float((reached * own["charge_amount"]).sum()),
        "denials": float(len(denied)),
        "denied_amount": float(denied["denied_amount"].sum()),
        "denied_charge": float(denied["charge_amount"].sum()),
    }


def compare_models(folder: Path, followed: Played, twin: Played, methods: tuple[str, ...], *, seed: int) -> dict[str, Json]:
    """Train on 24 months in every way and measure on the three months after, against the true probabilities."""
    store = HistoryStore(followed.home.history_uri)
    held_out = _HeldOut.read(followed, store)
    found: dict[str, Json] = {"rows": len(held_out.truth), "flagged_rows": int(held_out.is_flagged.sum())}
    found |= {"faulty_rows": int(held_out.is_faulty.sum())}
    if followed.bundle is not None:
        found[ASKED] = held_out.measure(ModelBundle.load(followed.bundle))
    for way in (TWIN, *methods):
        bundle = kept_bundle(folder, followed=followed, twin=twin, way=way, seed=seed)
        found[way] = held_out.measure(bundle) | {"log": {k: v for k, v in bundle.training.items() if k.startswith("prevented")}}
        print(json.dumps({way: found[way]}), flush=True)
    return found


def kept_bundle(folder: Path, *, followed: Played, twin: Played, way: str, seed: int) -> ModelBundle:
    """Train in one way, or take up what was trained before."""
    kept = folder / f"bundle-{seed}-{way}"
    if not kept.is_dir():
        dataset = _dataset(twin.home, "ignore") if way == TWIN else _dataset(followed.home, way)
        fit_shipped(dataset).save(kept)
    return ModelBundle.load(kept)


def fit_shipped(dataset: Dataset) -> ModelBundle:
    """Fit what would ship, without measuring it first: members on all rows, the map on folds that reach to the last weeks."""
    spec = ModelSpec.load(DENIAL_RISK)
    maturity = learn_maturity(
        payer_id=dataset.payer_id, sent=dataset.sent, known=dataset.known, end=dataset.end, rule=spec.maturity
    )
    split = split_by_time(dataset, maturity, replace(spec.split, test_fraction=0.05))
    plans = plan_members(dataset, split.everything, spec)
    rounds, scores = choose_rounds(dataset, split.folds, plans, spec)
    return ModelBundle(
        name=spec.name,
        title=spec.title,
        subject=spec.subject,
        features=dataset.features,
        members=fit_members(dataset, split.everything, plans, spec, rounds=rounds),
        calibration=fit_calibration(scores.hazard, dataset.label[scores.rows], spec.calibration, sent=dataset.sent[scores.rows]),
        data_version=dataset.data_version,
        training=dict(dataset.prevented),
    )


def _dataset(home: Home, method: str) -> Dataset:
    spec = ModelSpec.load(DENIAL_RISK)
    spec = replace(spec, prevented=replace(spec.prevented, method=method))
    hasher = PersonHasher(load_or_create_key(home.person_key))
    return read_dataset(HistoryStore(home.history_uri), spec, as_of=HELD_OUT_FROM, hasher=hasher)


class _HeldOut:
    """The claims of the months in which nobody asks, with their true probabilities."""

    def __init__(self, dataset: Dataset, truth: Numbers, is_flagged: NDArray[np.bool_], is_faulty: NDArray[np.bool_]) -> None:
        self.dataset = dataset
        self.truth = truth
        self.is_flagged = is_flagged
        self.is_faulty = is_faulty

    @classmethod
    def read(cls, played: Played, store: HistoryStore) -> "_HeldOut":
        whole = read_dataset(store, ModelSpec.load(DENIAL_RISK), as_of=None)
        later = whole.take(np.flatnonzero(whole.sent >= day_number(HELD_OUT_FROM)))
        oracle = read_claim_oracle(pa.table({"id": later.matrix.ids.tolist()}), store, played.world / "truth")
        rows = later.take(oracle.rows)
        causes = [at for at, name in enumerate(_vocabulary(played)) if name in MENDABLE]
        return cls(
            rows,
            oracle.probability,
            _flagged(played, store, rows),
            np.asarray(oracle.causes[:, causes].max(axis=1) >= FAULT_CHANCE),
        )

    def measure(self, bundle: ModelBundle) -> dict[str, Json]:
        """Give expected log-loss, share of the gap closed, and mean shown beside true probability, of all and of two groups."""
        shown = bundle.predict_probability(self.dataset.matrix.select(bundle.feature_names))
        base = np.full(len(self.truth), self.truth.mean())
        worst, best, ours = (_loss(self.truth, p) for p in (base, self.truth, shown))
        groups = {"all": np.ones(len(shown), dtype=bool), "flagged": self.is_flagged, "faulty": self.is_faulty}
        return {
            "log_loss": round(ours, 5),
            "oracle_log_loss": round(best, 5),
            "gap_closed": round((worst - ours) / (worst - best), 4),
            **{name: _calibration(self.truth[rows], shown[rows]) for name, rows in groups.items()},
        }


def _calibration(truth: Numbers, shown: Numbers) -> dict[str, Json]:
    return {
        "shown": round(float(shown.mean()), 4),
        "true": round(float(truth.mean()), 4),
        "ratio": round(float(shown.mean() / truth.mean()), 3),
        "log_loss": round(_loss(truth, shown), 5),
    }


def _flagged(played: Played, store: HistoryStore, rows: Dataset) -> NDArray[np.bool_]:
    """Tell which rows the model that was asked would not simply send: those for which a look pays."""
    if played.bundle is None:
        raise ValueError("expected the world in which a model was asked")
    bundle, costs = ModelBundle.load(played.bundle), costs_of(Settings(home_path=played.home.path))
    before = Snapshot.read(store, before=HELD_OUT_FROM)
    learned = denied_shares(before.adjudication, before.claims.claims)
    share = np.array([learned.get(cause, learned[ANY]) for cause in bundle.causes])
    by_cause = bundle.predict_causes(rows.matrix.select(bundle.feature_names))
    at_risk = (by_cause * share).sum(axis=1) * rows.amount
    money = zip(by_cause.sum(axis=1).tolist(), at_risk.tolist(), strict=True)
    return np.array([chance >= costs.threshold(chance, dollars) for chance, dollars in money], dtype=bool)


def _vocabulary(played: Played) -> list[str]:
    names = pq.read_schema(played.world / "truth" / "claims.parquet").names
    return [name.removeprefix("p_") for name in names if name.startswith("p_")]


def _loss(truth: Numbers, shown: Numbers) -> float:
    """Give the log-loss to be expected over outcomes: no draw has a say."""
    p = np.clip(shown, 1e-9, 1 - 1e-9)
    return float(-(truth * np.log(p) + (1 - truth) * np.log1p(-p)).mean())


def _rounded(found: dict[str, float]) -> dict[str, Json]:
    return {name: round(value, 4 if "rate" in name else 1) for name, value in found.items()}


def main() -> int:
    """Measure every world and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=13_500, help="over the 27 months; 12,000 over the first 24")
    parser.add_argument("--seeds", type=int, nargs="+", default=[61])
    parser.add_argument("--keep", type=Path, help="keep worlds and homes here instead of throwing them away")
    chosen = parser.parse_args()
    worlds: dict[str, Json] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for seed in chosen.seeds:
            worlds[str(seed)] = measure_world(chosen.keep or Path(scratch), claims=chosen.claims, seed=seed)
            print(json.dumps({seed: worlds[str(seed)]}, indent=1), flush=True)
    days = {"followed_from": FOLLOWED_FROM, "followed_to": FOLLOWED_TO, "held_out_from": HELD_OUT_FROM}
    found = {"claims": chosen.claims, **{name: _day(day) for name, day in days.items()}, "worlds": worlds}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(found)
    return 0


def _day(day: date) -> str:
    return day.isoformat()


if __name__ == "__main__":
    sys.exit(main())
