"""Owns one run: draw the world, rehearse it, live it, write everything under one folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulator.calibration import calibrate
from simulator.chance import stream
from simulator.exports import write_exports
from simulator.mailroom import Mailroom
from simulator.priors import Priors
from simulator.review import Advised
from simulator.simulation import Simulation
from simulator.truth import Truth
from simulator.world import draw_world


@dataclass(frozen=True, kw_only=True)
class SimulationSummary:
    """What one run wrote. `denial_rate` is over answered submissions; the seconds are wall clock."""

    out: Path
    first_on: date
    last_on: date
    claim_count: int  # visits billed: what was asked for
    submission_count: int  # CLM loops, with replacements, duplicates and secondary claims
    rejected_count: int
    answered_count: int
    denied_count: int
    appeal_count: int
    payer_count: int
    provider_count: int
    location_count: int
    file_count: int
    seconds: float

    @property
    def denial_rate(self) -> float:
        """Give denied over answered submissions."""
        return self.denied_count / max(1, self.answered_count)


def simulate(
    out: Path,
    *,
    claims: int,
    months: int,
    seed: int,
    start: date,
    progress: Callable[[int, int], None] | None = None,
    priors: Priors | None = None,
    advised: Advised | None = None,
) -> SimulationSummary:
    """Write a world of `claims` billed visits over `months` from `start` into `out`, with its answer key in `out/truth`.

    The same arguments give the same bytes. `progress` is called with visits done and visits in all. `advised` names who is asked
    before claims are sent, and when; nobody is unless it is given.

    Raises: ValueError, if claims, months or an `out` that holds an earlier world make no sense.
    """
    _refuse_nonsense(out, claims=claims, months=months)
    began = time.perf_counter()
    world = calibrate(draw_world(claims=claims, months=months, seed=seed, start=start, priors=priors or Priors()))
    mailroom, truth = Mailroom(out, world), Truth(out / "truth")
    simulation = Simulation(world, name="world", claims=claims, mailroom=mailroom, key=truth)
    if advised is not None:

        def write_files(day: int) -> Path:
            mailroom.write_open(day - 1)
            write_exports(out / "csv", simulation, stream(seed, "fixes"))
            return out

        simulation.advise_with(advised, write_files)
    tally = simulation.run(progress)
    mailroom.close()
    truth.write_world(world, months=months)
    truth.close()
    csv_count = write_exports(out / "csv", simulation, stream(seed, "fixes"))
    return SimulationSummary(
        out=out,
        first_on=date.fromordinal(world.first_day),
        last_on=date.fromordinal(world.last_day),
        claim_count=tally.encounters,
        submission_count=tally.submissions,
        rejected_count=tally.rejected,
        answered_count=tally.answered,
        denied_count=tally.denied,
        appeal_count=len(simulation.appeal_rows()),
        payer_count=len(world.payers),
        provider_count=len(world.practice.clinicians),
        location_count=len(world.practice.locations),
        file_count=mailroom.file_count + csv_count,
        seconds=time.perf_counter() - began,
    )


def _refuse_nonsense(out: Path, *, claims: int, months: int) -> None:
    if claims < 1 or months < 1:
        raise ValueError(f"a world needs at least 1 claim and 1 month, got {claims} and {months}")
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} is not empty: expected a new or empty folder")
