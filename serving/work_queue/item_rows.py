"""Owns the mapping between work items and rows of the table `work_items`."""

from datetime import date
from decimal import Decimal

from sqlalchemy import RowMapping

from serving.work_queue.records import StoredItem
from serving.work_queue.standing import why_no_work
from serving.work_queue.statuses import Outcome, Status
from serving.work_queue.tables import NO_DEADLINE, NO_RANK
from serving.work_queue.work_item import WorkItem, worth

# Columns that a sync renews; all others belong to the people who work the items.
FACTS = (
    "kind", "claim_id", "payer_id", "denial_category", "carc", "rarc", "denied_on", "denied_amount", "recoverable_amount",
    "appeal_success_probability", "probability_low", "probability_high", "recovered_share", "decision_days",
    "decision_days_late", "expected_recovery", "minutes", "worth", "appeal_level", "appeal_deadline", "due_on",
    "warning", "suggested_action", "avoidable", "waits_until", "reason", "suggested_owner", "tier", "root_cause_1",
    "model_version",
)  # fmt: skip


def fact_row(item: WorkItem) -> dict[str, object]:
    """Give the renewed columns of an item."""
    return {
        "kind": item.kind,
        "claim_id": item.claim_id,
        "payer_id": item.payer_id,
        "denial_category": item.denial_category,
        "carc": item.carc,
        "rarc": item.rarc,
        "denied_on": item.denied_on,
        "denied_amount": _cents(item.denied_amount),
        "recoverable_amount": _cents(item.recoverable_amount),
        "appeal_success_probability": item.appeal_success_probability,
        "probability_low": item.probability_low,
        "probability_high": item.probability_high,
        "recovered_share": item.recovered_share,
        "decision_days": item.decision_days,
        "decision_days_late": item.decision_days_late,
        "expected_recovery": item.expected_recovery,
        "minutes": item.minutes,
        "worth": worth(item),
        "appeal_level": item.appeal_level,
        "appeal_deadline": item.appeal_deadline,
        "due_on": item.deadline or NO_DEADLINE,
        "warning": item.warning,
        "suggested_action": item.next_action,
        "avoidable": item.avoidable,
        "waits_until": item.waits_until,
        "reason": item.reason,
        "suggested_owner": item.owner,
        "tier": item.tier,
        "root_cause_1": item.root_cause_1,
        "model_version": item.model_version,
    }


def stored_item(row: RowMapping, *, as_of: date) -> StoredItem:
    """Make the record of a row; days left count from `as_of`."""
    deadline = None if row["due_on"] == NO_DEADLINE else row["due_on"]
    item = WorkItem(
        key=row["key"],
        kind=row["kind"],
        claim_id=row["claim_id"],
        payer_id=row["payer_id"],
        denial_category=row["denial_category"],
        carc=row["carc"],
        rarc=row["rarc"],
        denied_on=row["denied_on"],
        denied_amount=float(row["denied_amount"]),
        recoverable_amount=float(row["recoverable_amount"]),
        appeal_success_probability=row["appeal_success_probability"],
        probability_low=row["probability_low"],
        probability_high=row["probability_high"],
        recovered_share=row["recovered_share"],
        decision_days=row["decision_days"],
        decision_days_late=row["decision_days_late"],
        expected_recovery=row["expected_recovery"],
        minutes=row["minutes"],
        appeal_level=row["appeal_level"],
        appeal_deadline=row["appeal_deadline"],
        deadline=deadline,
        days_left=None if deadline is None else (deadline - as_of).days,
        warning=row["warning"],
        next_action=row["next_action"] or row["suggested_action"],
        avoidable=row["avoidable"],
        waits_until=row["waits_until"],
        reason=row["reason"],
        owner=row["owner"] or row["suggested_owner"],
        tier=row["tier"],
        root_cause_1=row["root_cause_1"],
        model_version=row["model_version"],
        status=row["status"],
    )
    return StoredItem(
        item=item,
        assigned_to=row["assigned_to"],
        leased_until=row["leased_until"],
        promised_on=row["promised_on"],
        plan_rank=None if row["plan_rank"] == NO_RANK else row["plan_rank"],
        why=_why(item, row),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        recovered_amount=row["recovered_amount"],
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        version=row["version"],
    )


def _why(item: WorkItem, row: RowMapping) -> str:
    """Say why an item stands where it does; what happened since the plan was made goes before what the plan said."""
    if row["status"] == Status.CLOSED:
        return "Closed"
    if row["status"] == Status.WAITING:
        return why_no_work(item)
    return row["why"] or "Came in after the plan was made"


def _cents(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"))
