"""Measure the warnings on simulated worlds with dated policy changes: days to detection, false alarms a month.

Run: python -m benchmarks.trends [--worlds DIR] [--seeds 31 32 33]. Worlds of 20,000 claims over 18 months; DIR/SEED/files and
DIR/SEED/home are used where they stand, else simulated there (a temporary folder without --worlds). A warning is true where
it names payer, cause and service of a policy change in force, a real rise where the true chances of its claims rose by half
for another reason (an office's habit, a new provider), else false. Days count from the first 835 that the change denied. Only
rises are looked for.
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.trend_truth import Change, World, read_world
from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from serving.analytics.trends.detector import MONTH_DAYS, DetectorRule
from serving.analytics.trends.warnings import TrendWarning, find_warnings
from serving.analytics.trends.watched import read_watched
from simulator import simulate

RESULTS = Path(__file__).parent / "results" / "trends.json"
CLAIMS, MONTHS, START, END = 20_000, 18, date(2024, 1, 1), date(2025, 6, 30)
SEEDS = (31, 32, 33)
BUCKETS = ((1, 3), (3, 6), (6, 12), (12, 1000))
AFTERMATH_DAYS = 60  # answers to services from before the end still come
NEVER = 9999


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One world: warnings by kind, and the days to detection of each change (`None` = never)."""

    months: float
    true: int
    real: int
    false: int
    delays: tuple[tuple[float, int | None], ...]  # excess, days


def judge(world: World, warnings: Sequence[TrendWarning], rule: DetectorRule) -> Judged:
    """Hold warnings against the truth."""
    start = int(world.answered.min()) + rule.burn_in_days
    found: dict[int, int] = {}
    kinds = {"true": 0, "real": 0, "false": 0}
    for warning in warnings:
        hit = [at for at, change in enumerate(world.changes) if _names(warning, change)]
        kinds["true" if hit else "real" if world.is_rise(warning) else "false"] += 1
        for at in hit:
            first = world.changes[at].first_day
            if first is not None and _day(warning) >= first:
                found.setdefault(at, _day(warning) - first)
    delays = tuple(
        (change.excess, found.get(at))
        for at, change in enumerate(world.changes)
        if change.first_day is not None and change.first_day >= start
    )
    return Judged(months=(int(world.answered.max()) - start) / MONTH_DAYS, delays=delays, **kinds)


def _names(warning: TrendWarning, change: Change) -> bool:
    if warning.payer != change.payer or warning.cause != change.cause or warning.location:
        return False
    if not change.effective <= _day(warning) <= change.end + AFTERMATH_DAYS:
        return False
    return not warning.families or not change.families or bool(set(warning.families) & change.families)


def summarize(judged: Sequence[Judged]) -> dict[str, object]:
    """Put worlds together."""
    months = sum(one.months for one in judged)
    delays = [delay for one in judged for delay in one.delays]
    return {
        "months": round(months, 1),
        "warnings_of_policy_changes_per_month": round(sum(one.true for one in judged) / months, 2),
        "warnings_of_other_rises_per_month": round(sum(one.real for one in judged) / months, 2),
        "false_alarms_per_month": round(sum(one.false for one in judged) / months, 2),
        "by_affected_denials": {_named(low, high): _delays(delays, low, high) for low, high in BUCKETS},
    }


def _named(low: int, high: int) -> str:
    return f"{low} and more" if high == BUCKETS[-1][1] else f"{low} to below {high}"


def _delays(delays: Sequence[tuple[float, int | None]], low: int, high: int) -> dict[str, object]:
    mine = [days for excess, days in delays if low <= excess < high]
    found = [days for days in mine if days is not None]
    middle = statistics.median([NEVER if days is None else days for days in mine]) if mine else NEVER
    return {
        "changes": len(mine),
        "found": len(found),
        "median_days": None if middle >= NEVER / 2 else middle,
        "median_days_of_found": statistics.median(found) if found else None,
    }


def measure(seeds: Sequence[int], folder: Path, rule: DetectorRule) -> tuple[list[Judged], dict[str, object]]:
    """Judge every world and put them together."""
    judged = []
    for seed in seeds:
        home = _home(folder / str(seed), seed)
        store = HistoryStore(home.history_uri).pinned()
        world = read_world(folder / str(seed) / "files" / "truth", store)
        judged.append(judge(world, find_warnings(read_watched(store, as_of=END), rule), rule))
    return judged, summarize(judged)


def _home(folder: Path, seed: int) -> Home:
    home = Home(folder / "home")
    if not (folder / "home" / "history").exists():
        simulate(folder / "files", claims=CLAIMS, months=MONTHS, seed=seed, start=START)
        ingest_paths([folder / "files"], home=home, now=datetime.now(UTC))
    return home


def _day(warning: TrendWarning) -> int:
    return warning.raised_on.toordinal() - date(1970, 1, 1).toordinal()


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        judged, together = measure(given.seeds, given.worlds or Path(name), DetectorRule())
    found = {
        "claims": CLAIMS,
        "seeds": given.seeds,
        "together": together,
        "worlds": {str(seed): summarize([one]) for seed, one in zip(given.seeds, judged, strict=True)},
    }
    text = json.dumps(found, indent=1)
    if tuple(given.seeds) == SEEDS:
        RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
