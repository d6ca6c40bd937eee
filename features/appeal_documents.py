"""Features of a denial before an appeal: its dollars, the payer's leniency, and the documents on hand."""

from typing import TYPE_CHECKING

import numpy as np

from features import claim_form  # noqa: F401  read below
from features.batch import Days, days
from features.carried import has_authorization, has_referral
from features.evaluation import Evaluation, as_flag, between
from features.matching import authorization, enrollment, service_authorization
from features.records import filing_limits
from features.registry import FEATURES, Column, Feature, FeatureFunction, add_feature, feature

if TYPE_CHECKING:
    from features.denial_batch import DenialEvaluation

RECEIPT, FILE, CHECK = "835 receipt", "authorization on file", "eligibility check"


@feature(title="Denied dollars, logarithm", unit="ratio", known_from=RECEIPT, level="denial")
def denied_amount_log(at: "DenialEvaluation") -> Column:
    """Natural logarithm of the denied dollars, those below one dollar as one."""
    return np.asarray(np.log(np.maximum(at.number("denied_amount"), 1.0)))


@feature(title="Appeals won at this payer beyond their categories", unit="ratio", known_from="appeal decision", level="denial")
def payer_leniency(at: "DenialEvaluation") -> Column:
    """About the log-odds by which the payer's decided appeals were won more often than their categories had it; 0 = as often."""
    return at.leniency("payer")


@feature(title="Appeals of this payer decided", unit="count", known_from="appeal decision", level="denial")
def payer_appeal_count(at: "DenialEvaluation") -> Column:
    """Decided appeals of the payer."""
    return at.decided("payer")


@feature(title="Appeals of this category decided", unit="count", known_from="appeal decision", level="denial")
def category_appeal_count(at: "DenialEvaluation") -> Column:
    """Decided appeals of the category, at any payer."""
    return at.decided("category")


@feature(title="Authorization on file for the services", unit="flag", known_from=FILE, level="denial")
def authorization_on_file(at: "DenialEvaluation") -> Column:
    """1 where a line's own authorization, or one of its subscriber, payer and procedure, is on file for the line's day."""
    return at.of_claims(_authorization_on_file)


@feature(title="Coverage found active on the service day", unit="flag", known_from=CHECK, level="denial")
def coverage_active(at: "DenialEvaluation") -> Column:
    """1 where the newest check said active and its plan covers the first service day, else 0; NaN = never checked."""
    return at.of_claims(_coverage_active)


@feature(title="Days left to file when it was sent", unit="days", known_from="submission", level="denial")
def days_left_when_sent(at: "DenialEvaluation") -> Column:
    """Days left of the payer's filing limit on the day of submission, negative when late; NaN where no limit is known."""
    return at.of_claims(_days_left_when_sent)


@feature(title="The document that this denial asks for is on hand", unit="flag", known_from=RECEIPT, level="denial")
def document_on_hand(at: "DenialEvaluation") -> Column:
    """1 where what the category turns on can be shown, 0 where it cannot; NaN for a category that turns on no document.

    Authorization: one on file. Referral: its number. Eligibility: an active check. Timely filing: sent within the limit.
    Enrollment: one in force. Medical necessity and documentation: documents announced with the claim.
    """
    found = np.full(len(at.day), np.nan)
    category = at.text("category")
    for cause, shown in _DOCUMENTS.items():
        rows = category == cause
        if rows.any():
            found[rows] = at.of_claims(shown)[rows]
    return found


def _authorization_on_file(at: Evaluation) -> Column:
    span = {"first": "valid_from", "last": "valid_to"}
    by_number = has_authorization(at.batch) & authorization(at).covers(at.line_service_from, **span)
    by_service = service_authorization(at).covers(at.line_service_from, **span)
    return at.total(as_flag(by_number | by_service)).clip(0.0, 1.0)


def _coverage_active(at: Evaluation) -> Column:
    inside = at.eligibility.covers(at.service_from, first="plan_begin", last="plan_end")
    active = inside & (at.eligibility.text("status") == "active")
    return np.where(at.eligibility.is_known, as_flag(active), np.nan)


def _days_left_when_sent(at: Evaluation) -> Column:
    payers, indicators = at.batch.text("payer_id"), at.batch.text("claim_filing_indicator_code")
    sent: Days = days(at.batch.claims["submitted_on"])
    return filing_limits(at.history.payer_rules, payers, indicators, at.service_to) - between(at.service_to, sent)


def _sent_in_time(at: Evaluation) -> Column:
    left = _days_left_when_sent(at)
    return np.where(np.isnan(left), np.nan, as_flag(left >= 0))


def _referral_given(at: Evaluation) -> Column:
    return at.total(as_flag(has_referral(at.batch))).clip(0.0, 1.0)


def _enrolled(at: Evaluation) -> Column:
    return as_flag(enrollment(at).covers(at.service_from, first="effective_from", last="effective_to"))


def _paperwork(at: Evaluation) -> Column:
    return as_flag(np.asarray(FEATURES["paperwork_count"].function(at)) > 0)


_DOCUMENTS = {
    "authorization": _authorization_on_file,
    "referral": _referral_given,
    "eligibility": _coverage_active,
    "timely_filing": _sent_in_time,
    "provider_enrollment": _enrolled,
    "medical_necessity": _paperwork,
    "documentation": _paperwork,
}


def _of_claim(name: str) -> FeatureFunction:
    def column(at: "DenialEvaluation") -> Column:
        """The claim's feature, as known on the day of the appeal."""
        return at.of_claim(name)

    return column


def _register() -> None:
    for name, title in (("paperwork_count", "Documents announced"), ("diagnosis_count", "Diagnoses on the claim")):
        add_feature(
            Feature(
                name=f"claim_{name}",
                title=title,
                unit=FEATURES[name].unit,
                known_from=FEATURES[name].known_from,
                root_cause=None,
                monotone=0,
                version=1,
                function=_of_claim(name),
                level="denial",
            )
        )


_register()
