"""Owns the rehearsal that turns a drawn world's edits up or down until its payers deny at their drawn rates and mixes."""

import numpy as np

from simulator.simulation import Simulation
from simulator.truth import CAUSES
from simulator.world import World

_ROUNDS = 12


def calibrate(world: World) -> World:
    """Rehearse a few thousand claims and scale each payer's hazards by cause; the multipliers are kept in truth/world.json."""
    rehearsal = Simulation(world, name="rehearsal", claims=world.priors.calibration_claims, mailroom=None, truth=None)
    rehearsal.run()
    low, high = world.priors.calibration_bounds
    intensity: dict[tuple[str, str], float] = {}
    for payer in world.payers:
        rows = [hazards for payer_id, hazards in rehearsal.rehearsed if payer_id == payer.payer_id]
        if len(rows) < 20:
            continue
        matrix = np.array([[row.get(cause, 0.0) for cause in CAUSES] for row in rows])
        targets = np.array([payer.target_mix[cause] for cause in CAUSES]) * payer.target_denial_rate
        scale = np.ones(len(CAUSES))
        for _ in range(_ROUNDS):
            shares = _first_cause_shares(matrix * scale)
            scale = np.clip(scale * np.clip(targets / np.maximum(shares, 1e-6), 0.25, 4.0), low, high)
        intensity.update({(payer.payer_id, cause): round(float(value), 4) for cause, value in zip(CAUSES, scale, strict=True)})
    return world.with_intensity(intensity)


def _first_cause_shares(hazards: np.ndarray) -> np.ndarray:
    """Give the mean chance of denial by cause, sharing each claim's chance by hazard."""
    capped = np.minimum(hazards, 3.2)
    total = capped.sum(axis=1, keepdims=True)
    share: np.ndarray = (capped / np.maximum(total, 1e-12) * -np.expm1(-total)).mean(axis=0)
    return share
