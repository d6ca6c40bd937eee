"""Owns what errors cost a practice, in dollars, and from which probability a look at a claim pays.

Service and training weigh the same costs: error rates on the card are those of the advice that callers get.
"""

from dataclasses import dataclass

REVIEW_MINUTES, MINUTE_COST = 5.0, 0.60


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Dollars that advice weighs. The defaults are those of the settings."""

    look: float = REVIEW_MINUTES * MINUTE_COST  # a person's look at one claim, and one change of it
    rework: float = 50.0  # a denial worked costs 44 to 57 dollars (published surveys of providers)
    unrecovered_share: float = 0.35  # of denied dollars that stay lost when nobody prevents them
    prevented_share: float = 0.25  # of denials that a look prevents where no fix is named
    clean_probability: float = 0.15  # about the usual denial rate: a claim of less risk is sent, whatever it costs
    least_relief: float = 0.8  # share of a claim's risk that a proposed fix must take away

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
