"""Features of a denial before an appeal: what was denied, how such appeals went, what is on hand."""

from typing import TYPE_CHECKING

import numpy as np

from claims.root_cause import root_causes
from features import claim_form, coding, outcome_rates, records, required_fields, sequences  # noqa: F401  read below
from features.batch import NO_DAY, day_date, days, numbers
from features.registry import FEATURES, Column, Feature, FeatureFunction, add_feature, feature

if TYPE_CHECKING:
    from features.denial_batch import DenialEvaluation

RECEIPT, DECISION, FILING = "835 receipt", "appeal decision", "appeal filing"


def _category_flag(cause: str) -> FeatureFunction:
    def column(at: "DenialEvaluation") -> Column:
        """1 where the denying adjustment that took most is of this category."""
        return np.asarray(at.text("category") == cause, dtype=np.float64)

    return column


def _overturn(table: str) -> FeatureFunction:
    def column(at: "DenialEvaluation") -> Column:
        """Smoothed share of appeals decided before the prediction day that were overturned, wholly or in part."""
        return at.overturn_rate(table)

    return column


def _of_claim(name: str) -> FeatureFunction:
    def column(at: "DenialEvaluation") -> Column:
        """The claim's feature, as known on the day of the appeal."""
        return at.of_claim(name)

    return column


_OVERTURN_WORDS = {
    "payer": "this payer",
    "category": "this category",
    "category_payer": "this category at this payer",
    "carc": "this reason code",
    "carc_payer": "this reason code at this payer",
}
_CLAIM_COLUMNS = {
    "patient_age": "Patient's age",
    "filing_indicator": "Kind of plan (SBR09)",
    "is_institutional": "Institutional claim (837I)",
    "is_secondary": "Not the first payer in line",
    "days_to_submission": "Days from service to today",
    "days_left_to_file": "Days left to the payer's filing limit",
    "eligibility_inactive": "Last check said inactive",
    "service_outside_plan": "Service outside the plan's dates",
    "authorization_not_on_file": "Authorization number not on file",
    "authorization_unused": "A valid authorization is on file, but not on the claim",
    "service_authorization_habit_unmet": "Paid lines carried an authorization; this one has none",
    "service_line_paperwork_habit_unmet": "Paid lines came with documents; this one has none",
    "payer_procedure_diagnosis_rarity": "This diagnosis is rare on paid lines of this service",
    "payer_procedure_denial_rate_ever": "Denial rate of this procedure at this payer",
    "location_payer_denial_rate_365d": "Denial rate of this location at this payer",
}


def _register() -> None:
    shared = {"root_cause": None, "monotone": 0, "version": 1, "level": "denial"}
    for cause, words in root_causes().items():
        add_feature(
            Feature(
                name=f"denied_for_{cause}",
                title=f"Denied for: {words.title}",
                unit="flag",
                known_from=RECEIPT,
                function=_category_flag(cause),
                **{**shared, "root_cause": cause},  # type: ignore[arg-type]
            )
        )
    for table, name in _OVERTURN_WORDS.items():
        add_feature(
            Feature(
                name=f"{table}_overturn_rate",
                title=f"Appeals overturned for {name}",
                unit="rate",
                known_from=DECISION,
                function=_overturn(table),
                **shared,  # type: ignore[arg-type]
            )
        )
    for name, title in _CLAIM_COLUMNS.items():
        add_feature(
            Feature(
                name=f"claim_{name}",
                title=title,
                unit=FEATURES[name].unit,
                known_from=FEATURES[name].known_from,
                function=_of_claim(name),
                **shared,  # type: ignore[arg-type]
            )
        )


_register()


@feature(title="Appeals of this category decided at this payer", unit="count", known_from=DECISION, level="denial")
def category_decided_count(at: "DenialEvaluation") -> Column:
    """Decided appeals of category and payer."""
    return at.decided("category_payer")


@feature(title="Denied dollars", unit="dollars", known_from=RECEIPT, level="denial")
def denied_amount(at: "DenialEvaluation") -> Column:
    """Dollars that this answer denied."""
    return at.number("denied_amount")


@feature(title="Denied share of the charge", unit="rate", known_from=RECEIPT, level="denial")
def denied_share(at: "DenialEvaluation") -> Column:
    """Denied over charged dollars; NaN for a claim of no charge."""
    charge = numbers(at.batch.claims.claims["charge_amount"])[at.batch.claim_row]
    return np.asarray(at.number("denied_amount") / np.where(charge > 0, charge, np.nan))


@feature(title="Days since the denial", unit="days", known_from=FILING, level="denial")
def days_since_denial(at: "DenialEvaluation") -> Column:
    """Days from the 835 to the day of decision."""
    return np.asarray(at.day - days(at.batch.denials["denied_on"]), dtype=np.float64)


@feature(title="Days left to appeal", unit="days", known_from=FILING, level="denial")
def days_left_to_appeal(at: "DenialEvaluation") -> Column:
    """Days left of the payer's appeal limit at this level, negative once past; NaN where no limit is known."""
    payers, indicators = at.text("payer_id"), at.claim_text("claim_filing_indicator_code")
    denied = days(at.batch.denials["denied_on"])
    found = np.full(len(denied), np.nan)
    for row, (payer, indicator, day, level) in enumerate(zip(payers, indicators, denied.tolist(), at.batch.level, strict=True)):
        if day != NO_DAY:
            limit = at.history.payer_rules.appeal_limit_days(payer or None, indicator or None, day_date(day), level=int(level))
            found[row] = np.nan if limit is None else day + limit - at.day[row]
    return found


@feature(title="Level of the appeal", unit="count", known_from=FILING, level="denial", monotone=-1)
def appeal_level(at: "DenialEvaluation") -> Column:
    """1 = first."""
    return np.asarray(at.batch.level, dtype=np.float64)


@feature(title="Denied by the group code CO", unit="flag", known_from=RECEIPT, level="denial")
def denied_as_contractual(at: "DenialEvaluation") -> Column:
    """1 where the denying adjustment has group code CO."""
    return np.asarray(at.text("group_code") == "CO", dtype=np.float64)
