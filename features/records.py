"""Features that match a claim against the practice's own records: eligibility, authorizations, enrollments, payer limits."""

import numpy as np

from claims.payer_rules import PayerRules
from features.batch import NO_DAY, Days, Texts, day_date
from features.carried import has_authorization
from features.evaluation import Evaluation, as_flag, between
from features.keys import of_claim, procedure
from features.matching import authorization, authorized_units, enrollment, service_authorization
from features.outcomes import LOWEST_OF
from features.registry import Column, feature, line_feature

CHECK, FILE, ENROLLED = "eligibility check", "authorization on file", "enrollment"


@feature(title="Days since eligibility was last checked", unit="days", known_from=CHECK, root_cause="eligibility")
def eligibility_check_age(at: Evaluation) -> Column:
    """Days from the newest check known to the prediction day; NaN = never checked."""
    return between(at.eligibility.day("checked_on"), at.day)


@feature(title="Days from eligibility check to service", unit="days", known_from=CHECK, root_cause="eligibility")
def eligibility_check_before_service(at: Evaluation) -> Column:
    """Days from the newest check to the first service day, negative when checked after; NaN = never checked, no day."""
    return between(at.eligibility.day("checked_on"), at.service_from)


@feature(title="Eligibility never checked", unit="flag", known_from=CHECK, root_cause="eligibility")
def eligibility_unchecked(at: Evaluation) -> Column:
    """1 where no check of this subscriber at this payer is known."""
    return as_flag(~at.eligibility.is_known)


@feature(title="Last check said inactive", unit="flag", known_from=CHECK, root_cause="eligibility", monotone=1)
def eligibility_inactive(at: Evaluation) -> Column:
    """1 where the newest check answered inactive."""
    return as_flag(at.eligibility.text("status") == "inactive")


@feature(title="Last check did not find the member", unit="flag", known_from=CHECK, root_cause="patient_information", monotone=1)
def eligibility_not_found(at: Evaluation) -> Column:
    """1 where the newest check answered not_found."""
    return as_flag(at.eligibility.text("status") == "not_found")


@feature(title="Service outside the plan's dates", unit="flag", known_from=CHECK, root_cause="eligibility", monotone=1)
def service_outside_plan(at: Evaluation) -> Column:
    """1 where the first service day lies outside the span of the newest check; NaN = never checked."""
    inside = at.eligibility.covers(at.service_from, first="plan_begin", last="plan_end")
    return np.where(at.eligibility.is_known, as_flag(~inside), np.nan)


@feature(title="Days from plan's begin to service", unit="days", known_from=CHECK, root_cause="eligibility")
def days_into_plan(at: Evaluation) -> Column:
    """Days from the plan's begin to the first service day; NaN = unknown."""
    return between(at.eligibility.day("plan_begin"), at.service_from)


@feature(title="Days from service to plan's end", unit="days", known_from=CHECK, root_cause="eligibility")
def days_left_in_plan(at: Evaluation) -> Column:
    """Days from the first service day to the plan's end; NaN = no end known."""
    return between(at.service_from, at.eligibility.day("plan_end"))


@line_feature(title="Authorization number on the line or claim", unit="flag", known_from="submission", root_cause="authorization")
def authorization_given(at: Evaluation) -> Column:
    """1 where a line carries an authorization number, its own or the claim's."""
    return as_flag(has_authorization(at.batch))


@line_feature(title="Authorization number not on file", unit="flag", known_from=FILE, root_cause="authorization", monotone=1)
def authorization_not_on_file(at: Evaluation) -> Column:
    """1 where a line carries a number that no authorization of this payer has; 0 otherwise."""
    return as_flag(has_authorization(at.batch) & ~authorization(at).is_known)


@line_feature(
    title="Authorization is for another service", unit="flag", known_from=FILE, root_cause="authorization", over_lines="lowest"
)
def authorization_for_other_service(at: Evaluation) -> Column:
    """1 where the authorization names another procedure; NaN without one on file. Of a claim: where no line is its service."""
    found = authorization(at)
    return np.where(found.is_known, as_flag(found.text("procedure_code") != procedure(at.batch)), np.nan)


@line_feature(
    title="Service outside the authorization's dates", unit="flag", known_from=FILE, root_cause="authorization", monotone=1
)
def authorization_expired(at: Evaluation) -> Column:
    """1 where a line's day lies outside its authorization's span; NaN without one on file."""
    found = authorization(at)
    inside = found.covers(at.line_service_from, first="valid_from", last="valid_to")
    return np.where(found.is_known, as_flag(~inside), np.nan)


@line_feature(title="Units over the authorized ones", unit="count", known_from=FILE, root_cause="authorization", monotone=1)
def authorization_units_over(at: Evaluation) -> Column:
    """Units above the approved ones; NaN without an authorization of this service on file."""
    over = np.maximum(at.batch.line_number("units") - authorized_units(authorization(at)), 0.0)
    return np.where(authorization_for_other_service(at) == 0, over, np.nan)


@line_feature(title="Authorization is another member's", unit="flag", known_from=FILE, root_cause="authorization", monotone=1)
def authorization_of_another(at: Evaluation) -> Column:
    """1 where the authorization on a line names another subscriber; NaN without one on file."""
    found = authorization(at)
    other = found.text("subscriber_key") != of_claim(at.batch, "subscriber_key")
    return np.where(found.is_known, as_flag(other), np.nan)


@line_feature(
    title="A valid authorization is on file, but not on the claim", unit="flag", known_from=FILE, root_cause="authorization"
)
def authorization_unused(at: Evaluation) -> Column:
    """1 where a line without a number has a valid authorization of subscriber, payer and procedure on file."""
    valid = service_authorization(at).covers(at.line_service_from, first="valid_from", last="valid_to")
    return as_flag(valid & ~has_authorization(at.batch))


@feature(
    title="Provider not enrolled on the service day",
    unit="flag",
    known_from=ENROLLED,
    root_cause="provider_enrollment",
    monotone=1,
)
def provider_not_enrolled(at: Evaluation) -> Column:
    """1 where no enrollment of the rendering (else billing) provider at this payer covers the first service day."""
    return as_flag(~enrollment(at).covers(at.service_from, first="effective_from", last="effective_to"))


@feature(title="Provider has no enrollment at this payer", unit="flag", known_from=ENROLLED, root_cause="provider_enrollment")
def provider_enrollment_unknown(at: Evaluation) -> Column:
    """1 where no enrollment of the rendering (else billing) provider at this payer is known."""
    return as_flag(~enrollment(at).is_known)


@feature(
    title="Billing provider has no enrollment at this payer",
    unit="flag",
    known_from=ENROLLED,
    root_cause="provider_enrollment",
)
def billing_enrollment_unknown(at: Evaluation) -> Column:
    """1 where no enrollment of the billing provider at this payer is known."""
    return as_flag(~enrollment(at, column="billing_provider_npi").is_known)


@feature(
    title="Not enrolled at this payer, though the payer's enrollments are known",
    unit="flag",
    known_from=ENROLLED,
    root_cause="provider_enrollment",
)
def enrollment_missing_among_known(at: Evaluation) -> Column:
    """1 where both payer and provider stand in the enrollments, but not together."""
    registers, batch = at.history.registers, at.batch
    rendering = batch.text("rendering_provider_npi")
    npi = np.where(rendering != "", rendering, batch.text("billing_provider_npi"))
    known = registers["npis"].latest(npi, at.day).is_known
    known &= registers["enrolling_payers"].latest(batch.text("payer_id"), at.day).is_known
    return as_flag(known & ~enrollment(at).is_known)


@feature(title="Days since enrollment began", unit="days", known_from=ENROLLED, root_cause="provider_enrollment")
def days_since_enrollment(at: Evaluation) -> Column:
    """Days from the rendering (else billing) provider's enrollment to the first service day; NaN = none known."""
    return between(enrollment(at).day("effective_from"), at.service_from)


@feature(title="Days from service to submission", unit="days", known_from="submission", root_cause="timely_filing")
def days_to_submission(at: Evaluation) -> Column:
    """Days from the last service day to the prediction day; NaN without a service day."""
    return at.days_since_service


@feature(
    title="Days left to the payer's filing limit", unit="days", known_from="submission", root_cause="timely_filing", monotone=-1
)
def days_left_to_file(at: Evaluation) -> Column:
    """Days left, negative once past; NaN where no limit of the payer is known."""
    payers, indicators = at.batch.text("payer_id"), at.batch.text("claim_filing_indicator_code")
    return filing_limits(at.history.payer_rules, payers, indicators, at.service_to) - at.days_since_service


def filing_limits(rules: PayerRules, payers: Texts, indicators: Texts, service: Days) -> Column:
    """Look the limit up once per payer, plan kind and service day; NaN where there is none."""
    held: dict[tuple[str, str, int], float] = {}
    found = np.full(len(payers), np.nan)
    for row, key in enumerate(zip(payers.tolist(), indicators.tolist(), service.tolist(), strict=True)):
        if key[2] == NO_DAY:
            continue
        if key not in held:
            limit = rules.filing_limit_days(key[0] or None, key[1] or None, day_date(key[2]))
            held[key] = np.nan if limit is None else float(limit)
        found[row] = held[key]
    return found


@feature(title="Days over the latest ever paid by this payer", unit="days", known_from="835 receipt", root_cause="timely_filing")
def days_over_paid_lag(at: Evaluation) -> Column:
    """Days from service to submission less the most of a paid claim of the payer; NaN while none was paid."""
    return at.days_since_service - at.habit_peak("payer", "paid_lag")


@feature(
    title="Days over the earliest ever denied as late by this payer",
    unit="days",
    known_from="835 receipt",
    root_cause="timely_filing",
)
def days_over_late_lag(at: Evaluation) -> Column:
    """Days from service to submission less the fewest of a claim denied as late by the payer; NaN while none was."""
    return at.days_since_service - (LOWEST_OF - at.habit_peak("payer", "late_lag"))
