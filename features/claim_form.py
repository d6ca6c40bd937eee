"""Features read off the claim form alone. Known at submission."""

import numpy as np

from features.batch import NO_DAY, days, flags, numbers
from features.evaluation import Evaluation
from features.registry import Column, feature

SUBMISSION = "submission"
_FILING_INDICATORS = ("MB", "MA", "16", "MC", "BL", "CI", "HM", "12", "13", "WC", "CH", "OF", "VA", "ZZ")


def _is_empty(at: Evaluation, column: str) -> Column:
    return np.asarray((at.batch.text(column) == ""), dtype=np.float64)


@feature(title="Charge of the claim, log10 dollars", unit="ratio", known_from=SUBMISSION)
def charge_log10(at: Evaluation) -> Column:
    """Logarithm of one plus the charge."""
    return np.log10(1.0 + at.claim_number("charge_amount"))


@feature(title="Service lines", unit="count", known_from=SUBMISSION)
def line_count(at: Evaluation) -> Column:
    """Number of service lines."""
    return np.diff(at.batch.line_start).astype(np.float64)


@feature(title="Highest charge of a line, share of the claim", unit="ratio", known_from=SUBMISSION)
def largest_line_share(at: Evaluation) -> Column:
    """Largest line's charge over the claim's; NaN for a claim of no charge."""
    charge = at.claim_number("charge_amount")
    return at.highest(numbers(at.batch.lines["charge_amount"])) / np.where(charge > 0, charge, np.nan)


@feature(title="Diagnoses on the claim", unit="count", known_from=SUBMISSION)
def diagnosis_count(at: Evaluation) -> Column:
    """Number of diagnosis codes."""
    return np.array([len(codes) for codes in at.batch.diagnoses], dtype=np.float64)


@feature(title="Replacement or void (frequency 7 or 8)", unit="flag", known_from=SUBMISSION)
def is_replacement(at: Evaluation) -> Column:
    """1 for frequency 7 and 8."""
    return np.asarray(np.isin(at.batch.text("frequency_code").astype(str), ["7", "8"]), dtype=np.float64)


@feature(
    title="Replacement without the payer's claim number", unit="flag", known_from=SUBMISSION, root_cause="missing_information"
)
def replacement_without_reference(at: Evaluation) -> Column:
    """1 where frequency 7 or 8 carries no REF F8."""
    return is_replacement(at) * _is_empty(at, "payer_claim_control_number")


@feature(title="Institutional claim (837I)", unit="flag", known_from=SUBMISSION)
def is_institutional(at: Evaluation) -> Column:
    """1 for 837I."""
    return np.asarray((at.batch.text("claim_type") == "837I"), dtype=np.float64)


@feature(title="Kind of plan (SBR09)", unit="code", known_from=SUBMISSION)
def filing_indicator(at: Evaluation) -> Column:
    """Position in a fixed list of claim filing indicators; -1 for another."""
    place = {code: position for position, code in enumerate(_FILING_INDICATORS)}
    codes = at.batch.text("claim_filing_indicator_code")
    return np.array([place.get(code, -1) for code in codes], dtype=np.float64)


@feature(title="Patient's age", unit="years", known_from=SUBMISSION)
def patient_age(at: Evaluation) -> Column:
    """Whole years on the first service day; NaN without a birth date."""
    return at.claim_number("patient_age_years")


@feature(title="Birth date missing", unit="flag", known_from=SUBMISSION, root_cause="patient_information", monotone=1)
def birth_date_missing(at: Evaluation) -> Column:
    """1 where the age is unknown."""
    return np.isnan(at.claim_number("patient_age_years")).astype(np.float64)


@feature(title="Sex missing", unit="flag", known_from=SUBMISSION, root_cause="patient_information", monotone=1)
def sex_missing(at: Evaluation) -> Column:
    """1 where the claim names no sex, or U."""
    return np.isin(at.batch.text("patient_sex_code").astype(str), ["", "U"]).astype(np.float64)


@feature(title="Patient's address missing", unit="flag", known_from=SUBMISSION, root_cause="missing_information", monotone=1)
def address_missing(at: Evaluation) -> Column:
    """1 where neither patient nor subscriber has an address."""
    return 1.0 - flags(at.batch.claims["has_patient_address"])


@feature(title="Member id missing", unit="flag", known_from=SUBMISSION, root_cause="patient_information", monotone=1)
def member_id_missing(at: Evaluation) -> Column:
    """1 where the subscriber has no member id."""
    return _is_empty(at, "subscriber_key")


@feature(title="Referring provider missing", unit="flag", known_from=SUBMISSION, root_cause="missing_information")
def referrer_missing(at: Evaluation) -> Column:
    """1 where no referring provider is named."""
    return _is_empty(at, "referring_provider_npi")


@feature(title="Rendering provider's NPI missing", unit="flag", known_from=SUBMISSION, root_cause="missing_information")
def rendering_missing(at: Evaluation) -> Column:
    """1 where no rendering provider is named."""
    return _is_empty(at, "rendering_provider_npi")


@feature(title="Taxonomy missing", unit="flag", known_from=SUBMISSION, root_cause="provider_enrollment")
def taxonomy_missing(at: Evaluation) -> Column:
    """1 where neither rendering nor billing provider has a taxonomy code."""
    return _is_empty(at, "rendering_taxonomy_code") * _is_empty(at, "billing_taxonomy_code")


@feature(title="Group number missing", unit="flag", known_from=SUBMISSION, root_cause="missing_information")
def group_number_missing(at: Evaluation) -> Column:
    """1 where SBR03 is empty."""
    return _is_empty(at, "group_number")


@feature(title="CLIA number missing", unit="flag", known_from=SUBMISSION, root_cause="missing_information")
def clia_missing(at: Evaluation) -> Column:
    """1 where REF X4 is absent."""
    return _is_empty(at, "clia_number")


@feature(title="Accident or work related", unit="flag", known_from=SUBMISSION, root_cause="coordination_of_benefits")
def is_accident(at: Evaluation) -> Column:
    """1 where CLM11 names a related cause."""
    return np.array([float(bool(codes)) for codes in at.batch.claims["related_cause_codes"].to_pylist()])


@feature(title="Accident without a date", unit="flag", known_from=SUBMISSION, root_cause="missing_information", monotone=1)
def accident_date_missing(at: Evaluation) -> Column:
    """1 where a related cause is named and no accident day."""
    return np.asarray(is_accident(at) * (days(at.batch.claims["accident_on"]) == NO_DAY), dtype=np.float64)


@feature(title="Note on the claim", unit="flag", known_from=SUBMISSION)
def has_note(at: Evaluation) -> Column:
    """1 where NTE is present."""
    return flags(at.batch.claims["has_note"])


@feature(title="Delay reason given", unit="flag", known_from=SUBMISSION, root_cause="timely_filing")
def has_delay_reason(at: Evaluation) -> Column:
    """1 where CLM20 is present."""
    return 1.0 - _is_empty(at, "delay_reason_code")


@feature(title="Lines without a diagnosis pointer", unit="rate", known_from=SUBMISSION, root_cause="coding")
def pointers_missing(at: Evaluation) -> Column:
    """1 where some professional line points to no diagnosis."""
    missing = np.array([float(not pointers) for pointers in at.batch.lines["diagnosis_pointers"].to_pylist()])
    return np.nan_to_num(at.highest(missing)) * (1.0 - is_institutional(at))


@feature(title="Lines without procedure code", unit="flag", known_from=SUBMISSION, root_cause="missing_information")
def procedure_missing(at: Evaluation) -> Column:
    """1 where some line has no procedure code."""
    return at.highest((at.batch.line_text("procedure_code") == "").astype(np.float64))
