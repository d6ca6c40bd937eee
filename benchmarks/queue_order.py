"""Measure what an order of the work queue recovers on simulated worlds, beside an oracle that knows each true probability.

Run: `python -m benchmarks.queue_order [--claims N] [--seeds 31 32 33] [--keep DIR]`. Per world, the appeal model learns from what
was known by 2025-01-01. From then on, for 25 weeks: each working morning the open denials are put in order, the minutes are
spent from the top, what is not finished goes on the next day. A finished item brings its true P(overturn) x dollars x recovered
share less the cost of its minutes. Staff of the world itself plays no part after that day. New denials are scored each Monday.
Figures go to benchmarks/results/queue_order.json, the gain curves to docs/images/queue_order.svg.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.queue_curves import draw_curves
from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from models.bundle import Json, ModelBundle
from models.spec import ModelSpec
from serving.state import Snapshot
from serving.work_queue.effort import effort
from serving.work_queue.items import Terms, arrived_items, open_items
from serving.work_queue.minute_price import PRICE_DAYS
from serving.work_queue.order import rank_items
from serving.work_queue.plan import arrived_work, by_worth
from serving.work_queue.work_item import WorkItem
from simulator.run import simulate
from training.dataset import read_dataset
from training.pipeline import fit_model

RESULTS = Path(__file__).parent / "results" / "queue_order.json"
CURVES = Path(__file__).parents[1] / "docs" / "images" / "queue_order.svg"
START, FIRST_DAY, WEEKS = date(2024, 1, 1), date(2025, 1, 1), 25
SHARES = (0.10, 0.25, 0.50)
MINUTES_PER_DAY = (60.0, 120.0, 240.0)
SCARCE = (60.0, 120.0)
YARDSTICK = "oracle, value per minute"
_NO_WORK = {"write_off", "nothing_to_do"}


@dataclass(frozen=True, kw_only=True)
class Denial:
    """A denial of the replay: the item as the service made it, the day it came in, what working it truly brings, and of what."""

    item: WorkItem
    came_on: date
    truth: float
    true_chance: float
    true_share: float

    def due(self, today: date) -> bool:
        """Tell whether it can still be worked."""
        return self.item.deadline is None or self.item.deadline >= today


@dataclass(frozen=True, kw_only=True)
class Morning:
    """What an order is made from: the day, minutes a day, what is open, what came in lately (worked or not)."""

    today: date
    minutes_per_day: float
    waiting: Sequence[Denial]
    lately: Sequence[Denial]


Order = Callable[[Morning], list[str]]


def scheduled(value: Callable[[Denial], float]) -> Order:
    """Give the order that the service makes, with these expected recoveries."""

    def order(morning: Morning) -> list[str]:
        items = [_valued(one, value, morning.today) for one in morning.waiting]
        arrived = arrived_work([_valued(one, value, None) for one in morning.lately])
        ranked = rank_items(items, as_of=morning.today, minutes_per_day=morning.minutes_per_day, arrived=arrived)
        return [item.key for item in ranked if item.expected_recovery > 0]

    return order


def per_minute(value: Callable[[Denial], float]) -> Order:
    """Give the order by expected recovery per minute."""

    def order(morning: Morning) -> list[str]:
        items = [_valued(one, value, morning.today) for one in morning.waiting]
        return [item.key for item in by_worth(items) if item.expected_recovery > 0]

    return order


def sorted_by(key: Callable[[Denial], float]) -> Order:
    """Give an order that asks no model: smallest key first."""
    return lambda morning: [one.item.key for one in sorted(morning.waiting, key=lambda one: (key(one), one.item.key))]


def by_model(one: Denial) -> float:
    """Give the expected recovery that the service computed."""
    return one.item.expected_recovery


def by_true_chance(one: Denial) -> float:
    """Give what the service would expect if it knew the true chance, and learned the rest."""
    return _expected(one, chance=one.true_chance, share=one.item.recovered_share or 0.0)


def by_true_share(one: Denial) -> float:
    """Give what the service would expect if it knew the share that comes back, and learned the chance."""
    return _expected(one, chance=one.item.appeal_success_probability, share=one.true_share)


def by_truth(one: Denial) -> float:
    """Give the true one."""
    return max(0.0, one.truth)


ORDERS: dict[str, Order] = {
    "ours": scheduled(by_model),
    "model, value per minute": per_minute(by_model),
    YARDSTICK: per_minute(by_truth),
    "oracle, our schedule": scheduled(by_truth),
    "amount": sorted_by(lambda one: -one.item.denied_amount),
    "oldest first": sorted_by(lambda one: one.item.denied_on.toordinal()),
    "deadline first": sorted_by(lambda one: (one.item.deadline or date.max).toordinal()),
}

# What is lost where: one learned part after the other replaced by the truth.
PARTS: dict[str, Order] = {"ours, true chance": scheduled(by_true_chance), "ours, true share": scheduled(by_true_share)}


def replay(denials: Sequence[Denial], past: Sequence[Denial], order: Order, *, minutes_per_day: float) -> NDArray[np.float64]:
    """Work day by day; gives minutes spent and dollars recovered after each working day, shape (days + 1, 2)."""
    open_ones = {one.item.key: one for one in denials}
    spent, recovered, left = 0.0, 0.0, 0.0
    curve = [(0.0, 0.0)]
    for today in _working_days():
        left = min(left, 0.0) + minutes_per_day
        came = [one for one in denials if one.came_on <= today]
        lately = _lately(came, past, today)
        waiting = [one for one in came if one.item.key in open_ones and one.due(today)]
        morning = Morning(today=today, minutes_per_day=minutes_per_day, waiting=waiting, lately=lately)
        for key in order(morning):
            if left <= 0:
                break
            one = open_ones[key]
            if not one.due(_finish(today, one.item.minutes - left, minutes_per_day)):
                continue
            del open_ones[key]
            left -= one.item.minutes
            spent += one.item.minutes
            recovered += one.truth
        curve.append((spent, recovered))
    return np.array(curve)


def first_minutes(denials: Sequence[Denial], past: Sequence[Denial], order: Order) -> list[float]:
    """Order what is open on the first day once; give the dollars of the first 10, 25 and 50 % of its minutes, items cut."""
    backlog = [one for one in denials if one.came_on == FIRST_DAY and one.due(FIRST_DAY)]
    minutes = float(sum(one.item.minutes for one in backlog))
    by_key = {one.item.key: one for one in backlog}
    found = order(Morning(today=FIRST_DAY, minutes_per_day=120.0, waiting=backlog, lately=past))
    spent = np.cumsum([0.0] + [by_key[key].item.minutes for key in found])
    brought = np.cumsum([0.0] + [by_key[key].truth for key in found])
    return [float(np.interp(share * minutes, spent, brought)) for share in SHARES]


def measure_world(folder: Path, *, claims: int, seed: int) -> tuple[dict[str, Json], dict[str, NDArray[np.float64]]]:
    """Make one world where it is missing and replay it under every order; figures, and the curves at 120 minutes a day."""
    world, home = folder / f"world-{seed}", Home(folder / f"home-{seed}")
    if not home.path.is_dir():
        simulate(world, claims=claims, months=18, seed=seed, start=START)
        ingest_paths([world], home=home, now=datetime.now(UTC))
    denials, past = read_denials(home, world / "truth" / "denials.parquet")
    curves = {
        minutes: {name: replay(denials, past, order, minutes_per_day=minutes) for name, order in _orders(minutes).items()}
        for minutes in MINUTES_PER_DAY
    }
    recovered = {minutes: {name: float(curve[-1, 1]) for name, curve in of.items()} for minutes, of in curves.items()}
    early = {name: first_minutes(denials, past, order) for name, order in (ORDERS | PARTS).items()}
    figures: dict[str, Json] = {
        "denials": len(denials),
        "minutes_of_all": sum(one.item.minutes for one in denials),
        "by_minutes_per_day": {
            str(int(minutes)): {
                "oracle_value_per_minute_dollars": round(of[YARDSTICK]),
                "share_of_it": {name: round(dollars / of[YARDSTICK], 4) for name, dollars in of.items()},
                "share_of_it_after": _after(curves[minutes]),
            }
            for minutes, of in recovered.items()
        },
        "first_minutes_of_one_order": {
            f"{share:.0%}": {name: round(dollars[at] / early[YARDSTICK][at], 4) for name, dollars in early.items()}
            for at, share in enumerate(SHARES)
        },
    }
    return figures, curves[120.0]


def _orders(minutes_per_day: float) -> dict[str, Order]:
    return ORDERS | PARTS if minutes_per_day in SCARCE else ORDERS


def _expected(one: Denial, *, chance: float, share: float) -> float:
    return max(0.0, chance * one.item.denied_amount * share - one.item.minutes * effort().minute_cost)


def _after(curves: dict[str, NDArray[np.float64]]) -> dict[str, Json]:
    """Give each replay's dollars at the first 10, 25 and 50 % of its minutes, as shares of the yardstick's."""
    minutes = curves[YARDSTICK][-1, 0]
    at = [share * minutes for share in SHARES]
    best = np.interp(at, *curves[YARDSTICK].T)
    return {
        name: {f"{share:.0%}": round(float(one), 4) for share, one in zip(SHARES, np.interp(at, *curve.T) / best, strict=True)}
        for name, curve in curves.items()
    }


def _lately(came: Sequence[Denial], past: Sequence[Denial], today: date) -> list[Denial]:
    known = [*past, *(one for one in came if one.came_on > FIRST_DAY)]
    return [one for one in known if (today - one.item.denied_on).days <= PRICE_DAYS]


def read_denials(home: Home, key: Path) -> tuple[list[Denial], list[Denial]]:
    """Make the items as the service would have: the open ones on the first day, then those of each week on its Monday.

    The second list is what came in during the last `PRICE_DAYS` before the first day, whatever became of it.
    """
    store = HistoryStore(home.history_uri)
    spec = ModelSpec.load("appeal_success")
    bundle = fit_model(read_dataset(store, spec, as_of=FIRST_DAY), spec).bundle
    snapshot = Snapshot.read(store)
    truth = _read_truth(key)
    first_denied: dict[tuple[str, str], date] = {}
    for row in snapshot.adjudication.denials.select(["patient_control_number", "payer_id", "denied_on"]).to_pylist():
        claim = (str(row["patient_control_number"]), str(row["payer_id"]))
        first_denied[claim] = min(row["denied_on"], first_denied.get(claim, date.max))
    mondays = [FIRST_DAY + timedelta(days=5 + 7 * week) for week in range(WEEKS)]
    found: list[Denial] = []
    since = date.min
    for today in [FIRST_DAY, *mondays]:
        for item in _items_on(snapshot, bundle, today):
            # What the world's own staff set in motion after the first day did not happen here: a claim is denied once.
            is_first = first_denied[item.claim_id, item.payer_id] == item.denied_on
            won = truth.get((item.claim_id, item.payer_id, item.denied_on))
            if (
                item.denied_on >= since
                and won is not None
                and (is_first or today == FIRST_DAY)
                and item.next_action not in _NO_WORK
            ):
                found.append(_denial(item, today, won))
        since = today
    arrived = arrived_items(snapshot.adjudication, snapshot.claims, snapshot.history, bundle, as_of=FIRST_DAY, days=PRICE_DAYS)
    names = {item.key: (item.claim_id, item.payer_id, item.denied_on) for item in arrived}
    past = [
        _denial(item, FIRST_DAY, truth[names[item.key]])
        for item in arrived
        if names[item.key] in truth and item.next_action not in _NO_WORK
    ]
    return found, past


def _denial(item: WorkItem, today: date, true: tuple[float, float]) -> Denial:
    chance, share = true
    truth = chance * share * item.denied_amount - item.minutes * effort().minute_cost
    return Denial(item=item, came_on=today, truth=truth, true_chance=chance, true_share=share)


def _items_on(snapshot: Snapshot, bundle: ModelBundle, today: date) -> list[WorkItem]:
    """Make the items that are open on a day if nothing was answered since the first day. Features see only what came before."""
    denials = snapshot.adjudication.denials
    before = pa.scalar(FIRST_DAY, pa.date32())
    for name in ("resolved_on", "superseded_on"):
        answered = pc.if_else(pc.less(denials[name], before), denials[name], pa.scalar(None, pa.date32()))
        denials = denials.set_column(denials.schema.get_field_index(name), name, answered)
    untouched = pa.array([0.0] * denials.num_rows)
    denials = denials.set_column(denials.schema.get_field_index("recovered_amount"), "recovered_amount", untouched)
    adjudication = replace(snapshot.adjudication, denials=denials)
    terms = Terms(heeds_work_done=False)
    return open_items(adjudication, snapshot.claims, snapshot.history, bundle, as_of=today, terms=terms)


def _read_truth(key: Path) -> dict[tuple[str, str, date], tuple[float, float]]:
    """Give the true chance and recovered share by claim, payer and day; those that cannot be told apart are left out."""
    rows = pq.read_table(key).to_pylist()
    names = [(str(row["claim_id"]), str(row["payer_id"]), row["denied_on"]) for row in rows]
    repeated = {name for name, count in Counter(names).items() if count > 1}
    return {
        name: (float(row["p_overturn"]), float(row["recovered_share"]))
        for name, row in zip(names, rows, strict=True)
        if name not in repeated
    }


def _valued(one: Denial, value: Callable[[Denial], float], today: date | None) -> WorkItem:
    deadline = one.item.deadline
    days_left = None if deadline is None or today is None else (deadline - today).days
    return replace(one.item, expected_recovery=value(one), days_left=days_left)


def _working_days() -> list[date]:
    days = [FIRST_DAY + timedelta(days=at) for at in range(7 * WEEKS)]
    return [day for day in days if day.weekday() < 5]


def _finish(today: date, over: float, minutes_per_day: float) -> date:
    """Give the day on which work that goes `over` the minutes of today is finished."""
    days = max(0, int(np.ceil(over / minutes_per_day)))
    return date.fromisoformat(str(np.busday_offset(today, days, roll="forward")))


def main() -> int:
    """Measure every world and keep figures and curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33])
    parser.add_argument("--keep", type=Path, help="keep worlds and homes here instead of throwing them away")
    chosen = parser.parse_args()
    worlds: dict[str, Json] = {}
    curves: dict[str, dict[str, NDArray[np.float64]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for seed in chosen.seeds:
            worlds[str(seed)], curves[str(seed)] = measure_world(chosen.keep or Path(scratch), claims=chosen.claims, seed=seed)
            print(seed, json.dumps(worlds[str(seed)], indent=1), flush=True)
    found = {"claims": chosen.claims, "first_day": FIRST_DAY.isoformat(), "weeks": WEEKS, "worlds": worlds}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw_curves(curves, CURVES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
