"""Try faults on a real service: `python -m benchmarks.reliability --home HOME --files DIR [--fault NAME] [--rounds N]`.

HOME is a trained home and DIR the files of its practice, as `make demo` makes them; both are copied, never touched. Findings go
to benchmarks/results/reliability.json, and the table of docs/reliability.md is written from it. Exit code 1: a fault did harm.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks.reliability.callers import slow_callers, vanished_callers
from benchmarks.reliability.faults import (
    clock_jumps,
    disk_full,
    killed_under_load,
    postgresql_restarts,
    sqlite_away,
    sqlite_locked,
    two_services,
)
from benchmarks.reliability.finding import Finding, Setting
from benchmarks.reliability.service import ROOT
from benchmarks.reliability.soak import soak

RESULTS = ROOT / "benchmarks" / "results" / "reliability.json"
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- table begins -->\n", "<!-- table ends -->\n"
FAULTS: dict[str, Callable[[Setting], Finding]] = {
    fault.__name__: fault
    for fault in (
        killed_under_load,
        sqlite_locked,
        sqlite_away,
        disk_full,
        two_services,
        clock_jumps,
        postgresql_restarts,
        slow_callers,
        vanished_callers,
        soak,
    )
}
VERDICTS = {True: "held", False: "**did not hold**", None: "not tried"}


def main() -> int:
    """Try, keep, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=ROOT / "denials-home")
    parser.add_argument("--files", type=Path, default=ROOT / "demo")
    parser.add_argument("--today", default="2025-07-01")
    parser.add_argument("--fault", choices=FAULTS, action="append", help="this one alone; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="kills")
    parser.add_argument("--seconds", type=float, default=5.0, help="of load before a blow")
    parser.add_argument("--soak-seconds", type=float, default=600.0, help="of steady load")
    chosen = parser.parse_args()
    found: dict[str, dict[str, object]] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    is_well = True
    for name in chosen.fault or FAULTS:
        folder = Path(tempfile.mkdtemp(prefix="denials-reliability-"))
        setting = Setting(
            home=chosen.home,
            sample=max((chosen.files / "837").glob("*"), key=lambda path: path.name),
            claim=json.loads((ROOT / "docs" / "examples" / "claim.json").read_text(encoding="utf-8")),
            today=chosen.today,
            folder=folder,
            rounds=chosen.rounds,
            seconds=chosen.seconds,
            soak_seconds=chosen.soak_seconds,
        )
        try:
            finding = FAULTS[name](setting)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"{name}: {VERDICTS[finding.is_well]}: {finding.happened}", flush=True)
        is_well &= finding.is_well is not False
        found[name] = {**asdict(finding), "load_average": round(os.getloadavg()[0], 1)}
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        write_table(found)
    return int(not is_well)


def write_table(found: dict[str, dict[str, object]]) -> None:
    """Put the findings into the page, between its marks."""
    rows = ["| fault | tried | what happened | |", "|---|---|---|---|"]
    for name in FAULTS:
        if name in found:
            one = Finding(**{key: found[name][key] for key in ("fault", "tried", "happened", "is_well")})  # type: ignore[arg-type]
            rows.append(f"| {one.fault} | {one.tried} | {one.happened} | {VERDICTS[one.is_well]} |")
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN, 1)
    PAGE.write_text(head + BEGIN + "\n".join(rows) + "\n" + END + rest.split(END, 1)[1], encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
