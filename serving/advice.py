"""Owns what to do with a scored claim: send, fix then send, or hold, weighed in dollars by the costs that the practice sets."""

from dataclasses import dataclass

from models.costs import Costs
from serving.settings import Settings

SEND, FIX_THEN_SEND, HOLD = "send", "fix_then_send", "hold"


def costs_of(settings: Settings) -> Costs:
    """Read the practice's costs off its settings."""
    return Costs(
        look=settings.review_minutes * settings.minute_cost,
        rework=settings.rework_cost,
        unrecovered_share=settings.unrecovered_share,
        prevented_share=settings.prevented_share,
        clean_probability=settings.clean_probability,
        least_relief=settings.least_relief,
    )


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to do, and what following it saves on average."""

    action: str
    expected_saving: float


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A claim's risk once proposed changes are made."""

    probability: float
    at_risk: float
    change_count: int


def advise(costs: Costs, *, probability: float, at_risk: float, fixed: Fixed | None, is_certain: bool) -> Advice:
    """Weigh one claim. `fixed` is its risk after a fix that brings it below its target, `None` where none was found.

    A fix whose changes cost more than they save is not advised: a look at the claim is.

    `expected_saving` is in dollars, on average over such claims, against sending the claim as it is:
    send: 0. Fix then send: loss before less loss after, less one look per change. Hold: the share of the loss that a look
    prevents, less the look; where a denial is certain, the working of that denial less the look. A negative one means that the
    look costs more than it saves.
    """
    loss = costs.loss(probability, at_risk)
    if is_certain:
        return Advice(action=HOLD, expected_saving=costs.rework - costs.look)
    if probability < costs.threshold(probability, at_risk):
        return Advice(action=SEND, expected_saving=0.0)
    if fixed is not None:
        saving = loss - costs.loss(fixed.probability, fixed.at_risk) - costs.look * fixed.change_count
        if saving > 0:
            return Advice(action=FIX_THEN_SEND, expected_saving=saving)
    return Advice(action=HOLD, expected_saving=costs.prevented_share * loss - costs.look)
