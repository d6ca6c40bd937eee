"""Features that match a claim against the practice's own records: eligibility, authorizations, enrollments, payer limits."""

import numpy as np
from numpy.typing import NDArray

from claims.payer_rules import PayerRules
from features.batch import NO_DAY, Days, Texts, day_date, numbers
from features.evaluation import Evaluation
from features.history import Found
from features.keys import line_payer, procedure
from features.registry import Column, feature
from features.text_keys import join

CHECK = "eligibility check"
FILE = "authorization on file"


def _eligibility(at: Evaluation) -> Found:
    return at.found("eligibility", join(at.batch.text("subscriber_key"), at.batch.text("payer_id")))


def _within(day: Days, first: Days, last: Days) -> NDArray[np.bool_]:
    """Tell whether a day lies in a span; an open end is no limit."""
    return np.asarray(((first == NO_DAY) | (day >= first)) & ((last == NO_DAY) | (day <= last)), dtype=np.bool_)


@feature(title="Days since eligibility was last checked", unit="days", known_from=CHECK, root_cause="eligibility")
def eligibility_check_age(at: Evaluation) -> Column:
    """Days from the newest check known to the prediction day; NaN = never checked."""
    found = _eligibility(at)
    return np.where(found.is_known, at.day - found.day("checked_on"), np.nan)


@feature(title="Days from eligibility check to service", unit="days", known_from=CHECK, root_cause="eligibility")
def eligibility_check_before_service(at: Evaluation) -> Column:
    """Days from the newest check to the first service day, negative when checked after; NaN = never checked."""
    found = _eligibility(at)
    return np.where(found.is_known, at.service_from - found.day("checked_on"), np.nan)


@feature(title="Eligibility never checked", unit="flag", known_from=CHECK, root_cause="eligibility", monotone=1)
def eligibility_unchecked(at: Evaluation) -> Column:
    """1 where no check of this subscriber at this payer is known."""
    return np.asarray((~_eligibility(at).is_known), dtype=np.float64)


@feature(title="Last check said inactive", unit="flag", known_from=CHECK, root_cause="eligibility", monotone=1)
def eligibility_inactive(at: Evaluation) -> Column:
    """1 where the newest check answered inactive."""
    return np.asarray((_eligibility(at).text("status") == "inactive"), dtype=np.float64)


@feature(title="Last check did not find the member", unit="flag", known_from=CHECK, root_cause="patient_information", monotone=1)
def eligibility_not_found(at: Evaluation) -> Column:
    """1 where the newest check answered not_found."""
    return np.asarray((_eligibility(at).text("status") == "not_found"), dtype=np.float64)


@feature(title="Service outside the plan's dates", unit="flag", known_from=CHECK, root_cause="eligibility", monotone=1)
def service_outside_plan(at: Evaluation) -> Column:
    """1 where the first service day lies outside the span of the newest check; NaN = never checked."""
    found = _eligibility(at)
    inside = _within(at.service_from, found.day("plan_begin"), found.day("plan_end"))
    return np.where(found.is_known, (~inside).astype(np.float64), np.nan)


@feature(title="Days from plan's begin to service", unit="days", known_from=CHECK, root_cause="eligibility")
def days_into_plan(at: Evaluation) -> Column:
    """Days from the plan's begin to the first service day; NaN = unknown."""
    begin = _eligibility(at).day("plan_begin")
    return np.where(begin != NO_DAY, at.service_from - begin, np.nan)


@feature(title="Days from service to plan's end", unit="days", known_from=CHECK, root_cause="eligibility")
def days_left_in_plan(at: Evaluation) -> Column:
    """Days from the first service day to the plan's end; NaN = no end known."""
    end = _eligibility(at).day("plan_end")
    return np.where(end != NO_DAY, end - at.service_from, np.nan)


def _number(at: Evaluation) -> Texts:
    own = at.batch.line_text("authorization_number")
    return np.where(own != "", own, at.batch.text("authorization_number")[at.batch.line_owner])


def _authorization(at: Evaluation) -> tuple[Texts, Found]:
    number = _number(at)
    return number, at.found("authorizations", join(number, line_payer(at.batch)), per_line=True)


@feature(title="Authorization number not on file", unit="flag", known_from=FILE, root_cause="authorization", monotone=1)
def authorization_not_on_file(at: Evaluation) -> Column:
    """1 where a line carries a number that no authorization of this payer has; 0 otherwise."""
    number, found = _authorization(at)
    return at.highest(((number != "") & ~found.is_known).astype(np.float64))


def _procedure_mismatch(at: Evaluation) -> Column:
    _, found = _authorization(at)
    return np.asarray(found.is_known & (found.text("procedure_code") != procedure(at.batch)), dtype=np.float64)


@feature(title="Authorization is for other services", unit="flag", known_from=FILE, root_cause="authorization", monotone=1)
def authorization_for_other_service(at: Evaluation) -> Column:
    """1 where no line of the claim is the service that the authorization on it names; NaN without one on file."""
    _, found = _authorization(at)
    return at.lowest(np.where(found.is_known, _procedure_mismatch(at), np.nan))


@feature(title="Service outside the authorization's dates", unit="flag", known_from=FILE, root_cause="authorization", monotone=1)
def authorization_expired(at: Evaluation) -> Column:
    """1 where a line's day lies outside its authorization's span; NaN without one on file."""
    _, found = _authorization(at)
    inside = _within(at.line_service_from, found.day("valid_from"), found.day("valid_to"))
    return at.highest(np.where(found.is_known, (~inside).astype(np.float64), np.nan))


@feature(title="Units over the authorized ones", unit="count", known_from=FILE, root_cause="authorization", monotone=1)
def authorization_units_over(at: Evaluation) -> Column:
    """Most units above the approved ones on a line of the authorized service; NaN without one on file."""
    _, found = _authorization(at)
    over = numbers(at.batch.lines["units"]) - found.number("units_approved")
    return at.highest(np.where(_procedure_mismatch(at) > 0, np.nan, np.maximum(over, 0.0)))


@feature(title="Authorization is another member's", unit="flag", known_from=FILE, root_cause="authorization", monotone=1)
def authorization_of_another(at: Evaluation) -> Column:
    """1 where the authorization on a line names another subscriber; NaN without one on file."""
    _, found = _authorization(at)
    other = found.text("subscriber_key") != at.batch.text("subscriber_key")[at.batch.line_owner]
    return at.highest(np.where(found.is_known, other.astype(np.float64), np.nan))


@feature(title="A valid authorization is on file, but not on the claim", unit="flag", known_from=FILE, root_cause="authorization")
def authorization_unused(at: Evaluation) -> Column:
    """1 where a line without a number has a valid authorization of subscriber, payer and procedure on file."""
    subscriber = at.batch.text("subscriber_key")[at.batch.line_owner]
    found = at.found("service_authorizations", join(subscriber, line_payer(at.batch), procedure(at.batch)), per_line=True)
    valid = found.is_known & _within(at.line_service_from, found.day("valid_from"), found.day("valid_to"))
    return at.highest((valid & (_number(at) == "")).astype(np.float64))


def _enrollment(at: Evaluation, column: str) -> Found:
    return at.found("enrollments", join(at.batch.text(column), at.batch.text("payer_id")))


@feature(
    title="Rendering provider not enrolled on the service day",
    unit="flag",
    known_from="enrollment",
    root_cause="provider_enrollment",
    monotone=1,
)
def rendering_not_enrolled(at: Evaluation) -> Column:
    """1 where no enrollment of the rendering provider at this payer covers the first service day."""
    found = _enrollment(at, "rendering_provider_npi")
    inside = found.is_known & _within(at.service_from, found.day("effective_from"), found.day("effective_to"))
    return np.asarray((~inside), dtype=np.float64)


@feature(
    title="Rendering provider has no enrollment at this payer",
    unit="flag",
    known_from="enrollment",
    root_cause="provider_enrollment",
    monotone=1,
)
def rendering_enrollment_unknown(at: Evaluation) -> Column:
    """1 where no enrollment of the rendering provider at this payer is known."""
    return np.asarray((~_enrollment(at, "rendering_provider_npi").is_known), dtype=np.float64)


@feature(
    title="Billing provider has no enrollment at this payer",
    unit="flag",
    known_from="enrollment",
    root_cause="provider_enrollment",
    monotone=1,
)
def billing_enrollment_unknown(at: Evaluation) -> Column:
    """1 where no enrollment of the billing provider at this payer is known."""
    return np.asarray((~_enrollment(at, "billing_provider_npi").is_known), dtype=np.float64)


@feature(title="Days since enrollment began", unit="days", known_from="enrollment", root_cause="provider_enrollment")
def days_since_enrollment(at: Evaluation) -> Column:
    """Days from the rendering provider's enrollment to the first service day; NaN = none known."""
    begin = _enrollment(at, "rendering_provider_npi").day("effective_from")
    return np.where(begin != NO_DAY, at.service_from - begin, np.nan)


@feature(title="Days from service to submission", unit="days", known_from="submission", root_cause="timely_filing")
def days_to_submission(at: Evaluation) -> Column:
    """Days from the last service day to the prediction day; NaN without a service day."""
    return np.where(at.service_to != NO_DAY, at.day - at.service_to, np.nan)


@feature(
    title="Days left to the payer's filing limit", unit="days", known_from="submission", root_cause="timely_filing", monotone=-1
)
def days_left_to_file(at: Evaluation) -> Column:
    """Days left, negative once past; NaN where no limit of the payer is known."""
    payers, indicators = at.batch.text("payer_id"), at.batch.text("claim_filing_indicator_code")
    return _filing_limits(at.history.payer_rules, payers, indicators, at.service_to) - days_to_submission(at)


def _filing_limits(rules: PayerRules, payers: Texts, indicators: Texts, service: Days) -> Column:
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
