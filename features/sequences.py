"""Features of what was sent before: duplicates, frequency, payer order, newness. Known when it was submitted."""

import numpy as np

from features.batch import numbers, texts
from features.evaluation import Evaluation
from features.history import control_number_key, patient_procedure_key, service_key
from features.keys import CLAIM_KEYS, procedure
from features.registry import Column, feature

SENT = "earlier submission"
MEDICARE_AGE = 65
MEDICARE_INDICATORS = ("MA", "MB", "16")


@feature(title="Same patient, day and services sent before", unit="count", known_from=SENT, root_cause="duplicate")
def same_service_sent(at: Evaluation) -> Column:
    """Earlier submissions to this payer of the same patient, first day and procedures."""
    index = at.history.services
    return np.asarray(index.before(index.encode(service_key(at.batch)), at.day)[:, 0], dtype=np.float64)


@feature(title="Sent again as an original while the first is out", unit="flag", known_from=SENT, root_cause="duplicate")
def resent_as_original(at: Evaluation) -> Column:
    """1 where the same services were sent before and this one has frequency 1."""
    return np.asarray((same_service_sent(at) > 0) * (at.batch.text("frequency_code") == "1"), dtype=np.float64)


@feature(title="Days since the same services were sent", unit="days", known_from=SENT, root_cause="duplicate")
def days_since_same_service(at: Evaluation) -> Column:
    """Days since the latest such submission; NaN = none."""
    index = at.history.services
    return at.day - index.last_day(index.encode(service_key(at.batch)), at.day)


@feature(title="Claim number sent to this payer before", unit="count", known_from=SENT, root_cause="duplicate")
def control_number_sent(at: Evaluation) -> Column:
    """Earlier submissions under the same patient control number and payer."""
    index = at.history.control_numbers
    return np.asarray(index.before(index.encode(control_number_key(at.batch)), at.day)[:, 0], dtype=np.float64)


def _procedure_repeats(at: Evaluation, window: int) -> Column:
    index = at.history.patient_procedures
    encoded = index.encode(patient_procedure_key(at.batch))
    return at.highest(index.before(encoded, at.line_day, days=window)[:, 0])


@feature(title="Same service for this patient in 30 days", unit="count", known_from=SENT, root_cause="units_or_frequency")
def procedure_repeats_30d(at: Evaluation) -> Column:
    """Most earlier lines of a procedure for the patient, sent in the last 30 days."""
    return _procedure_repeats(at, 30)


@feature(title="Same service for this patient in a year", unit="count", known_from=SENT, root_cause="units_or_frequency")
def procedure_repeats_365d(at: Evaluation) -> Column:
    """Most earlier lines of a procedure for the patient, sent in the last 365 days."""
    return _procedure_repeats(at, 365)


@feature(title="Other payers on the claim", unit="count", known_from="submission", root_cause="coordination_of_benefits")
def other_payer_count(at: Evaluation) -> Column:
    """Number of 2320 loops."""
    return np.array([float(len(ids or ())) for ids in at.batch.claims["other_payer_ids"].to_pylist()])


@feature(title="Not the first payer in line", unit="flag", known_from="submission", root_cause="coordination_of_benefits")
def is_secondary(at: Evaluation) -> Column:
    """1 where SBR01 is not P."""
    return np.asarray((at.batch.text("payer_sequence_code") != "P"), dtype=np.float64)


@feature(
    title="Secondary claim without the first payer's payment",
    unit="flag",
    known_from="submission",
    root_cause="coordination_of_benefits",
    monotone=1,
)
def secondary_without_payment(at: Evaluation) -> Column:
    """1 where SBR01 is not P and no AMT*D is given."""
    return np.asarray(is_secondary(at) * np.isnan(numbers(at.batch.claims["other_payer_paid_amount"])), dtype=np.float64)


@feature(
    title="First payer here, though another one is listed first",
    unit="flag",
    known_from="submission",
    root_cause="coordination_of_benefits",
)
def two_primaries(at: Evaluation) -> Column:
    """1 where SBR01 is P and a 2320 loop says P as well."""
    listed = at.batch.claims["other_payer_sequence_codes"].to_pylist()
    other_first = np.array([float("P" in (codes or ())) for codes in listed])
    return np.asarray(other_first * (1.0 - is_secondary(at)), dtype=np.float64)


@feature(
    title="Medicare age, another plan billed first", unit="flag", known_from="submission", root_cause="coordination_of_benefits"
)
def medicare_age_elsewhere(at: Evaluation) -> Column:
    """1 where the patient is 65 or older and the plan is no Medicare plan."""
    medicare = np.isin(texts(at.batch.claims["claim_filing_indicator_code"]).astype(str), MEDICARE_INDICATORS)
    return np.asarray((np.nan_to_num(at.claim_number("patient_age_years")) >= MEDICARE_AGE) * (~medicare), dtype=np.float64)


@feature(title="This payer billed first for the subscriber before", unit="count", known_from=SENT, root_cause="wrong_payer")
def subscriber_claims_here(at: Evaluation) -> Column:
    """Earlier submissions of the subscriber to this payer."""
    index = at.history.subscriber_payers
    return np.asarray(index.before(index.encode(CLAIM_KEYS["subscriber_payer"](at.batch)), at.day)[:, 0], dtype=np.float64)


@feature(
    title="Member id's format is unusual on this payer's claims",
    unit="rate",
    known_from="835 receipt",
    root_cause="patient_information",
)
def id_format_rarity(at: Evaluation) -> Column:
    """1 - share of the payer's answered claims whose member id had this format."""
    return 1.0 - (at.counts("payer_id_format", "answers") + 1.0) / (at.counts("payer", "answers") + 2.0)


def _unseen(at: Evaluation, table: str) -> Column:
    index = at.history.submissions[table]
    return np.asarray((index.before(index.encode(CLAIM_KEYS[table](at.batch)), at.day)[:, 0] == 0), dtype=np.float64)


@feature(title="Payer never seen before", unit="flag", known_from=SENT)
def payer_unseen(at: Evaluation) -> Column:
    """1 where no earlier submission went to this payer."""
    return _unseen(at, "payer")


@feature(title="Provider never seen before", unit="flag", known_from=SENT)
def provider_unseen(at: Evaluation) -> Column:
    """1 where no earlier submission names this rendering provider."""
    return _unseen(at, "provider")


@feature(title="A service never seen before", unit="flag", known_from=SENT)
def procedure_unseen(at: Evaluation) -> Column:
    """1 where some line's procedure was never sent before."""
    index = at.history.submissions["procedure"]
    sent = index.before(index.encode(procedure(at.batch)), at.line_day)[:, 0]
    return at.highest((sent == 0).astype(np.float64))


@feature(title="Days since this payer was first billed", unit="days", known_from=SENT)
def days_since_payer_seen(at: Evaluation) -> Column:
    """Days since the first submission to this payer; NaN = none."""
    index = at.history.submissions["payer"]
    return at.day - index.first_day(index.encode(CLAIM_KEYS["payer"](at.batch)), at.day)
