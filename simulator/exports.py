"""Owns the CSV files that the practice's own systems export (the columns of the contract, plus `known_on` where it differs)."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from random import Random

from simulator.payers import SimulatedPayer
from simulator.priors import CAUSE_MIX
from simulator.simulation import Simulation
from simulator.submission import AppealRow
from simulator.world import World

_FIXES = {
    "authorization": ("authorization desk", "Check the payer's list before scheduling"),
    "eligibility": ("registration", "Check coverage two days before each visit"),
    "missing_information": ("billing", "Block claims with empty required fields"),
    "coding": ("coding", "Train coders on payer modifiers"),
    "timely_filing": ("billing", "Work unbilled visits every week"),
}


Row = tuple[object, ...]


def write_exports(folder: Path, simulation: Simulation, random: Random) -> int:
    """Write the six CSV files, each holding only what was known by the last day. Returns their count."""
    world = simulation.world
    tables: dict[str, tuple[str, Iterable[Row]]] = {
        "appeals": (
            "claim_id,payer_id,level,filed_on,decided_on,outcome,recovered_amount,minutes_spent",
            map(_appeal, simulation.appeal_rows()),
        ),
        "eligibility": ("subscriber_id,payer_id,checked_on,status,plan_begin,plan_end", _checks(simulation)),
        "authorizations": (
            "authorization_number,payer_id,subscriber_id,procedure_code,valid_from,valid_to,units_approved,known_on",
            _authorizations(simulation),
        ),
        "enrollments": ("npi,payer_id,effective_from,effective_to,known_on", _enrollments(world)),
        "payers": (
            "payer_id,payer_name,plan_type,filing_limit_days,appeal_limit_days,appeal_levels,expected_response_days",
            map(_payer, world.payers),
        ),
        "fixes": ("cause,payer_id,started_on,owner,description", _fixes(random, world)),
    }
    for name, (header, rows) in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(header.split(","))
            out.writerows(rows)
    return len(tables)


def _appeal(row: AppealRow) -> Row:
    recovered = f"{row.recovered_cents / 100:.2f}"
    return (row.number, row.payer_id, row.level, _on(row.filed_day), _on(row.decided_day), row.outcome, recovered, row.minutes)


def _payer(payer: SimulatedPayer) -> Row:
    limits = (payer.filing_limit_days, payer.appeal_limit_days, payer.appeal_levels)
    return (payer.payer_id, payer.name, payer.plan_type, *limits, round(payer.lag_days[0] + payer.lag_days[1] * 1.3))


def _checks(simulation: Simulation) -> Iterator[Row]:
    for member_id, payer_id, check in simulation.desk.check_rows:
        yield (member_id, payer_id, _on(check.day), check.status, _on(check.begins_on_day), _on(check.ends_on_day))


def _authorizations(simulation: Simulation) -> Iterator[Row]:
    for row in simulation.desk.authorization_rows:
        if row.known_day <= simulation.world.last_day:
            span = (_on(row.from_day), _on(row.to_day))
            yield (row.number, row.payer_id, row.member_id, row.procedure_code, *span, row.units, _on(row.known_day))


def _enrollments(world: World) -> Iterator[Row]:
    for row in world.enrollments:
        if row.known_day <= world.last_day:
            yield (row.npi, row.payer_id, _on(row.from_day), _on(row.to_day), _on(row.known_day))


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
