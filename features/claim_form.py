"""Features read off the claim form alone. Known at submission."""

import numpy as np

from features.batch import NO_DAY, days, flags, is_one_of
from features.carried import SEX_UNKNOWN
from features.evaluation import Evaluation, as_flag, between
from features.registry import Column, feature

SUBMISSION = "submission"
_REPLACING, _ASSIGNED = frozenset({"7", "8"}), frozenset({"", "A"})
_FILING_INDICATORS = ("MB", "MA", "16", "MC", "BL", "CI", "HM", "12", "13", "WC", "CH", "OF", "VA", "ZZ")


def _is_empty(at: Evaluation, column: str) -> Column:
    return np.asarray((at.batch.text(column) == ""), dtype=np.float64)


@feature(title="Charge of the claim", unit="dollars", known_from=SUBMISSION)
def charge_amount(at: Evaluation) -> Column:
    """Charged dollars."""
    return at.batch.number("charge_amount")


@feature(title="Service lines", unit="count", known_from=SUBMISSION)
def line_count(at: Evaluation) -> Column:
    """Number of service lines."""
    return np.diff(at.batch.line_start).astype(np.float64)


@feature(title="Highest charge of a line, share of the claim", unit="ratio", known_from=SUBMISSION)
def largest_line_share(at: Evaluation) -> Column:
    """Largest line's charge over the claim's; NaN for a claim of no charge."""
    charge = at.batch.number("charge_amount")
    return at.highest(at.batch.line_number("charge_amount")) / np.where(charge > 0, charge, np.nan)


@feature(title="Diagnoses on the claim", unit="count", known_from=SUBMISSION)
def diagnosis_count(at: Evaluation) -> Column:
    """Number of diagnosis codes."""
    return np.array([len(codes) for codes in at.batch.diagnoses], dtype=np.float64)


@feature(title="Replacement or void (frequency 7 or 8)", unit="flag", known_from=SUBMISSION)
def is_replacement(at: Evaluation) -> Column:
    """1 for frequency 7 and 8."""
    return np.asarray(is_one_of(at.batch.text("frequency_code"), _REPLACING), dtype=np.float64)


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
    return at.batch.number("patient_age_years")


@feature(title="Birth date missing", unit="flag", known_from=SUBMISSION, root_cause="patient_information", monotone=1)
def birth_date_missing(at: Evaluation) -> Column:
    """1 where the age is unknown."""
    return np.isnan(at.batch.number("patient_age_years")).astype(np.float64)


@feature(title="Sex missing", unit="flag", known_from=SUBMISSION, root_cause="patient_information", monotone=1)
def sex_missing(at: Evaluation) -> Column:
    """1 where the claim names no sex, or U."""
    return is_one_of(at.batch.text("patient_sex_code"), SEX_UNKNOWN).astype(np.float64)


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


@feature(title="Claim not assigned", unit="flag", known_from=SUBMISSION)
def not_assigned(at: Evaluation) -> Column:
    """1 where CLM07 is given and not A."""
    return as_flag(~is_one_of(at.batch.text("assignment_code"), _ASSIGNED))


@feature(title="Place of service", unit="code", known_from=SUBMISSION)
def place_of_service(at: Evaluation) -> Column:
    """Place of service code as a number; NaN where it is none."""
    codes = at.batch.text("place_of_service_code").tolist()
    return np.array([float(code) if code.isdecimal() else np.nan for code in codes])


@feature(title="Place in the order of payers", unit="code", known_from=SUBMISSION, root_cause="coordination_of_benefits")
def payer_order(at: Evaluation) -> Column:
    """1 primary, 2 secondary, 3 tertiary, 4 another; from SBR01."""
    order = {"P": 1.0, "S": 2.0, "T": 3.0}
    return np.array([order.get(code, 4.0) for code in at.batch.text("payer_sequence_code").tolist()])


@feature(title="Subscriber is the patient", unit="flag", known_from=SUBMISSION, root_cause="patient_information")
def is_self(at: Evaluation) -> Column:
    """1 where the relationship code is 18."""
    return as_flag(at.batch.text("relationship_code") == "18")


@feature(title="Documents announced", unit="count", known_from=SUBMISSION, root_cause="documentation")
def paperwork_count(at: Evaluation) -> Column:
    """Number of PWK segments of the claim."""
    return np.array([float(len(codes or ())) for codes in at.batch.claims["paperwork_codes"].to_pylist()])


@feature(
    title="Share of the charge that other payers paid", unit="rate", known_from=SUBMISSION, root_cause="coordination_of_benefits"
)
def other_payers_paid_share(at: Evaluation) -> Column:
    """Sum of AMT D over the charge; NaN where none is given or the charge is 0."""
    charge = at.batch.number("charge_amount")
    return at.batch.number("other_payer_paid_amount") / np.where(charge > 0, charge, np.nan)


@feature(title="Days that the services span", unit="days", known_from=SUBMISSION)
def service_span_days(at: Evaluation) -> Column:
    """Days from the first to the last service day; NaN without service days."""
    return between(at.service_from, at.service_to)
