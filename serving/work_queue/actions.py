"""Owns the next action of an open denial: rules that hold before any score, each with the reason that a biller reads.

The order of the rules is the order of the functions below: what waits for the payer, what has no appeal, what is corrected or
billed elsewhere, and last the appeal with its levels.
"""

from dataclasses import dataclass
from enum import StrEnum

from claims.denial import UNEXPLAINED, denial_codes

CORRECT_AND_RESUBMIT = "correct_and_resubmit"
FIX_AND_RESUBMIT = "fix_and_resubmit"  # a claim rejected before adjudication
NEW_CLAIM = "new_claim"
SEND_RECORDS = "send_records"
APPEAL = "appeal"
RECONSIDERATION = "reconsideration"
BILL_OTHER_PAYER = "bill_other_payer"
BILL_PATIENT = "bill_patient"
FOLLOW_UP = "follow_up"
WRITE_OFF = "write_off"
NOTHING_TO_DO = "nothing_to_do"
WITHOUT_RECOVERY = frozenset({WRITE_OFF, NOTHING_TO_DO})

UNPROCESSABLE_RARC = "MA130"
UNPROCESSABLE_CARCS = frozenset({"16", "A1"})
ACTIONS = frozenset(
    {
        CORRECT_AND_RESUBMIT, FIX_AND_RESUBMIT, NEW_CLAIM, SEND_RECORDS, APPEAL, RECONSIDERATION, BILL_OTHER_PAYER,
        BILL_PATIENT, FOLLOW_UP, WRITE_OFF, NOTHING_TO_DO,
    }
)  # fmt: skip

CLINICAL_CATEGORIES = frozenset({"medical_necessity"})
PATIENT_SHARE_CARCS = frozenset({"1", "2", "3"})
CONTRACTUAL_CARC = "45"
# A lost denial of these was decided by the payer's policy or the plan's benefits; all others were ours to prevent.
NOT_OURS_TO_PREVENT = frozenset({UNEXPLAINED, "non_covered", "medical_necessity"})
_CORRECTABLE = {
    "coding": "the codes can be corrected from the record",
    "bundling": "a distinct service needs its modifier, or the line is part of another",
    "units_or_frequency": "the units can be checked against the record",
    "patient_information": "the member's data must match the payer's file",
    "missing_information": "the payer names a field to fill in",
    "referral": "the referral number can be added",
    "provider_enrollment": "the claim can go again once the enrollment is in force",
}
ELSEWHERE = {
    "wrong_payer": "another payer covers this service or member",
    "coordination_of_benefits": "another payer goes first",
    "eligibility": "coverage was not in force: find the plan that was",
}


class Limit(StrEnum):
    """Which last day an action has."""

    APPEAL = "appeal"
    FILING = "filing"
    RECONSIDERATION = "reconsideration"
    NONE = "none"


class Resubmission(StrEnum):
    """What became of a claim that was sent again after its denial."""

    NONE = "none"  # not sent again
    WAITING = "waiting"
    OVERDUE = "overdue"
    REJECTED = "rejected"
    ANSWERED = "answered"  # by another payer, which the denial points to


@dataclass(frozen=True, kw_only=True)
class Denied:
    """What the rules look at. Days left are negative once past; `None` = no limit is known, or no such step exists."""

    category: str
    group_code: str
    carc: str
    rarc: str | None
    amount: float = 0.0
    duplicate_of_paid: bool = False
    days_left_to_file: int | None
    days_left_to_appeal: int | None  # at `appeal_level`
    days_left_to_reconsider: int | None = None
    appeal_level: int = 1  # the one that comes next, or is pending
    appeal_levels: int | None = None  # how many there are
    appeal_is_pending: bool = False
    days_left_to_decide: int | None = None  # until the decision of the pending appeal is due
    resubmission: Resubmission = Resubmission.NONE
    takes_replacements: bool = True
    no_appeal: str | None = None  # why the payer's rules give no appeal of this category
    least_amount: float | None = None  # dollars in dispute that the next level asks for


@dataclass(frozen=True, kw_only=True)
class Action:
    """What to do next, and why. `avoidable` tells of a write-off alone whether it was ours to prevent."""

    name: str
    reason: str
    limit: Limit = Limit.NONE
    avoidable: bool | None = None
    waits: bool = False  # the payer's turn


def next_action(denied: Denied) -> Action:
    """Decide what to do next. Never an appeal of MA130, of patient cost share, of contractual reductions, of what the payer's
    rules bar, of exact duplicates of paid claims, or past its limit; never a correction past the filing limit."""
    for rule in (_waiting, _without_appeal, _corrected, _elsewhere):
        action = rule(denied)
        if action is not None:
            return action
    return _appealed(denied)


def _waiting(denied: Denied) -> Action | None:
    if denied.appeal_is_pending:
        level = f"the appeal of level {denied.appeal_level}"
        if _passed(denied.days_left_to_decide):
            return Action(name=FOLLOW_UP, reason=f"the decision on {level} is overdue: ask for it")
        return Action(name=NOTHING_TO_DO, reason=f"{level} is with the payer", waits=True)
    if denied.resubmission is Resubmission.REJECTED:
        return Action(name=NOTHING_TO_DO, reason="it was sent again and rejected: the item of that rejection says what to fix")
    if denied.resubmission is Resubmission.ANSWERED:
        return Action(name=NOTHING_TO_DO, reason="another payer has answered the claim since")
    if denied.resubmission is Resubmission.OVERDUE:
        return Action(name=FOLLOW_UP, reason="it was sent again and the answer is overdue: ask for it", limit=_while_open(denied))
    if denied.resubmission is Resubmission.WAITING:
        return Action(name=NOTHING_TO_DO, reason="it was sent again: the payer's answer is awaited", waits=True)
    return None


def _without_appeal(denied: Denied) -> Action | None:
    if denied.group_code == "PR" and denied.carc in PATIENT_SHARE_CARCS:
        return Action(name=BILL_PATIENT, reason="the patient's own share")
    if denied.group_code == "CO" and denied.carc == CONTRACTUAL_CARC:
        return Action(name=NOTHING_TO_DO, reason="a contractual reduction: paid as agreed")
    if denied.rarc == UNPROCESSABLE_RARC:
        return _new_claim(denied, "unprocessable (MA130): no appeal right")
    if denied.rarc in denial_codes().no_appeal_rarcs:
        return Action(name=WRITE_OFF, reason=f"no appeal right ({denied.rarc}): decided by law", avoidable=False)
    if denied.category == "duplicate":
        return _duplicate(denied)
    if denied.no_appeal is not None:
        return Action(name=WRITE_OFF, reason=denied.no_appeal, avoidable=_is_ours(denied))
    if denied.category == "timely_filing":
        if _passed(denied.days_left_to_appeal) or _is_past_last_level(denied):
            return Action(name=WRITE_OFF, reason="filed late, and the appeal limit has passed", avoidable=True)
        return Action(name=APPEAL, reason="appeal only with proof of timely filing; else write off", limit=Limit.APPEAL)
    return None


def _duplicate(denied: Denied) -> Action:
    if denied.duplicate_of_paid:
        return Action(name=NOTHING_TO_DO, reason="an exact duplicate of a claim that was paid")
    return Action(
        name=FOLLOW_UP, reason="find the claim that the payer says it has, and what became of it", limit=_while_open(denied)
    )


def _corrected(denied: Denied) -> Action | None:
    """Give a correction where one is open: as a replacement, a new claim or a reopening."""
    if denied.category not in _CORRECTABLE or denied.appeal_level > 1:
        return None
    why = _CORRECTABLE[denied.category]
    if not denied.takes_replacements and denied.carc in UNPROCESSABLE_CARCS and not _passed(denied.days_left_to_file):
        return _new_claim(denied, f"unprocessable (CARC {denied.carc})")
    if not _passed(denied.days_left_to_file) and denied.takes_replacements:
        return Action(name=CORRECT_AND_RESUBMIT, reason=f"{why}; send it as a replacement (frequency 7)", limit=Limit.FILING)
    if _may_reconsider(denied):
        return Action(
            name=RECONSIDERATION, reason=f"{why}; ask for a reopening, no replacement is taken now", limit=Limit.RECONSIDERATION
        )
    return None


def _new_claim(denied: Denied, why: str) -> Action:
    if _passed(denied.days_left_to_file):
        return Action(name=WRITE_OFF, reason=f"{why}, and the filing limit for a new claim has passed", avoidable=True)
    return Action(name=NEW_CLAIM, reason=f"{why}; correct it and send a new claim", limit=Limit.FILING)


def _elsewhere(denied: Denied) -> Action | None:
    if denied.category in ELSEWHERE:
        return Action(name=BILL_OTHER_PAYER, reason=ELSEWHERE[denied.category])
    if denied.category == "non_covered" and denied.group_code == "PR":
        return Action(name=BILL_PATIENT, reason="not covered, and the payer leaves it to the patient (PR)")
    return None


def _appealed(denied: Denied) -> Action:
    level = denied.appeal_level
    if _is_past_last_level(denied):
        reason = f"upheld at the last level of appeal ({denied.appeal_levels})"
        return Action(name=WRITE_OFF, reason=reason, avoidable=_is_ours(denied))
    if denied.least_amount is not None and denied.amount < denied.least_amount:
        reason = f"below the {denied.least_amount:.0f} dollars that an appeal of level {level} asks for"
        return Action(name=WRITE_OFF, reason=reason, avoidable=_is_ours(denied))
    if level == 1 and denied.category == UNEXPLAINED and _may_reconsider(denied):
        reason = "nothing of ours explains it: ask the payer to reconsider before an appeal"
        return Action(name=RECONSIDERATION, reason=reason, limit=Limit.RECONSIDERATION)
    if _passed(denied.days_left_to_appeal):
        of_level = "" if level == 1 else f" of level {level}"
        return Action(name=WRITE_OFF, reason=f"the payer's limit for an appeal{of_level} has passed", avoidable=True)
    if level > 1:
        reason = f"level {level - 1} was decided against us: level {level} is open"
        return Action(name=APPEAL, reason=reason, limit=Limit.APPEAL)
    if _may_reconsider(denied):
        reason = "the payer takes a reconsideration before a formal appeal"
        return Action(name=RECONSIDERATION, reason=reason, limit=Limit.RECONSIDERATION)
    if denied.category == "documentation":
        return Action(name=SEND_RECORDS, reason="the payer asks for records before it decides", limit=Limit.APPEAL)
    if denied.category == UNEXPLAINED:
        return Action(name=FOLLOW_UP, reason="nothing of ours explains it: ask the payer to process it again", limit=Limit.APPEAL)
    return Action(name=APPEAL, reason="the payer's decision can be contested within its limit", limit=Limit.APPEAL)


def _passed(days_left: int | None) -> bool:
    return days_left is not None and days_left < 0


def _may_reconsider(denied: Denied) -> bool:
    return denied.days_left_to_reconsider is not None and denied.days_left_to_reconsider >= 0


def _is_past_last_level(denied: Denied) -> bool:
    return denied.appeal_levels is not None and denied.appeal_level > denied.appeal_levels


def _is_ours(denied: Denied) -> bool:
    return denied.category not in NOT_OURS_TO_PREVENT


def _while_open(denied: Denied) -> Limit:
    """Give the appeal limit while it runs: asking about a claim is allowed after it, too."""
    return Limit.NONE if _passed(denied.days_left_to_appeal) else Limit.APPEAL
