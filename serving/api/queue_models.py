"""Owns the JSON of the work queue: items out, changes and outcomes in."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from serving.work_queue.records import ItemChange, StoredItem, Touch, Wanted
from serving.work_queue.statuses import Outcome, Status
from serving.work_queue.work_item import Kind, Urgency

Who = Annotated[str, Field(min_length=1, max_length=80, description="Who does it; a name of the office, never a patient's")]
By = Annotated[
    str | None, Field(min_length=1, max_length=80, description="The caller's own name, or left out; another is refused (403)")
]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
PayerId = Annotated[str, Field(min_length=1, max_length=80)]
Action = Literal[
    "appeal", "bill_other_payer", "bill_patient", "correct_and_resubmit", "fix_and_resubmit", "follow_up", "new_claim",
    "nothing_to_do", "reconsideration", "send_records", "write_off",
]  # fmt: skip
ACTIONS: tuple[str, ...] = get_args(Action)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class WorkItemOut(BaseModel):
    """One item. `rank` is its place in the day's plan, null where it came in since; `why` says why it stands there."""

    id: str
    kind: Kind
    rank: int | None
    why: str
    claim_id: str
    payer_id: str
    denial_category: str
    carc: str
    rarc: str
    denied_on: date
    denied_amount: float
    recoverable_amount: float = Field(description="What of it is still out")
    appeal_success_probability: float
    probability_low: float | None = Field(description="Low end of its interval; null: the model gives none")
    probability_high: float | None
    recovered_share: float | None = Field(description="Share of the dollars that comes back when it is won")
    decision_days: int | None = Field(description="Days from an appeal until half of the payer's are decided")
    decision_days_late: int | None = Field(description="Days until nine of ten are decided")
    expected_recovery: float
    minutes: int
    appeal_level: int
    appeal_deadline: date | None
    deadline: date | None = Field(description="Last day for the next action; `days_left` counts to it")
    days_left: int | None
    warning: Urgency
    next_action: str
    avoidable: bool | None = Field(description="Of a write-off: whether it was ours to prevent")
    waits_until: date | None = Field(description="The payer's turn until this day")
    reason: str
    owner: str
    tier: str
    status: Status
    root_cause_1: str
    model_version: str
    assigned_to: str | None
    leased_until: datetime | None = Field(description="In progress: nobody else is handed it before")
    promised_on: date | None = Field(description="Waiting: the payer promised an answer by this day")
    outcome: Outcome | None
    recovered_amount: float | None
    updated_at: datetime
    version: int = Field(description="Name it when you change the item; it grows with every change")

    @classmethod
    def of(cls, stored: StoredItem) -> "WorkItemOut":
        """Copy from the stored item."""
        facts = asdict(stored.item)
        return cls(
            id=facts.pop("key"),
            rank=stored.plan_rank,
            why=stored.why,
            **facts,
            assigned_to=stored.assigned_to,
            leased_until=stored.leased_until,
            promised_on=stored.promised_on,
            outcome=stored.outcome,
            recovered_amount=None if stored.recovered_amount is None else float(stored.recovered_amount),
            updated_at=stored.updated_at,
            version=stored.version,
        )


class TouchOut(BaseModel):
    """What somebody did to an item."""

    touched_at: datetime
    touched_by: str
    what: str
    changes: dict[str, tuple[str | None, str | None]]
    note: str | None
    promised_on: date | None

    @classmethod
    def of(cls, touch: Touch) -> "TouchOut":
        """Copy from the stored touch."""
        texts = {name: tuple(None if one is None else str(one) for one in pair) for name, pair in touch.changes.items()}
        return cls.model_validate(
            {
                "touched_at": touch.touched_at,
                "touched_by": touch.touched_by,
                "what": touch.what,
                "changes": texts,
                "note": touch.note,
                "promised_on": touch.promised_on,
            }
        )


class WorkItemDetailOut(WorkItemOut):
    """One open denial with what was done to it, oldest first."""

    touches: list[TouchOut]


class QueueOut(BaseModel):
    """One page of the queue; `total` counts all that fit the filters. `next_cursor` is null on the last page."""

    total: int
    items: list[WorkItemOut]
    next_cursor: str | None


class ItemChangeIn(_In):
    """What to change on an item. Fields left out stay; closing takes an outcome."""

    version: Annotated[int, Field(ge=1)]
    by: By = None
    owner: Who | None = None
    assigned_to: Who | None = None
    next_action: Action | None = None
    status: Literal["open", "in_progress", "waiting"] | None = None
    promised_on: date | None = Field(default=None, description="With status waiting: the payer promised an answer by this day")
    note: Words | None = None

    def to_change(self) -> ItemChange:
        """Make the record."""
        return ItemChange(
            owner=self.owner,
            assigned_to=self.assigned_to,
            next_action=self.next_action,
            status=None if self.status is None else Status(self.status),
            promised_on=self.promised_on,
            note=self.note,
        )


class LeaseIn(_In):
    """Who takes an item, or keeps it."""

    by: By = None


class TakeNextIn(_In):
    """Who takes the next item, and of which kind."""

    by: By = None
    owner: Who | None = Field(default=None, description="Only items that this workflow owns")
    payer_id: PayerId | None = None
    payers: Annotated[list[PayerId], Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Payers that you know; `payer_id` is short for one"
    )
    kinds: Annotated[list[Kind], Field(min_length=1)] | None = Field(default=None, description="Kinds of items that you work")
    actions: Annotated[list[Action], Field(min_length=1)] | None = Field(default=None, description="Next actions that you can do")

    def to_wanted(self) -> Wanted:
        """Make the record."""
        payers = set(self.payers or ()) | ({self.payer_id} if self.payer_id else set())
        return Wanted(
            owner=self.owner,
            payer_ids=frozenset(payers) or None,
            kinds=None if self.kinds is None else frozenset(kind.value for kind in self.kinds),
            actions=None if self.actions is None else frozenset(self.actions),
        )


class OutcomeIn(_In):
    """What became of an item."""

    version: Annotated[int, Field(ge=1)]
    by: By = None
    outcome: Outcome
    recovered_amount: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)] = Decimal(0)
    note: Words | None = None


class DenialsIn(BaseModel):
    """Open denials to score, by claim id."""

    claim_ids: Annotated[list[str], Field(min_length=1, max_length=10_000, examples=[["EXAMPLE-1"]])]


class DenialScoresOut(BaseModel):
    """Scores of the open denials of the claims asked for; `not_open` lists those without one."""

    scored: list[WorkItemOut]
    not_open: list[str]
