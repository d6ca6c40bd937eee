"""Features of who was treated: the patient's cover at other payers, and whether the member id is the one known before."""

import numpy as np

from features.batch import NO_DAY
from features.cover import other_cover
from features.evaluation import Evaluation, as_flag, between
from features.registry import Column, feature

SENT, CHECK = "earlier submission", "eligibility check"
COORDINATION, IDENTITY = "coordination_of_benefits", "patient_information"


@feature(title="Patient is active at another payer", unit="count", known_from=CHECK, root_cause="wrong_payer")
def active_elsewhere(at: Evaluation) -> Column:
    """Other payers where the newest check says that the patient's cover holds on the first service day."""
    return other_cover(at).active_count


@feature(title="Days from another cover's begin to service", unit="days", known_from=CHECK, root_cause="eligibility")
def days_into_other_cover(at: Evaluation) -> Column:
    """Days from the latest begin of an active cover elsewhere to the first service day; NaN = none known."""
    return between(other_cover(at).latest_begin, at.service_from)


@feature(title="Another cover began after this one", unit="flag", known_from=CHECK, root_cause="eligibility")
def other_cover_is_newer(at: Evaluation) -> Column:
    """1 where an active cover elsewhere began after the own plan; 0 where either begin is unknown."""
    own, other = at.eligibility.day("plan_begin"), other_cover(at).latest_begin
    return as_flag((own != NO_DAY) & (other != NO_DAY) & (other > own))


@feature(title="Other payers that the patient was billed to", unit="count", known_from=SENT, root_cause=COORDINATION)
def billed_elsewhere(at: Evaluation) -> Column:
    """Member ids of the patient at other payers that were billed before."""
    return other_cover(at).billed_count


@feature(title="Same services sent to another payer before", unit="count", known_from=SENT, root_cause=COORDINATION)
def same_service_elsewhere(at: Evaluation) -> Column:
    """Earlier submissions of the same patient, first day and procedures to other payers."""
    return at.sent_count("services") - at.sent_count("service")


@feature(title="The patient's last claim went to another payer", unit="flag", known_from=SENT, root_cause="wrong_payer")
def payer_changed(at: Evaluation) -> Column:
    """1 where the patient's latest submission went to another payer."""
    known, payer = _last_of_patient(at, at.history.claim_payers)
    return as_flag(known & (payer != at.batch.text("payer_id")))


@feature(title="Another payer was listed last time, none now", unit="flag", known_from=SENT, root_cause=COORDINATION)
def other_payer_dropped(at: Evaluation) -> Column:
    """1 where the patient's latest submission listed another payer and this one lists none."""
    known, listed = _last_of_patient(at, at.history.claim_others)
    none_now = np.array([not ids for ids in at.batch.claims["other_payer_ids"].to_pylist()], dtype=np.bool_)
    return as_flag(known & listed & none_now)


@feature(title="Payer stood elsewhere in the order last time", unit="flag", known_from=SENT, root_cause=COORDINATION)
def payer_order_changed(at: Evaluation) -> Column:
    """1 where the patient's latest submission to this payer carried another SBR01."""
    known, order = _last_of_patient(at, at.history.claim_orders, table="patient_payer")
    return as_flag(known & (order != at.batch.text("payer_sequence_code")))


@feature(title="Another payer's claim lists this payer in another place", unit="flag", known_from=SENT, root_cause=COORDINATION)
def listed_in_other_order(at: Evaluation) -> Column:
    """1 where the patient's latest claim that names this payer as the other one (2320) gives it another place than this claim."""
    ids = at.history.listed_payers
    row = ids.index.last_row(ids.index.before(ids.index.encode(at.key("patient_payer")), at.day))
    order = np.where(row >= 0, ids.orders[np.maximum(row, 0)] if len(ids.orders) else "", "")
    return as_flag((order != "") & (order != at.batch.text("payer_sequence_code")))


@feature(title="Claims of the patient sent to this payer before", unit="count", known_from=SENT, root_cause="wrong_payer")
def patient_claims_here(at: Evaluation) -> Column:
    """Earlier submissions of the patient to this payer."""
    return at.sent_count("patient_payer")


@feature(title="Member id differs from the patient's last claim here", unit="flag", known_from=SENT, root_cause=IDENTITY)
def member_id_changed(at: Evaluation) -> Column:
    """1 where the patient's latest submission to this payer carried another member id."""
    known, member = _last_of_patient(at, at.history.claim_subscribers, table="patient_payer")
    return as_flag(known & (member != at.batch.text("subscriber_key")))


@feature(title="Claims paid to the patient under another member id", unit="count", known_from="835 receipt", root_cause=IDENTITY)
def paid_under_other_id(at: Evaluation) -> Column:
    """First answers without a denial for patient and payer under other member ids."""
    return _paid(at, "patient_payer") - _paid(at, "patient_member")


@feature(
    title="Claims paid to the patient under this member id",
    unit="count",
    known_from="835 receipt",
    root_cause=IDENTITY,
    monotone=-1,
)
def paid_under_this_id(at: Evaluation) -> Column:
    """First answers without a denial for patient, payer and member id."""
    return _paid(at, "patient_member")


@feature(title="Member id known, but not for this patient", unit="flag", known_from=SENT, root_cause=IDENTITY)
def patient_new_under_id(at: Evaluation) -> Column:
    """1 where the member id was billed to this payer before, and never for a person of this name and birth date."""
    return as_flag((at.sent_count("subscriber_payer") > 0) & (at.sent_count("patient_member") == 0))


@feature(title="Days since the patient's last claim", unit="days", known_from=SENT, root_cause="eligibility")
def days_since_patient_claim(at: Evaluation) -> Column:
    """Days since the patient's latest submission to any payer; NaN = none."""
    index, _, span = at.sent_span("patient")
    return at.day - index.last_day(span)


def _last_of_patient(at: Evaluation, facts: np.ndarray, *, table: str = "patient") -> tuple[np.ndarray, np.ndarray]:
    """Tell whether there is an earlier submission under the key, and give a fact of the latest one."""
    index, _, span = at.sent_span(table)
    row = index.last_row(span)
    return row >= 0, facts[np.maximum(row, 0)] if len(facts) else np.zeros(len(row), dtype=facts.dtype)


def _paid(at: Evaluation, table: str) -> Column:
    return at.counts(table, "answers") - at.counts(table, "denied")
