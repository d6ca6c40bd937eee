"""Write docs/quality.md from the kept results: `python -m benchmarks.quality_page`. A test checks that the page is current."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "quality.md"
SIZES = (20_000, 100_000)
FIGURES = ("auc", "average_precision", "log_loss", "brier", "ece", "recall_at_95_precision", "lift_at_5_percent")
Found = Mapping[str, Any]


def write_page() -> str:
    """Give the page's text."""
    parts = [_HEAD]
    for claims in SIZES:
        parts += _worlds(_read(f"quality_{claims}.json"), claims)
    parts += _settings(_read("settings.json"))
    parts += _explanations(_read("explanations.json"))
    parts += _tables(_read("own_tables.json"))
    return "\n".join(parts).rstrip() + "\n"


def _worlds(found: Found, claims: int) -> list[str]:
    lines = [f"## Simulated worlds of {claims:,} claims", ""]
    lines += [
        f"`python -m benchmarks.quality --claims {claims} --months {found['months']} --seeds {' '.join(found['worlds'])}`",
        "",
    ]
    for name, title in (("denial_risk", "Denial risk"), ("appeal_success", "Appeal success")):
        rows = []
        for seed, world in found["worlds"].items():
            report = world["models"].get(name)
            if report:
                truth, gap = report["truth"], report["truth"].get("gap", {})
                columns: dict[str, Found] = {"model": truth["model"], **report["baselines"], "oracle": truth["oracle"]}
                rows += [
                    [seed, who.replace("_", " "), *(_figure(own.get(each)) for each in FIGURES)] for who, own in columns.items()
                ]
                rows += [[seed, "gap closed, model", *(_share(gap.get(each)) for each in FIGURES)]]
        lines += [f"### {title}", "", *_table(["world", "", *(each.replace("_", " ") for each in FIGURES)], rows), ""]
    return lines + _causes(found)


def _causes(found: Found) -> list[str]:
    worlds = {seed: world["models"]["denial_risk"]["truth"].get("causes", {}) for seed, world in found["worlds"].items()}
    names = sorted({name for causes in worlds.values() for name in causes})
    if not names:
        return []
    gains = {name: sum(causes.get(name, {}).get("gain_if_known", 0.0) for causes in worlds.values()) for name in names}
    rows = []
    for name in sorted(names, key=lambda name: -gains[name]):
        cells = []
        for causes in worlds.values():
            own = causes.get(name)
            cells.append(
                f"{own['gain_if_known']:.4f}; {own['denied_count']} of {own['expected_count']:.0f}; "
                f"{_figure(own['auc'])} of {_figure(own['oracle_auc'])}"
                if own
                else ""
            )
        rows.append([name.replace("_", " "), *cells])
    return [
        "### Where the rest is lost, by cause",
        "",
        "Per world: log-loss that the model would gain if it knew this cause's true hazard; denied claims of the cause, of those "
        'that the model expected; AUC of the model, of the oracle\'s, for "denied for this cause".',
        "",
        *_table(["cause", *worlds], rows),
        "",
    ]


def _settings(found: Found) -> list[str]:
    rows = []
    for world, settings in found.items():
        for setting, report in _flat(settings):
            model, oracle = report["model"], report.get("oracle", {})
            cells = [
                _figure(model.get("auc")),
                _figure(oracle.get("auc")),
                _figure(model.get("log_loss")),
                _figure(oracle.get("log_loss")),
            ]
            rows.append([world, setting, str(report.get("row_count", "")), *cells, _figure(report["gap_closed"])])
    head = ["world", "setting", "claims", "AUC", "oracle's", "log-loss", "oracle's", "gap closed"]
    return [
        "## Where it has it hard",
        "",
        _SETTINGS,
        "",
        *_table(head, rows),
        "",
    ]


def _flat(settings: Found) -> list[tuple[str, Found]]:
    found: list[tuple[str, Found]] = []
    for name, report in settings.items():
        words = name.replace("_", " ")
        if "model" in report:
            found.append((words, report))
            continue
        for part, own in report.items():
            found.append((f"{words}: {part.replace('_', ' ')}", own))
            for kind, told in (("never_seen", "nothing known of it"), ("never_billed", "only its records known")):
                if kind in own:
                    blind = {"model": own[kind], "gap_closed": own[kind]["gap_closed"]}
                    found.append((f"{words}: {part}, {told}", blind))
    return found


def _explanations(found: Found) -> list[str]:
    if not found:
        return []
    ways = [
        [world, way, _figure(hits["hit_at_1"]), _figure(hits["hit_at_3"])]
        for world, report in found.items()
        for way, hits in report["ways"].items()
    ]
    causes = [
        [
            world,
            cause.replace("_", " "),
            str(own["denied_count"]),
            _pair(own["members"]),
            _pair(own["oracle"]),
            _taken_for(report, cause),
        ]
        for world, report in found.items()
        for cause, own in sorted(report["by_cause"].items(), key=lambda item: -item[1]["denied_count"])
    ]
    stable = [
        [world, part, str(own["claims"]), _figure(own["same_first_cause"]), _figure(own["oracle_first_share"])]
        for world, report in found.items()
        for part, own in report["stability"].items()
    ]
    return [
        "## Whether the named cause is the true one",
        "",
        _EXPLANATIONS,
        "",
        *_table(["world", "causes named by", "hit at 1", "hit at 3"], ways),
        "",
        *_table(["world", "planted cause", "denied", "hit at 1, at 3", "true posterior's", "named first, most often"], causes),
        "",
        *_table(["world", "claims", "count", "same first cause", "share of the first cause in the true posterior"], stable),
        "",
    ]


def _pair(hits: Found) -> str:
    return f"{hits['hit_at_1']:.2f}, {hits['hit_at_3']:.2f}"


def _taken_for(report: Found, cause: str) -> str:
    named = list(report["confusion"][cause].items())[:3]
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in named)


def _tables(found: Found) -> list[str]:
    rows = []
    for table, parts in found.items():
        for part, report in parts.items():
            auc, loss = report["ours_less_plain"]["auc"], report["ours_less_plain"]["log_loss"]
            rows.append(
                [
                    f"{table} {part}",
                    str(report["row_count"]),
                    *(f"{report[who][each]:.4f}" for each in ("auc", "log_loss") for who in ("ours", "plain")),
                    f"{report['ours']['ece']:.3f}",
                    f"{auc[0]:+.4f} [{auc[1]:+.4f}, {auc[2]:+.4f}]",
                    f"{loss[0]:+.4f} [{loss[1]:+.4f}, {loss[2]:+.4f}]",
                ]
            )
    head = ["table", "rows", "AUC", "plain's", "log-loss", "plain's", "ECE", "AUC, ours less plain", "log-loss, ours less plain"]
    return ["## Tables of strangers", "", _TABLES, "", *_table(head, rows), ""]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {' | '.join(row)} |" for row in rows)]


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _share(found: Found | None) -> str:
    return "" if not found else f"{found['share']:.2f} [{found['interval'][0]:.2f}, {found['interval'][1]:.2f}]"


def _read(name: str) -> Found:
    path = RESULTS / name
    found: Found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


_HEAD = """# How good the models are, and how far from the best possible

Written by `python -m benchmarks.quality_page` from the kept results. Denial figures are measured on simulated claims: no public
data set holds claim-level denial outcomes. The newest rows are held out; members are fitted only on what was mature and known
before those were sent. The oracle is the probability that made the outcome: it knows every policy, so no model can reach it.
"Gap closed" is the share of the way from the rows' own base rate to the oracle, with a 95 % bootstrap interval.
The worlds of 100,000 claims were last run before the appeal model was fitted with a prior width for each effect (appeals.md).
"""

_SETTINGS = """`python -m benchmarks.settings --keep DIR`, worlds of 20,000 claims where nothing else is said. The rows of the
learning curve are named by the claims that the members were fitted on, the newest first. A payer never seen:
members fitted without its claims, the same test claims scored as if it were new. Fitted on true probabilities:
one LightGBM on the same columns and rows, told the true probability instead of the outcome; what it leaves is
not lost to chance in the labels but to what the columns do not say. The model itself closes 0.76 on the newest
fifth of world 41."""

_TABLES = """`python -m benchmarks.own_tables`. IMR are real decisions of California's independent medical review, each year
learned from those before it; "plain" is LightGBM with its defaults on the raw columns, categories native. The specification was
chosen while looking at 2009 to 2013, so the margin is somewhat flattered."""


_EXPLANATIONS = """`python -m benchmarks.explanations --keep DIR`, over truly denied held-out claims, whose cause is planted.
"members": what the product shows, each cause by its own model's hazard. "oracle": the true posterior over causes, which itself
misses where several causes were likely. The last table: two models from bootstrap samples of the same rows, on the riskiest
claims."""


def main() -> int:
    """Write the page."""
    PAGE.write_text(write_page(), encoding="utf-8")
    print(f"written: {PAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
