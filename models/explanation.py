"""Owns what an explanation is: contributions on the hazard scale that add up to the shown probability, by feature and cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.calibration import Calibration, hazard_to_probability, softplus
from models.member import hazard_contributions
from models.member_stack import ROWS_AT_ONCE, MemberStack

EVIDENCE_COUNT = 3


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why each row has its probability. Scale: calibrated hazard, H = -log(1 - P); P = 1 - e^-H.

    `base + contributions.sum(axis=1)` and `by_cause.sum(axis=1)` both equal `margin`, to 1e-9. `base` is the hazard where every
    member is at its mean over the training rows. A positive contribution raises the risk.
    """

    names: tuple[str, ...]
    causes: tuple[str, ...]
    margin: NDArray[np.float64]  # (n,) H of the shown probability
    base: float
    contributions: NDArray[np.float64]  # (n, k)
    by_cause: NDArray[np.float64]  # (n, n_causes)
    evidence: NDArray[np.int32]  # (n, n_causes, 3) columns that raise this cause most, falling; -1 = no further one
    evidence_contributions: NDArray[np.float64]  # (n, n_causes, 3) their share of `by_cause`; 0 where -1

    @cached_property
    def probability(self) -> NDArray[np.float64]:
        """Give the shown probability, shape (n,)."""
        return hazard_to_probability(self.margin)


@dataclass(frozen=True, kw_only=True)
class Split:
    """The risk of each row by cause, without the columns behind it: `margin` and `by_cause` as in `Explanation`, to the bit."""

    causes: tuple[str, ...]
    margin: NDArray[np.float64]
    by_cause: NDArray[np.float64]

    @cached_property
    def probability(self) -> NDArray[np.float64]:
        """Give the shown probability, shape (n,)."""
        return hazard_to_probability(self.margin)


def split_rows(stack: MemberStack, calibration: Calibration, values: NDArray[np.float64]) -> Split:
    """Split the risk of every row of a matrix over the causes."""
    hazards = softplus(stack.margins(values))
    raw = add_hazards(hazards)
    shown = calibration.apply(raw)
    causes = tuple(member.cause for member in stack.members)
    return Split(causes=causes, margin=shown, by_cause=np.ascontiguousarray(hazards.T) * (shown / raw)[:, None])


def explain_rows(
    stack: MemberStack, calibration: Calibration, *, names: tuple[str, ...], values: NDArray[np.float64]
) -> Explanation:
    """Explain every row of a matrix in the columns of `names`."""
    parts = [
        _explain_block(stack, calibration, names=names, values=values[start : start + ROWS_AT_ONCE])
        for start in range(0, max(len(values), 1), ROWS_AT_ONCE)
    ]
    if len(parts) == 1:
        return parts[0]
    return Explanation(
        names=names,
        causes=parts[0].causes,
        margin=np.concatenate([part.margin for part in parts]),
        base=parts[0].base,
        contributions=np.concatenate([part.contributions for part in parts]),
        by_cause=np.concatenate([part.by_cause for part in parts]),
        evidence=np.concatenate([part.evidence for part in parts]),
        evidence_contributions=np.concatenate([part.evidence_contributions for part in parts]),
    )


def add_hazards(by_member: Sequence[NDArray[np.float64]] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Add member hazards in member order, element by element, so that a batch gives the bits of its single rows."""
    total = by_member[0].copy()
    for hazard in by_member[1:]:
        total += hazard
    return total


def _explain_block(
    stack: MemberStack, calibration: Calibration, *, names: tuple[str, ...], values: NDArray[np.float64]
) -> Explanation:
    margins, contributions, base_margins = stack.explain(values)
    scaled = hazard_contributions(contributions, margins=margins, base_margins=base_margins)
    hazards, bases = softplus(margins), softplus(base_margins[:, None])
    raw, raw_base = add_hazards(hazards), add_hazards(bases)
    shown, base = calibration.apply(raw), calibration.apply(raw_base)
    slope = _slope(calibration, raw=raw, raw_base=raw_base, rise=shown - base)
    total = add_hazards(scaled) * slope[:, None]
    evidence, strength = _strongest(scaled)
    return Explanation(
        names=names,
        causes=tuple(member.cause for member in stack.members),
        margin=shown,
        base=float(base[0]),
        contributions=total,
        by_cause=np.ascontiguousarray(hazards.T) * (shown / raw)[:, None],  # rows in one piece: sums over them keep their bits
        evidence=evidence.swapaxes(0, 1),
        evidence_contributions=strength.swapaxes(0, 1) * slope[:, None, None],
    )


def _slope(
    calibration: Calibration, *, raw: NDArray[np.float64], raw_base: NDArray[np.float64], rise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the chord of the calibration map between base and row, or its tangent where they meet."""
    distance = raw - raw_base
    is_near = np.abs(distance) < 1e-9
    step = 1e-4 * raw_base
    tangent = (calibration.apply(raw_base + step) - calibration.apply(raw_base - step)) / (2 * step)
    slope: NDArray[np.float64] = np.where(is_near, tangent, rise / np.where(is_near, 1.0, distance))
    return slope


def _strongest(contributions: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Find the largest positive contributions along the last axis, falling; of equal ones the earlier column.

    Its input is spent: what was found is crossed out there.
    """
    shape = (*contributions.shape[:-1], EVIDENCE_COUNT)
    columns, strengths = np.full(shape, -1, dtype=np.int32), np.zeros(shape)
    for turn in range(min(EVIDENCE_COUNT, contributions.shape[-1])):
        best = contributions.argmax(axis=-1)[..., None]
        strength = np.take_along_axis(contributions, best, axis=-1)
        is_raising = strength > 0
        columns[..., turn : turn + 1] = np.where(is_raising, best, -1)
        strengths[..., turn : turn + 1] = np.where(is_raising, strength, 0.0)
        np.put_along_axis(contributions, best, -np.inf, axis=-1)
    return columns, strengths
