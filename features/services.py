"""Features of how services go together and how many there are: bundling pairs, units, repeats."""

import numpy as np

from features.evaluation import Evaluation, reduce_groups
from features.outcomes import LOWEST_OF, UNIT_STEPS
from features.pairs import Pairs, is_overriding, line_pairs
from features.registry import Column, line_feature
from features.required_fields import smoothed

RECEIPT, SUBMISSION, SENT = "835 receipt", "submission", "earlier submission"
PAIR_WEIGHT = 4.0


def _pairs(at: Evaluation) -> Pairs:
    return at.once("line pairs", lambda: line_pairs(at))


def _over_partners(at: Evaluation, values: Column) -> Column:
    return reduce_groups(np.fmax, values, _pairs(at).of_lines, empty=0.0)


@line_feature(title="Bundling denials of this pair of services", unit="rate", known_from=RECEIPT, root_cause="bundling")
def pair_bundling_rate(at: Evaluation) -> Column:
    """Highest smoothed rate over the other services of the claim, with the distinct-service modifier or without; 0 = alone."""
    pairs = _pairs(at)
    prior = at.rate("payer_procedure", "bundling")[pairs.line]
    for table in ("class_pair", "payer_class_pair", "pair", "payer_pair"):
        prior = smoothed(pairs.count(at, table, "bundling"), pairs.count(at, table, "answers"), prior, PAIR_WEIGHT)
    return _over_partners(at, prior)


@line_feature(
    title="Answers seen for this pair of services at this payer", unit="count", known_from=RECEIPT, root_cause="bundling"
)
def pair_answer_count(at: Evaluation) -> Column:
    """Most answers of a pair that the line stands in; 0 = alone or unseen."""
    return _over_partners(at, _pairs(at).count(at, "payer_pair", "answers"))


@line_feature(title="Distinct-service modifier on the line", unit="flag", known_from=SUBMISSION, root_cause="bundling")
def has_overriding_modifier(at: Evaluation) -> Column:
    """1 where a line carries a modifier that says distinct or repeated service."""
    return np.array(is_overriding(at.batch), dtype=np.float64)


@line_feature(title="Units", unit="count", known_from=SUBMISSION, root_cause="units_or_frequency")
def most_units(at: Evaluation) -> Column:
    """Units of the line."""
    return at.batch.line_number("units")


@line_feature(
    title="Share of paid lines of this service with fewer units", unit="rate", known_from=RECEIPT, root_cause="units_or_frequency"
)
def units_percentile(at: Evaluation) -> Column:
    """Share of the payer's paid lines of the procedure that had fewer units; 0 while none is known."""
    paid = at.habit("payer_procedure", ("paid", *(f"paid_units_{step}" for step in UNIT_STEPS)))
    # Column 0 counts all paid lines, column k those with at least UNIT_STEPS[k - 1] units.
    step = np.searchsorted(UNIT_STEPS, at.batch.line_number("units"), side="right")
    return 1.0 - (paid[np.arange(len(step)), step] + 1.0) / (paid[:, 0] + 1.0)


@line_feature(
    title="Units over the most ever paid for this service here", unit="count", known_from=RECEIPT, root_cause="units_or_frequency"
)
def units_over_paid(at: Evaluation) -> Column:
    """Units less the most on a paid line of payer and procedure, negative below; NaN while none was paid."""
    return at.batch.line_number("units") - at.habit_peak("payer_procedure", "paid_units")


@line_feature(
    title="Units over the fewest ever denied for units here", unit="count", known_from=RECEIPT, root_cause="units_or_frequency"
)
def units_over_denied(at: Evaluation) -> Column:
    """Units less the fewest on a line of payer and procedure denied for units or frequency; NaN while none was."""
    return at.batch.line_number("units") - (LOWEST_OF - at.habit_peak("payer_procedure", "over_units"))


@line_feature(title="Same service for this patient in 30 days", unit="count", known_from=SENT, root_cause="units_or_frequency")
def procedure_repeats_30d(at: Evaluation) -> Column:
    """Lines of the procedure sent for the patient in the last 30 days."""
    return at.same_procedure_count(30)


@line_feature(title="Same service for this patient in 90 days", unit="count", known_from=SENT, root_cause="units_or_frequency")
def procedure_repeats_90d(at: Evaluation) -> Column:
    """Lines of the procedure sent for the patient in the last 90 days."""
    return at.same_procedure_count(90)


@line_feature(title="Same service for this patient in a year", unit="count", known_from=SENT, root_cause="units_or_frequency")
def procedure_repeats_365d(at: Evaluation) -> Column:
    """Lines of the procedure sent for the patient in the last 365 days."""
    return at.same_procedure_count(365)


@line_feature(
    title="Days since the patient's last such service",
    unit="days",
    known_from=SENT,
    root_cause="units_or_frequency",
    over_lines="lowest",
)
def days_since_same_procedure(at: Evaluation) -> Column:
    """Days from the service day last sent for patient and procedure to this line's; NaN = none, or a later one."""
    return at.days_since_same_procedure
