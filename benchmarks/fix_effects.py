"""Measure whether the intervals of prevention actions hold as often as they say, on actions of known effect.

Run: python -m benchmarks.fix_effects [--worlds DIR]. Two ways. Made up: weekly denials of treated and controls, with and
without weeks that vary more than chance (gamma, shape 4), all moved together by a common shock. Planted: the outcomes of
simulated worlds 1 to 3 (DIR as in benchmarks.trends), where from a random day on a share of one payer's denials of one cause
is taken away; payers' real policy changes stay in, so that controls do not always tell what would have been. Kept in
benchmarks/results/fix_effects.json.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from claims.history.store import HistoryStore
from serving.analytics.fix_effects import BEFORE_DAYS, LEVEL, Effect, Week, estimate_effect
from serving.analytics.trends.watched import Watched, read_watched

RESULTS = Path(__file__).parent / "results" / "fix_effects.json"
RATIOS = (0.3, 0.6, 1.0)
REPLICATIONS, PLANTED = 400, 400
AFTER_WEEKS = 16
END = date(2025, 4, 30)  # of simulated worlds that end two months later: answers have come
SEEDS = (1, 2, 3)
LEAST_DENIALS = 30  # of a payer and cause, to plant in


def made_up(random: np.random.Generator, *, weekly: float, ratio: float, shape: float | None) -> Effect:
    """Estimate one made-up action; `shape` of the gamma that weeks vary by (`None` = by chance alone)."""
    weeks = []
    for week in range(-BEFORE_DAYS // 7, AFTER_WEEKS):
        common = random.gamma(8) / 8
        for is_treated, scale in ((True, 1), (False, 3)):
            mean = weekly * scale * common * (1 if shape is None else random.gamma(shape) / shape)
            mean *= ratio if is_treated and week >= 0 else 1
            weeks.append(Week(week=week, is_treated=is_treated, denied=int(random.poisson(mean)), answered=40 * scale))
    return estimate_effect(weeks)


def planted(random: np.random.Generator, watched: Watched, *, ratio: float) -> Effect:
    """Take a share of one payer's denials of one cause away from a random day on, and estimate."""
    pairs = Counter(zip(watched.payer[watched.cause != ""], watched.cause[watched.cause != ""], strict=True))
    able = sorted(pair for pair, count in pairs.items() if count >= LEAST_DENIALS)
    payer, cause = able[int(random.integers(len(able)))]
    first, last = int(watched.day.min()) + BEFORE_DAYS, int(watched.day.max()) - 7 * AFTER_WEEKS
    start = int(random.integers(first, last))
    near = (watched.day >= start - BEFORE_DAYS) & (watched.day < start + 7 * AFTER_WEEKS)
    week, treated = (watched.day[near] - start) // 7, watched.payer[near] == payer
    hit = watched.cause[near] == cause
    hit &= ~(treated & (week >= 0) & (random.random(len(hit)) >= ratio))
    weeks = [
        Week(week=int(at), is_treated=is_treated, denied=int(hit[mine].sum()), answered=int(mine.sum()))
        for at in np.unique(week)
        for is_treated in (True, False)
        if (mine := (week == at) & (treated == is_treated)).any()
    ]
    return estimate_effect(weeks)


def summarize(effects: Sequence[Effect], ratio: float) -> dict[str, object]:
    """Count how often the interval held the planted effect, and the verdicts."""
    told = [one for one in effects if one.low is not None and one.high is not None]
    held = sum(1 for one in told if one.low is not None and one.high is not None and one.low <= ratio <= one.high)
    return {
        "replications": len(effects),
        "told": len(told),
        "coverage": round(held / len(told), 3) if told else None,
        "verdicts": dict(sorted(Counter(one.verdict for one in effects).items())),
    }


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=Path)
    given = parser.parse_args()
    random = np.random.default_rng(11)
    found: dict[str, object] = {"level": LEVEL}
    for weekly in (2, 5):
        for shape in (None, 4.0):
            for ratio in RATIOS:
                effects = [made_up(random, weekly=weekly, ratio=ratio, shape=shape) for _ in range(REPLICATIONS)]
                name = f"made up, {weekly} denials a week, {'chance alone' if shape is None else 'weeks vary'}, ratio {ratio}"
                found[name] = summarize(effects, ratio)
    if given.worlds:
        worlds = [
            read_watched(HistoryStore(str(given.worlds / str(seed) / "home" / "history")).pinned(), as_of=END) for seed in SEEDS
        ]
        for ratio in RATIOS:
            effects = [planted(random, worlds[at % len(worlds)], ratio=ratio) for at in range(PLANTED)]
            found[f"planted, ratio {ratio}"] = summarize(effects, ratio)
    text = json.dumps(found, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
