"""Owns the rehearsal that turns a drawn world's edits up or down until its payers deny at their drawn rates and mixes."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from simulator.appeals import DeniedClaim
from simulator.codes import EDITS
from simulator.priors import CAUSE_MIX
from simulator.simulation import Simulation
from simulator.submission import Submission
from simulator.world import World

_CAUSES = tuple(CAUSE_MIX)
_ROUNDS = 40
_SHRINK_CLAIMS = 10  # a payer with few rehearsed claims stays nearer to the drawn strictness


class _Hazards:
    """Keeps the hazards of first submissions to primary payers, by payer."""

    def __init__(self) -> None:
        self.rows: dict[str, list[list[float]]] = defaultdict(list)

    def add_submission(self, submission: Submission, *, last_day: int) -> None:  # noqa: ARG002
        if submission.claim.is_replacement or submission.encounter.primary_answer is not None:
            return
        hazards: dict[str, float] = defaultdict(float)
        for risk in submission.risks:
            hazards[EDITS[risk.edit].cause] += risk.hazard
        self.rows[submission.payer.payer_id].append([hazards[cause] for cause in _CAUSES])

    def add_denial(self, submission: Submission, denied: DeniedClaim, *, elapsed_days: int) -> None:
        pass


def calibrate(world: World) -> World:
    """Rehearse a few thousand claims and scale each payer's hazards by cause; the multipliers are kept in truth/world.json."""
    hazards = _Hazards()
    Simulation(world, name="rehearsal", claims=world.priors.calibration_claims, mailroom=None, key=hazards).run()
    intensity: dict[tuple[str, str], float] = {}
    for payer in world.payers:
        rows = hazards.rows.get(payer.payer_id)
        if not rows:
            continue
        mix = np.array([payer.target_mix[cause] for cause in _CAUSES])
        scale = _fit(np.array(rows), mix=mix, rate=payer.target_denial_rate, bounds=world.priors.calibration_bounds)
        trust = len(rows) / (len(rows) + _SHRINK_CLAIMS)
        intensity.update({(payer.payer_id, cause): round(float(s) ** trust, 4) for cause, s in zip(_CAUSES, scale, strict=True)})
    return world.with_intensity(intensity)


def _fit(
    hazards: NDArray[np.float64], *, mix: NDArray[np.float64], rate: float, bounds: tuple[float, float]
) -> NDArray[np.float64]:
    """Find the multipliers; where a bound keeps one cause from its share, the others make up for the total."""
    scale, pressure = np.ones(len(mix)), 1.0
    for _ in range(_ROUNDS):
        shares = _first_cause_shares(hazards * scale)
        pressure *= (rate / max(shares.sum(), 1e-6)) ** 0.3
        scale = np.clip(scale * np.clip(mix * rate * pressure / np.maximum(shares, 1e-6), 0.5, 2.0), *bounds)
    return scale


def _first_cause_shares(hazards: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the mean chance of denial by cause, sharing each claim's chance by hazard."""
    capped = np.minimum(hazards, 3.2)
    total = capped.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = (capped / np.maximum(total, 1e-12) * -np.expm1(-total)).mean(axis=0)
    return shares
