"""Features of what was sent before: duplicates, payer order, newness. Known when it was submitted or answered."""

import numpy as np

from features.batch import is_one_of
from features.evaluation import Evaluation, as_flag
from features.events import flags_of
from features.matching import sent_before
from features.registry import Column, feature, line_feature
from features.states import MEDICARE_AGE, MEDICARE_INDICATORS

SENT, RECEIPT, SUBMISSION = "earlier submission", "835 receipt", "submission"
COORDINATION = "coordination_of_benefits"


@feature(title="Same patient, day and services sent before", unit="count", known_from=SENT, root_cause="duplicate")
def same_service_sent(at: Evaluation) -> Column:
    """Earlier submissions to this payer of the same patient, first day and procedures."""
    return sent_before(at).sent


@feature(
    title="Same services sent before and not rejected at the front door", unit="count", known_from="277CA", root_cause="duplicate"
)
def same_service_accepted(at: Evaluation) -> Column:
    """Earlier submissions of the same services less those rejected: a rejected claim never reached adjudication."""
    return sent_before(at).sent - sent_before(at).rejected


@feature(title="Same services paid before", unit="count", known_from=RECEIPT, root_cause="duplicate", monotone=1)
def same_service_paid(at: Evaluation) -> Column:
    """Earlier submissions of the same services answered without a denial."""
    return sent_before(at).paid


@feature(title="Same services denied before", unit="count", known_from=RECEIPT, root_cause="duplicate")
def same_service_denied(at: Evaluation) -> Column:
    """Earlier submissions of the same services that were denied."""
    return sent_before(at).denied


@feature(title="Sent again as an original while the first is out", unit="flag", known_from=SENT, root_cause="duplicate")
def resent_as_original(at: Evaluation) -> Column:
    """1 where the same services were accepted before and this one has frequency 1."""
    return as_flag((same_service_accepted(at) > 0) & (at.batch.text("frequency_code") == "1"))


@feature(title="Days since the same services were sent", unit="days", known_from=SENT, root_cause="duplicate")
def days_since_same_service(at: Evaluation) -> Column:
    """Days since the latest such submission; NaN = none."""
    return _days_since_last(at, "service")


@feature(title="Claims of this patient and day sent before", unit="count", known_from=SENT, root_cause="duplicate")
def same_day_claims(at: Evaluation) -> Column:
    """Earlier submissions of the patient with the same first service day, to any payer."""
    return at.sent_count("patient_day")


@feature(title="Claim number sent to this payer before", unit="count", known_from=SENT, root_cause="duplicate")
def control_number_sent(at: Evaluation) -> Column:
    """Earlier submissions under the same patient control number and payer."""
    return at.sent_count("control_number")


@line_feature(
    title="Same service of the patient on the same day sent before", unit="flag", known_from=SENT, root_cause="duplicate"
)
def same_service_same_day(at: Evaluation) -> Column:
    """1 where the last line sent for patient and procedure has the same service day."""
    return as_flag(at.days_since_same_procedure == 0)


@feature(title="Other payers on the claim", unit="count", known_from=SUBMISSION, root_cause=COORDINATION)
def other_payer_count(at: Evaluation) -> Column:
    """Number of 2320 loops."""
    return np.array([float(len(ids or ())) for ids in at.batch.claims["other_payer_ids"].to_pylist()])


@feature(title="Not the first payer in line", unit="flag", known_from=SUBMISSION, root_cause=COORDINATION)
def is_secondary(at: Evaluation) -> Column:
    """1 where SBR01 is not P."""
    return as_flag(at.batch.text("payer_sequence_code") != "P")


@feature(title="Secondary claim without the first payer's payment", unit="flag", known_from=SUBMISSION, root_cause=COORDINATION)
def secondary_without_payment(at: Evaluation) -> Column:
    """1 where SBR01 is not P and no AMT*D is given."""
    unpaid = np.isnan(at.batch.number("other_payer_paid_amount"))
    return as_flag((at.batch.text("payer_sequence_code") != "P") & unpaid)


@feature(
    title="First payer here, though another one is listed first", unit="flag", known_from=SUBMISSION, root_cause=COORDINATION
)
def two_primaries(at: Evaluation) -> Column:
    """1 where SBR01 is P and a 2320 loop says P as well."""
    listed = at.batch.claims["other_payer_sequence_codes"].to_pylist()
    other_first = flags_of(("P" in (codes or ()) for codes in listed), len(at.batch))
    return as_flag(other_first & (at.batch.text("payer_sequence_code") == "P"))


@feature(title="Medicare age, another plan billed first", unit="flag", known_from=SUBMISSION, root_cause=COORDINATION)
def medicare_age_elsewhere(at: Evaluation) -> Column:
    """1 where the patient is 65 or older and the plan is no Medicare plan."""
    medicare = is_one_of(at.batch.text("claim_filing_indicator_code"), MEDICARE_INDICATORS)
    return as_flag((np.nan_to_num(at.batch.number("patient_age_years")) >= MEDICARE_AGE) & ~medicare)


@feature(title="Claims of the subscriber sent to this payer before", unit="count", known_from=SENT, root_cause="wrong_payer")
def subscriber_claims_here(at: Evaluation) -> Column:
    """Earlier submissions of the subscriber to this payer."""
    return at.sent_count("subscriber_payer")


@feature(title="Days since the subscriber's last claim", unit="days", known_from=SENT, root_cause="eligibility")
def days_since_subscriber_claim(at: Evaluation) -> Column:
    """Days since the subscriber's latest submission to any payer; NaN = none."""
    return _days_since_last(at, "subscriber")


@feature(
    title="Member id's format is unusual on this payer's paid claims",
    unit="rate",
    known_from=RECEIPT,
    root_cause="patient_information",
    version=2,
)
def id_format_rarity(at: Evaluation) -> Column:
    """1 - share of the payer's paid claims whose member id had this format; near 0 while few are known."""
    return 1.0 - (_paid(at, "payer_id_format") + 1.0) / (_paid(at, "payer") + 1.0)


@feature(title="Kind of plan is unusual on this payer's paid claims", unit="rate", known_from=RECEIPT, root_cause="wrong_payer")
def plan_kind_rarity(at: Evaluation) -> Column:
    """1 - share of the payer's paid claims with this SBR09; near 0 while few are known."""
    return 1.0 - (_paid(at, "payer_plan_kind") + 1.0) / (_paid(at, "payer") + 1.0)


def _paid(at: Evaluation, table: str) -> Column:
    return at.counts(table, "answers") - at.counts(table, "denied")


def _days_since_last(at: Evaluation, table: str) -> Column:
    index, _, span = at.sent_span(table)
    return at.day - index.last_day(span)


def _days_since_first(at: Evaluation, table: str) -> Column:
    index, _, span = at.sent_span(table)
    return index.first_day(span)


@feature(title="Payer never seen before", unit="flag", known_from=SENT)
def payer_unseen(at: Evaluation) -> Column:
    """1 where no earlier submission went to this payer."""
    return as_flag(at.sent_count("payer") == 0)


@feature(title="Provider never seen before", unit="flag", known_from=SENT)
def provider_unseen(at: Evaluation) -> Column:
    """1 where no earlier submission names this rendering provider."""
    return as_flag(at.sent_count("provider") == 0)


@feature(title="Location never seen before", unit="flag", known_from=SENT)
def location_unseen(at: Evaluation) -> Column:
    """1 where no earlier submission comes from this location."""
    return as_flag(at.sent_count("location") == 0)


@line_feature(title="Service never seen before", unit="flag", known_from=SENT)
def procedure_unseen(at: Evaluation) -> Column:
    """1 where a line's procedure was never sent before."""
    return as_flag(at.sent_count("procedure") == 0)


@line_feature(title="Service never sent to this payer before", unit="flag", known_from=SENT)
def payer_procedure_unseen(at: Evaluation) -> Column:
    """1 where a line's procedure was never sent to this payer before."""
    return as_flag(at.sent_count("payer_procedure") == 0)


@feature(title="Days since this payer was first billed", unit="days", known_from=SENT)
def days_since_payer_seen(at: Evaluation) -> Column:
    """Days since the first submission to this payer; NaN = none."""
    return at.day - _days_since_first(at, "payer")


@feature(title="Days since this provider first billed this payer", unit="days", known_from=SENT, root_cause="provider_enrollment")
def days_since_provider_at_payer(at: Evaluation) -> Column:
    """Days since the provider's first submission to this payer; NaN = none."""
    return at.day - _days_since_first(at, "provider_payer")


@line_feature(title="Days since this service was first sent to this payer", unit="days", known_from=SENT, over_lines="lowest")
def days_since_payer_procedure_seen(at: Evaluation) -> Column:
    """Days since the procedure's first submission to this payer; NaN = none."""
    return at.line_day - _days_since_first(at, "payer_procedure")
