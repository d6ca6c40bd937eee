"""Measure what is learned beside P(overturn): the share that comes back, minutes of an appeal, days to a decision.

Run: `python -m benchmarks.appeal_tables --keep DIR [--seeds 31 32 33]`, over the worlds and homes that
`benchmarks.queue_order --keep DIR` left there. Learned from what was known by 2025-01-01, judged on what came later: the answer
key's share of every denial, minutes and days of appeals filed from that day on. Figures: benchmarks/results/appeal_tables.json.
"""

import argparse
import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from claims.adjudication import adjudicate
from claims.history.store import HistoryStore
from claims.home import Home
from features.batch import day_number
from models.appeal_tables import AppealMinutes, DecisionDays, RecoveredShares
from models.bundle import Json
from serving.work_queue.effort import effort
from training.appeal_facts import AppealFacts, read_appeal_facts
from training.appeal_tables import decided_by, learn_decision_days, learn_minutes, learn_recovered_shares

RESULTS = Path(__file__).parent / "results" / "appeal_tables.json"
FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 7, 1)


def measure_world(home: Home, truth: Path) -> dict[str, Json]:
    """Learn as of the first day, judge on what came later."""
    store = HistoryStore(home.history_uri)
    known = read_appeal_facts(store, adjudicate(store, before=FIRST_DAY).denials, before=FIRST_DAY, end=day_number(FIRST_DAY))
    everything = read_appeal_facts(store, adjudicate(store).denials, before=None, end=day_number(LAST_DAY))
    later = everything.filed_day >= day_number(FIRST_DAY)
    return {
        "appeals_known": len(known),
        "won_known": int(np.isfinite(known.share).sum()),
        "recovered_share": _shares(known, truth),
        "minutes": _minutes(learn_minutes(known), everything, later),
        "days": _days(learn_decision_days(known), everything, later),
    }


def _shares(known: AppealFacts, truth: Path) -> dict[str, Json]:
    """Mean distance from the answer key's share, by denial: learned by payer, by category alone as before, one mean for all."""
    key = pd.read_parquet(truth / "denials.parquet", columns=["payer_id", "cause", "denied_on", "recovered_share"])
    key = key[key["denied_on"] >= FIRST_DAY]
    learned = learn_recovered_shares(known)
    own_only = learn_recovered_shares(_without_paid_claims(known))
    won = np.isfinite(known.share)
    overall = float(known.share[won].mean())
    by_category = {
        name: float((known.share[rows].sum() + 10 * overall) / (rows.sum() + 10))
        for name in np.unique(known.category[won].astype(str))
        if (rows := won & (known.category == name)).any()
    }
    true = key["recovered_share"].to_numpy()
    ways = {
        "by payer, anchored at what it allows": _of(learned, key),
        "by payer, from won appeals alone": _of(own_only, key),
        "by category": np.array([by_category.get(cause, overall) for cause in key["cause"]]),
        "one mean": np.full(len(true), overall),
    }
    return {name: round(float(np.abs(found - true).mean()), 4) for name, found in ways.items()}


def _without_paid_claims(known: AppealFacts) -> AppealFacts:
    return replace(known, allowed={}, charged={}, paid_count={})


def _of(shares: RecoveredShares, key: pd.DataFrame) -> NDArray[np.float64]:
    pairs = zip(key["payer_id"], key["cause"], strict=True)
    return np.array([shares.of(payer_id=payer, category=cause) for payer, cause in pairs])


def _minutes(learned: AppealMinutes, appeals: AppealFacts, later: NDArray[np.bool_]) -> dict[str, Json]:
    rows = np.flatnonzero(later & np.isfinite(appeals.minutes) & (appeals.minutes > 0) & (appeals.category != ""))
    spent = appeals.minutes[rows]
    found: dict[str, Json] = {"appeals": len(rows), "mean_spent": round(float(spent.mean()), 2)}
    for name, recorded in (("learned", learned), ("assumed", AppealMinutes())):
        shown = np.array(
            [
                effort().minutes_of("appeal", str(appeals.category[row]), level=int(appeals.level[row]), recorded=recorded)
                for row in rows
            ]
        )
        found[name] = {"bias": round(float((shown - spent).mean()), 2), "mae": round(float(np.abs(shown - spent).mean()), 2)}
    return found


def _days(learned: DecisionDays, appeals: AppealFacts, later: NDArray[np.bool_]) -> dict[str, Json]:
    """Share of later appeals decided by the payer's median and late day, with pending ones counted by Kaplan and Meier."""
    found: dict[str, Json] = {}
    for level in ("1", "2"):
        rows = np.flatnonzero(later & (appeals.level == int(level)))
        waits = [learned.of(level=int(level), payer_id=str(appeals.payer_id[row])) for row in rows]
        if len(rows) < 10 or any(wait is None for wait in waits):
            continue
        for name in ("median", "late"):
            limit = np.array([getattr(wait, name) for wait in waits])
            ratio = np.rint(1000 * appeals.waited[rows] / limit).astype(np.int64)
            shares = np.arange(1, 100) / 100
            reached = [decided_by(ratio, appeals.is_decided[rows], share) for share in shares]
            inside = float(shares[np.asarray(reached) <= 1000].max(initial=0.0))
            found[f"level {level}, decided by the {name} day"] = round(inside, 3)
    return found


def main() -> int:
    """Measure every kept world and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, required=True, help="folder with world-<seed> and home-<seed>")
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33])
    chosen = parser.parse_args()
    worlds: dict[str, Json] = {}
    for seed in chosen.seeds:
        worlds[str(seed)] = measure_world(Home(chosen.keep / f"home-{seed}"), chosen.keep / f"world-{seed}" / "truth")
        print(seed, json.dumps(worlds[str(seed)], indent=1), flush=True)
    RESULTS.write_text(json.dumps({"worlds": worlds}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
