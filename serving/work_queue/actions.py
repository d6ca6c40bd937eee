"""Owns the next action of an open denial: rules that hold before any score, each with the reason that a biller reads."""

from dataclasses import dataclass

from claims.denial import denial_codes

CORRECT_AND_RESUBMIT = "correct_and_resubmit"
NEW_CLAIM = "new_claim"
SEND_RECORDS = "send_records"
APPEAL = "appeal"
BILL_OTHER_PAYER = "bill_other_payer"
BILL_PATIENT = "bill_patient"
FOLLOW_UP = "follow_up"
WRITE_OFF = "write_off"
NOTHING_TO_DO = "nothing_to_do"

MEDICARE_FFS_CODES = frozenset({"MA", "MB"})
CLINICAL_CATEGORIES = frozenset({"medical_necessity"})
PATIENT_SHARE_CARCS = frozenset({"1", "2", "3"})
_CORRECTABLE = {
    "coding": "the codes can be corrected from the record",
    "bundling": "a distinct service needs its modifier, or the line is part of another",
    "units_or_frequency": "the units can be checked against the record",
    "patient_information": "the member's data must match the payer's file",
    "missing_information": "the payer names a field to fill in",
    "referral": "the referral number can be added",
    "provider_enrollment": "the claim can go again once the enrollment is in force",
}
_ELSEWHERE = {
    "wrong_payer": "another payer covers this service or member",
    "coordination_of_benefits": "another payer goes first",
    "eligibility": "coverage was not in force: find the plan that was",
}


@dataclass(frozen=True, kw_only=True)
class Denied:
    """What the rules look at."""

    category: str
    group_code: str
    carc: str
    rarc: str | None
    claim_filing_indicator_code: str
    days_left_to_appeal: int | None
    days_left_to_file: int | None
    duplicate_of_paid: bool


@dataclass(frozen=True, kw_only=True)
class Action:
    """What to do next, and why."""

    name: str
    reason: str


def next_action(denied: Denied) -> Action:
    """Decide what to do next.

    There is no appeal of MA130 and MA44, of patient cost share, of Medicare's CO-29, of exact duplicates of paid claims.
    """
    barred = _without_appeal(denied)
    if barred is not None:
        return barred
    if denied.category in _CORRECTABLE and _can_still_file(denied):
        return Action(
            name=CORRECT_AND_RESUBMIT, reason=f"{_CORRECTABLE[denied.category]}; send it as a replacement (frequency 7)"
        )
    if denied.category in _ELSEWHERE:
        return Action(name=BILL_OTHER_PAYER, reason=_ELSEWHERE[denied.category])
    if denied.category == "non_covered" and denied.group_code == "PR":
        return Action(name=BILL_PATIENT, reason="not covered, and the payer leaves it to the patient (PR)")
    if denied.category == "documentation":
        return Action(name=SEND_RECORDS, reason="the payer asks for records before it decides")
    if denied.category == "payer_processing":
        return Action(name=FOLLOW_UP, reason="nothing of ours explains it: ask the payer to process it again")
    if denied.days_left_to_appeal is not None and denied.days_left_to_appeal < 0:
        return Action(name=WRITE_OFF, reason="the payer's appeal limit has passed")
    return Action(name=APPEAL, reason="the payer's decision can be contested within its limit")


def _without_appeal(denied: Denied) -> Action | None:
    if denied.rarc in denial_codes().no_appeal_rarcs:
        if denied.rarc == "MA130":
            return Action(name=NEW_CLAIM, reason="unprocessable (MA130): no appeal right; correct it and send a new claim")
        return Action(name=WRITE_OFF, reason=f"no appeal right ({denied.rarc}): decided by law")
    if denied.group_code == "PR" and denied.carc in PATIENT_SHARE_CARCS:
        return Action(name=BILL_PATIENT, reason="the patient's own share")
    if denied.category == "timely_filing":
        if denied.claim_filing_indicator_code in MEDICARE_FFS_CODES:
            return Action(name=WRITE_OFF, reason="Medicare: untimely filing is no initial determination and has no appeal")
        return Action(name=APPEAL, reason="appeal only with proof of timely filing; else write off")
    if denied.category == "duplicate" and denied.duplicate_of_paid:
        return Action(name=NOTHING_TO_DO, reason="an exact duplicate of a claim that was paid")
    if denied.category == "duplicate":
        return Action(name=FOLLOW_UP, reason="find the claim that the payer says it has, and what became of it")
    return None


def _can_still_file(denied: Denied) -> bool:
    return denied.days_left_to_file is None or denied.days_left_to_file >= 0
