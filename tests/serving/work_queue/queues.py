"""Items and stores for the tests of the work queue."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from serving.work_queue.work_item import WorkItem

TODAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ITEM = WorkItem(
    key="r1", claim_id="C1", payer_id="P1", denial_category="coding", carc="4", rarc="", denied_on=TODAY - timedelta(days=20),
    denied_amount=200.0, recoverable_amount=200.0, appeal_success_probability=0.5, expected_recovery=90.0, minutes=15,
    appeal_deadline=TODAY + timedelta(days=30), deadline=TODAY + timedelta(days=30), days_left=30,
    next_action="correct_and_resubmit", reason="", owner="coding", tier="technical", root_cause_1="coding", model_version="m-1",
)  # fmt: skip


def item(key: str, **fields: object) -> WorkItem:
    return replace(ITEM, key=key, claim_id=key, **fields)  # type: ignore[arg-type]
