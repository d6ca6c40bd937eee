"""Features that hold a claim against what this payer has paid for the same service. Known when the 835 was received."""

import numpy as np

from features.batch import numbers
from features.evaluation import Evaluation
from features.history import UNIT_STEPS, has_authorization, has_paperwork, has_referral, line_pairs
from features.registry import Column, feature

RECEIPT = "835 receipt"
OVERRIDING_MODIFIERS = frozenset({"59", "25", "XE", "XS", "XP", "XU", "91", "76", "77"})
# Before any paid line is known, a habit is taken to be rare.
HABIT_PRIOR, HABIT_WEIGHT = 0.05, 3.0


def _habit(at: Evaluation, habit: str, *, table: str = "payer_procedure") -> Column:
    paid, carried = at.counts(table, "paid"), at.counts(table, habit)
    prior = _habit(at, habit, table="procedure") if table == "payer_procedure" else np.full(len(paid), HABIT_PRIOR)
    return np.asarray((carried + HABIT_WEIGHT * prior) / (paid + HABIT_WEIGHT))


@feature(
    title="Paid lines of this service carried an authorization; this one has none",
    unit="rate",
    known_from=RECEIPT,
    root_cause="authorization",
)
def authorization_habit_unmet(at: Evaluation) -> Column:
    """Highest share over lines without an authorization number; 0 where every line carries one."""
    return at.highest(np.where(has_authorization(at.batch), 0.0, _habit(at, "paid_authorization")))


@feature(
    title="Authorization denials of this service, where this claim has no number",
    unit="rate",
    known_from=RECEIPT,
    root_cause="authorization",
)
def authorization_rate_without_number(at: Evaluation) -> Column:
    """Highest smoothed rate over lines without a number; 0 where every line carries one."""
    return at.highest(np.where(has_authorization(at.batch), 0.0, at.rate("payer_procedure", "authorization")))


@feature(
    title="Paid lines of this service carried a referral; this one has none",
    unit="rate",
    known_from=RECEIPT,
    root_cause="referral",
)
def referral_habit_unmet(at: Evaluation) -> Column:
    """Highest share over lines without a referral number."""
    return at.highest(np.where(has_referral(at.batch), 0.0, _habit(at, "paid_referral")))


@feature(
    title="Referral denials of this specialty, where this claim has no number",
    unit="rate",
    known_from=RECEIPT,
    root_cause="referral",
)
def referral_rate_without_number(at: Evaluation) -> Column:
    """Smoothed rate of specialty and payer where no line carries a referral number."""
    without = at.highest((~has_referral(at.batch)).astype(np.float64))
    return np.nan_to_num(without) * at.rate("taxonomy_payer", "referral")


@feature(
    title="Paid lines of this service named a referrer; this claim names none",
    unit="rate",
    known_from=RECEIPT,
    root_cause="missing_information",
)
def referrer_habit_unmet(at: Evaluation) -> Column:
    """Highest share where no referring provider is named; else 0."""
    missing = at.batch.text("referring_provider_npi") == ""
    return np.where(missing, at.highest(_habit(at, "paid_referrer")), 0.0)


@feature(
    title="Paid lines of this service carried a modifier; this one has none", unit="rate", known_from=RECEIPT, root_cause="coding"
)
def modifier_habit_unmet(at: Evaluation) -> Column:
    """Highest share over lines without a modifier."""
    has = np.array([bool(codes) for codes in at.batch.modifiers], dtype=np.bool_)
    return at.highest(np.where(has, 0.0, _habit(at, "paid_modifier")))


@feature(title="These modifiers are unusual on paid lines of this service", unit="rate", known_from=RECEIPT, root_cause="coding")
def modifiers_rarity(at: Evaluation) -> Column:
    """Highest of 1 - share of the payer's paid lines of this procedure that carried just these modifiers."""
    same, paid = at.counts("payer_procedure_modifiers", "paid"), at.counts("payer_procedure", "paid")
    return at.highest(1.0 - (same + 1.0) / (paid + 2.0))


@feature(
    title="This place of service is unusual on paid lines of this service", unit="rate", known_from=RECEIPT, root_cause="coding"
)
def place_rarity(at: Evaluation) -> Column:
    """Highest of 1 - share of the payer's paid lines of this procedure at this place."""
    same, paid = at.counts("payer_procedure_place", "paid"), at.counts("payer_procedure", "paid")
    return at.highest(1.0 - (same + 1.0) / (paid + 2.0))


@feature(
    title="This diagnosis is rare on paid lines of this service at this payer",
    unit="rate",
    known_from=RECEIPT,
    root_cause="medical_necessity",
)
def diagnosis_rarity(at: Evaluation) -> Column:
    """Highest of 1 - share of paid lines of payer and procedure with the pointed diagnosis."""
    same, paid = at.counts("payer_procedure_diagnosis", "paid"), at.counts("payer_procedure", "paid")
    return at.highest(1.0 - (same + 1.0) / (paid + 2.0))


@feature(
    title="This diagnosis is rare on paid lines of this service anywhere", unit="rate", known_from=RECEIPT, root_cause="coding"
)
def diagnosis_rarity_anywhere(at: Evaluation) -> Column:
    """Highest of 1 - share of paid lines of the procedure with the pointed diagnosis."""
    same, paid = at.counts("procedure_diagnosis", "paid"), at.counts("procedure", "paid")
    return at.highest(1.0 - (same + 1.0) / (paid + 2.0))


@feature(
    title="Paid lines of this service came with documents; this one has none",
    unit="rate",
    known_from=RECEIPT,
    root_cause="documentation",
)
def paperwork_habit_unmet(at: Evaluation) -> Column:
    """Highest share over lines without paperwork."""
    return at.highest(np.where(has_paperwork(at.batch), 0.0, _habit(at, "paid_paperwork")))


@feature(
    title="Documentation denials of this service, where nothing is attached",
    unit="rate",
    known_from=RECEIPT,
    root_cause="documentation",
)
def documentation_rate_without_paperwork(at: Evaluation) -> Column:
    """Highest smoothed rate over lines without paperwork."""
    return at.highest(np.where(has_paperwork(at.batch), 0.0, at.rate("payer_procedure", "documentation")))


@feature(
    title="Share of paid lines of this service with fewer units", unit="rate", known_from=RECEIPT, root_cause="units_or_frequency"
)
def units_percentile(at: Evaluation) -> Column:
    """Highest over lines: share of the payer's paid lines of the procedure that had fewer units."""
    units = numbers(at.batch.lines["units"])
    paid = at.counts("payer_procedure", "paid")
    at_least = np.zeros(len(units))
    for step in UNIT_STEPS:
        at_least = np.where(units >= step, at.counts("payer_procedure", f"paid_units_{step}"), at_least)
    return at.highest(1.0 - (at_least + 1.0) / (paid + 1.0))


@feature(title="Most units on a line", unit="count", known_from="submission", root_cause="units_or_frequency")
def most_units(at: Evaluation) -> Column:
    """Highest units over the lines."""
    return at.highest(numbers(at.batch.lines["units"]))


def _pair_rates(at: Evaluation) -> tuple[Column, Column]:
    """Give each line's highest smoothed bundling rate over its partners, and how often that pair was seen."""
    lines, keys = line_pairs(at.batch)
    index = at.history.pair_outcomes
    rate, seen = np.zeros(len(at.batch.line_owner)), np.zeros(len(at.batch.line_owner))
    if len(lines):
        found = index.before(index.encode(keys), at.line_day[lines])
        prior = at.rate("payer_procedure", "bundling")[lines]
        np.fmax.at(rate, lines, (found[:, 1] + 4.0 * prior) / (found[:, 0] + 4.0))
        np.fmax.at(seen, lines, found[:, 0])
    return rate, seen


def _overrides(at: Evaluation) -> Column:
    return np.array([float(bool(OVERRIDING_MODIFIERS & set(codes))) for codes in at.batch.modifiers])


@feature(title="Bundling denials of this pair of services at this payer", unit="rate", known_from=RECEIPT, root_cause="bundling")
def pair_bundling_rate(at: Evaluation) -> Column:
    """Highest smoothed rate over ordered pairs of lines; 0 for a single line."""
    return at.highest(_pair_rates(at)[0])


@feature(
    title="Bundling denials of this pair, no distinct-service modifier on the line",
    unit="rate",
    known_from=RECEIPT,
    root_cause="bundling",
)
def pair_bundling_rate_unmodified(at: Evaluation) -> Column:
    """Highest rate over lines without 59, 25, X{EPSU}, 91, 76 or 77."""
    return at.highest(_pair_rates(at)[0] * (1.0 - _overrides(at)))


@feature(title="A distinct-service modifier is on a line", unit="flag", known_from="submission", root_cause="bundling")
def has_overriding_modifier(at: Evaluation) -> Column:
    """1 where some line carries one of the modifiers that override an edit."""
    return at.highest(_overrides(at))


@feature(
    title="Lines of the claim whose service was denied for medical necessity, together",
    unit="rate",
    known_from=RECEIPT,
    root_cause="medical_necessity",
)
def any_line_medical_necessity(at: Evaluation) -> Column:
    """Chance that at least one line is denied for medical necessity at the smoothed rates of payer, procedure, diagnosis."""
    return at.at_least_one(at.rate("payer_procedure_diagnosis", "medical_necessity"))


@feature(
    title="Lines of the claim whose service was denied as not covered, together",
    unit="rate",
    known_from=RECEIPT,
    root_cause="non_covered",
)
def any_line_non_covered(at: Evaluation) -> Column:
    """Chance that at least one line is denied as not covered at the smoothed rates of payer and procedure."""
    return at.at_least_one(at.rate("payer_procedure", "non_covered"))
