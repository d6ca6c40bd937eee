"""Owns what to do with a scored claim: send, fix then send, or hold, weighed in dollars by the costs that the practice sets."""

from dataclasses import dataclass

from serving.settings import Settings

SEND, FIX_THEN_SEND, HOLD = "send", "fix_then_send", "hold"


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Dollars that advice weighs, from the settings."""

    look: float  # a person's look at one claim, and one change of it
    rework: float  # working one denial
    unrecovered_share: float  # of denied dollars
    prevented_share: float  # of denials that a look prevents where no fix is named
    clean_probability: float  # a claim of less risk is sent, whatever it costs
    least_relief: float  # share of a claim's risk that a proposed fix must take away

    @classmethod
    def of(cls, settings: Settings) -> "Costs":
        """Read them off the settings."""
        return cls(
            look=settings.review_minutes * settings.minute_cost,
            rework=settings.rework_cost,
            unrecovered_share=settings.unrecovered_share,
            prevented_share=settings.prevented_share,
            clean_probability=settings.clean_probability,
            least_relief=settings.least_relief,
        )

    def loss(self, probability: float, at_risk: float) -> float:
        """Give the dollars that sending a claim loses on average: working its denial, and what stays unrecovered."""
        return probability * self.rework + at_risk * self.unrecovered_share

    def threshold(self, probability: float, at_risk: float) -> float:
        """Give the probability from which a look pays: what it prevents on average is worth what it costs.

        Never below `clean_probability`. May exceed 1: a look at so cheap a claim never pays.
        """
        loss_if_denied = self.loss(1.0, at_risk / probability) if probability > 0 else self.rework
        return max(self.clean_probability, self.look / (self.prevented_share * loss_if_denied))

    def target(self, probability: float, at_risk: float) -> float:
        """Give the probability that a fix must get a claim below: its threshold, or less where it would leave too much risk.

        Of claims whose risk a fix brings from p to q, p - q of p are denials prevented: `least_relief` is how sure a fix is.
        """
        return min(self.threshold(probability, at_risk), (1.0 - self.least_relief) * probability)


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
