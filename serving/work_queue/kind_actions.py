"""Owns the next action of what is no denial: a rejection, an overdue answer, an underpayment. Days left may be negative."""

from claims.root_cause import root_causes
from serving.work_queue.actions import FIX_AND_RESUBMIT, FOLLOW_UP, NOTHING_TO_DO, RECONSIDERATION, WRITE_OFF, Action, Limit


def rejection_action(cause: str, days_left_to_file: int | None) -> Action:
    """Decide what to do with a claim that was rejected before adjudication: never an appeal."""
    if days_left_to_file is not None and days_left_to_file < 0:
        reason = "rejected before adjudication, and the filing limit has passed without an accepted claim"
        return Action(name=WRITE_OFF, reason=reason, limit=Limit.FILING, avoidable=True)
    fix = root_causes()[cause].fix.rstrip(".")
    return Action(
        name=FIX_AND_RESUBMIT,
        reason=f"rejected before adjudication: no appeal exists and the filing clock runs on. {fix}",
        limit=Limit.FILING,
    )


def silence_action(days_left_to_file: int | None) -> Action:
    """Decide what to do about an answer that is overdue. Past the filing limit only proof of the first filing helps, and asking
    stays allowed."""
    if days_left_to_file is not None and days_left_to_file < 0:
        reason = "the payer's answer is overdue and the filing limit has passed: show the payer's acceptance of the first filing"
        return Action(name=FOLLOW_UP, reason=reason)
    reason = "the payer's answer is overdue: ask for it while the claim could still be filed again"
    return Action(name=FOLLOW_UP, reason=reason, limit=Limit.FILING)


def underpayment_action(
    *, is_contracted: bool, days_left_to_appeal: int | None, is_pending: bool, days_left_to_decide: int | None
) -> Action:
    """Decide what to do about a claim paid below what was expected."""
    if is_pending:
        if days_left_to_decide is not None and days_left_to_decide < 0:
            return Action(name=FOLLOW_UP, reason="the payer's word on the disputed payment is overdue: ask for it")
        return Action(name=NOTHING_TO_DO, reason="the disputed payment is with the payer", waits=True)
    if days_left_to_appeal is not None and days_left_to_appeal < 0:
        reason = "paid below what was expected, and the limit for disputing it has passed"
        return Action(name=WRITE_OFF, reason=reason, limit=Limit.APPEAL, avoidable=True)
    basis = "the contracted fee" if is_contracted else "what this payer usually allows"
    return Action(name=RECONSIDERATION, reason=f"paid below {basis}: dispute the payment", limit=Limit.APPEAL)
