"""Owns the CSV files that the practice's own systems export (the columns of the contract, plus `known_on` where it differs)."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from random import Random

from simulator.priors import CAUSE_MIX
from simulator.simulation import Simulation
from simulator.world import World

_FIXES = {
    "authorization": ("authorization desk", "Check the payer's list before scheduling"),
    "eligibility": ("registration", "Check coverage two days before each visit"),
    "missing_information": ("billing", "Block claims with empty required fields"),
    "coding": ("coding", "Train coders on payer modifiers"),
    "timely_filing": ("billing", "Work unbilled visits every week"),
}


def write_exports(folder: Path, simulation: Simulation, random: Random) -> int:
    """Write the six CSV files. Returns their count."""
    world = simulation.world
    tables: dict[str, tuple[Sequence[str], Iterable[Sequence[object]]]] = {
        "appeals": (
            ("claim_id", "payer_id", "level", "filed_on", "decided_on", "outcome", "recovered_amount", "minutes_spent"),
            (
                (
                    r.number,
                    r.payer_id,
                    r.level,
                    _on(r.filed_day),
                    _on(r.decided_day),
                    r.outcome,
                    f"{r.recovered_cents / 100:.2f}",
                    r.minutes,
                )
                for r in simulation.appeal_rows()
            ),
        ),
        "eligibility": (
            ("subscriber_id", "payer_id", "checked_on", "status", "plan_begin", "plan_end"),
            (
                (member_id, payer_id, _on(day), check.status, _on(check.begins_on_day), _on(check.ends_on_day))
                for member_id, payer_id, day, check in simulation.desk.check_rows
                if day <= world.last_day
            ),
        ),
        "authorizations": (
            (
                "authorization_number",
                "payer_id",
                "subscriber_id",
                "procedure_code",
                "valid_from",
                "valid_to",
                "units_approved",
                "known_on",
            ),
            (
                (r.number, r.payer_id, r.member_id, r.procedure_code, _on(r.from_day), _on(r.to_day), r.units, _on(r.known_day))
                for r in simulation.desk.authorization_rows
                if r.known_day <= world.last_day
            ),
        ),
        "enrollments": (
            ("npi", "payer_id", "effective_from", "effective_to", "known_on"),
            (
                (r.npi, r.payer_id, _on(r.from_day), _on(r.to_day), _on(r.known_day))
                for r in world.enrollments
                if r.known_day <= world.last_day
            ),
        ),
        "payers": (
            (
                "payer_id",
                "payer_name",
                "plan_type",
                "filing_limit_days",
                "appeal_limit_days",
                "appeal_levels",
                "expected_response_days",
            ),
            (
                (
                    p.payer_id,
                    p.name,
                    p.plan_type,
                    p.filing_limit_days,
                    p.appeal_limit_days,
                    p.appeal_levels,
                    round(p.lag_days[0] + p.lag_days[1] * 1.3),
                )
                for p in world.payers
            ),
        ),
        "fixes": (("cause", "payer_id", "started_on", "owner", "description"), _fixes(random, world)),
    }
    for name, (header, rows) in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(header)
            out.writerows(rows)
    return len(tables)


def _on(day: int | None) -> str:
    return date.fromordinal(day).isoformat() if day is not None else ""


def _fixes(random: Random, world: World) -> list[tuple[str, str, str, str, str]]:
    rows = []
    for cause in sorted(set(_FIXES) & set(CAUSE_MIX)):
        owner, description = _FIXES[cause]
        payer_id = random.choice(world.payers).payer_id if random.random() < 0.5 else ""
        day = world.first_day + random.randint(world.days // 4, world.days - 1)
        rows.append((cause, payer_id, _on(day), owner, description))
    return sorted(rows, key=lambda row: row[2])
