"""Owns the keys that need more than the form: how a claim stood, when it was sent, against records and earlier submissions.

A past claim's state is the one of its own submission day, so that a learned rate and the claim it is asked for speak of the
same thing.
"""

from collections.abc import Callable

import numpy as np

from features.batch import Texts, are_filled, is_one_of, lists
from features.carried import has_authorization, has_paperwork, has_referral
from features.cover import other_cover
from features.evaluation import Evaluation
from features.events import Flags
from features.keys import of_claim, procedure
from features.matching import authorization, authorized_units, enrollment, sent_before, service_authorization
from features.text_keys import first_true, join, step_texts

State = Callable[[Evaluation], Texts]
MEDICARE_AGE = 65
MEDICARE_INDICATORS = frozenset({"MA", "MB", "16"})
_ACTIVE = frozenset({"active, fresh", "active, stale"})
FRESH_CHECK_DAYS = 35  # a check of the month before the service
_LATENESS_STEPS = (15, 31, 61, 91, 121, 181, 271, 366)
_GAP_STEPS = (1, 7, 14, 28, 60, 90, 180, 365)
_REPEAT_STEPS = (1, 2, 3, 4, 6, 9, 13, 21)


def eligibility_state(at: Evaluation) -> Texts:
    """Say what the newest check known means for the first service day."""
    found = at.eligibility
    age = at.service_from - found.day("checked_on")
    return first_true(
        (~found.is_known, "unchecked"),
        (found.text("status") == "inactive", "inactive"),
        (found.text("status") == "not_found", "not found"),
        (~found.covers(at.service_from, first="plan_begin", last="plan_end"), "outside plan"),
        (age > FRESH_CHECK_DAYS, "active, stale"),
        default="active, fresh",
    )


def coordination_state(at: Evaluation) -> Texts:
    """Say who pays in which order: sequence, other payers, their payment, Medicare by age and plan, accident."""
    batch = at.batch
    others = lists(batch.claims["other_payer_ids"])
    orders = lists(batch.claims["other_payer_sequence_codes"])
    causes = are_filled(batch.claims["related_cause_codes"]).tolist()
    paid = (~np.isnan(batch.number("other_payer_paid_amount"))).tolist()
    old = (np.nan_to_num(batch.number("patient_age_years")) >= MEDICARE_AGE).tolist()
    medicare = is_one_of(batch.text("claim_filing_indicator_code"), MEDICARE_INDICATORS).tolist()
    facts = zip(batch.text("payer_sequence_code").tolist(), others, orders, causes, paid, old, medicare, strict=True)
    states = [
        f"{own}{min(len(other), 2)}{'P' in order:d}{has_paid:d}{is_old:d}{is_medicare:d}{cause:d}"
        for own, other, order, cause, has_paid, is_old, is_medicare in facts
    ]
    return np.array(states, dtype=object)


def cover_state(at: Evaluation) -> Texts:
    """Say what the practice knows of the patient's cover at other payers on the first service day, beside the own check."""
    cover = other_cover(at)
    own = is_one_of(at.part("eligibility_state"), _ACTIVE)
    state = first_true(
        (cover.active_count > 1, "several"),
        (cover.active_count > 0, "one"),
        (cover.billed_count > 0, "billed"),
        default="none",
    )
    return join(state, first_true((own, "own"), default="not own"), at.batch.text("payer_sequence_code"))


def identity_state(at: Evaluation) -> Texts:
    """Say whether the member id of the claim is the one that patient and payer know."""
    here, under = at.sent_count("patient_payer"), at.sent_count("patient_member")
    member = at.sent_count("subscriber_payer")
    return first_true(
        (at.batch.text("subscriber_key") == "", "no id"),
        ((under > 0) & (under < here), "one of several ids"),
        (under > 0, "known"),
        ((here > 0) & (member > 0), "id of another"),
        (here > 0, "new id"),
        (member > 0, "new patient under a known id"),
        default="new patient",
    )


def enrollment_state(at: Evaluation) -> Texts:
    """Say whether the rendering (else billing) provider's enrollment at the payer covers the first service day."""
    found = enrollment(at)
    return first_true(
        (~found.is_known, "none"),
        (found.covers(at.service_from, first="effective_from", last="effective_to"), "in force"),
        (at.service_from < found.day("effective_from"), "before"),
        default="ended",
    )


def lateness(at: Evaluation) -> Texts:
    """Step of the days from the last service day to submission."""
    return step_texts(at.days_since_service, _LATENESS_STEPS)


def resend_state(at: Evaluation) -> Texts:
    """Say what became of the same services sent before, with this submission's frequency."""
    sent = sent_before(at)
    state = first_true(
        (sent.sent == 0, "new"),
        (sent.paid > 0, "paid"),
        (sent.denied > 0, "denied"),
        (sent.sent > sent.rejected, "open"),
        default="rejected",
    )
    return join(state, at.batch.text("frequency_code"))


def authorization_state(at: Evaluation) -> Texts:
    """Say how each line's authorization number meets the authorizations on file."""
    found, batch = authorization(at), at.batch
    has_number = has_authorization(batch)
    unused = service_authorization(at).covers(at.line_service_from, first="valid_from", last="valid_to")
    another = found.text("subscriber_key") != of_claim(batch, "subscriber_key")
    return first_true(
        (~has_number & unused, "on file, not on claim"),
        (~has_number, "none"),
        (~found.is_known, "not on file"),
        (another, "of another member"),
        (found.text("procedure_code") != procedure(batch), "for another service"),
        (~found.covers(at.line_service_from, first="valid_from", last="valid_to"), "outside dates"),
        (batch.line_number("units") > authorized_units(found), "units over"),
        default="valid",
    )


def gap_step(at: Evaluation) -> Texts:
    """Step of the days since the patient's last service of the same procedure, as sent before."""
    return step_texts(at.days_since_same_procedure, _GAP_STEPS)


def repeat_step(at: Evaluation) -> Texts:
    """Step of how often the procedure was sent for the patient in a year."""
    return step_texts(at.same_procedure_count(365), _REPEAT_STEPS)


def _flag(condition: Flags) -> Texts:
    return first_true((condition, "with"), default="without")


CLAIM_STATES: dict[str, State] = {
    "cover_state": cover_state,
    "identity_state": identity_state,
    "eligibility_state": eligibility_state,
    "coordination_state": coordination_state,
    "enrollment_state": enrollment_state,
    "lateness": lateness,
    "resend_state": resend_state,
}

LINE_STATES: dict[str, State] = {
    "authorization_state": authorization_state,
    "referral_flag": lambda at: _flag(has_referral(at.batch)),
    "paperwork_flag": lambda at: _flag(has_paperwork(at.batch)),
    "gap_step": gap_step,
    "repeat_step": repeat_step,
}
"""Parts of keys that need more than the form."""

CLAIM_STATE_KEYS: dict[str, tuple[str, ...]] = {
    **{state: (state,) for state in CLAIM_STATES},
    "payer_cover": ("payer", "cover_state"),
    "payer_identity": ("payer", "identity_state"),
    "payer_eligibility": ("payer", "eligibility_state"),
    "payer_coordination": ("payer", "coordination_state"),
    "payer_enrollment": ("payer", "enrollment_state"),
    "payer_lateness": ("payer", "lateness"),
    "payer_resend": ("payer", "resend_state"),
}

LINE_STATE_KEYS: dict[str, tuple[str, ...]] = {
    **{state: (state,) for state in ("authorization_state", "gap_step", "repeat_step")},
    "payer_authorization": ("payer", "authorization_state"),
    "payer_procedure_authorization": ("payer", "procedure", "authorization_state"),
    "payer_taxonomy_referral": ("payer", "taxonomy", "referral_flag"),
    "payer_procedure_referral": ("payer", "procedure", "referral_flag"),
    "class_paperwork": ("service_class", "paperwork_flag"),
    "payer_class_paperwork": ("payer", "service_class", "paperwork_flag"),
    "payer_class_authorization": ("payer", "service_class", "authorization_state"),
    "payer_class_referral": ("payer", "service_class", "referral_flag"),
    "payer_procedure_paperwork": ("payer", "procedure", "paperwork_flag"),
    "charge_paperwork": ("charge_band", "paperwork_flag"),
    "payer_charge_paperwork": ("payer", "charge_band", "paperwork_flag"),
    "payer_modifiers_paperwork": ("payer", "modifiers", "paperwork_flag"),
    "procedure_gap": ("procedure", "gap_step"),
    "payer_procedure_gap": ("payer", "procedure", "gap_step"),
    "procedure_repeats": ("procedure", "repeat_step"),
    "payer_procedure_repeats": ("payer", "procedure", "repeat_step"),
}
