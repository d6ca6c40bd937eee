"""Owns what a list of the work queue is asked for: filters, sorting, and the cursor that says where the next page begins."""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.api.queue_models import Action
from serving.errors import ForeignCursor
from serving.work_queue.search import After, QueueFilter, Search, Sort, SortValue
from serving.work_queue.statuses import Status
from serving.work_queue.work_item import Kind, Urgency

Dollars = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
# What a person wants to see first: what is most, oldest, soonest, best.
_FALLING = frozenset({Sort.DENIED_AMOUNT, Sort.RECOVERABLE_AMOUNT, Sort.EXPECTED_RECOVERY, Sort.AGE})
_SIGNATURE_BYTES = 12
_DATES = frozenset({Sort.DEADLINE, Sort.AGE})
_MONEY = frozenset({Sort.DENIED_AMOUNT, Sort.RECOVERABLE_AMOUNT})


class FilterIn(BaseModel):
    """Which items; what is left out does not narrow. Without a status: all that is not closed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    owner: Name | None = Field(default=None, description="Workflow that owns the item")
    assigned_to: Name | None = Field(default=None, description="Person who has it")
    status: Status | None = None
    payer_id: Name | None = None
    claim_id: Name | None = None
    category: Name | None = Field(default=None, description="Denial category, an id of the root causes")
    kind: Kind | None = None
    action: Action | None = Field(default=None, description="Next action")
    warning: Urgency | None = None
    min_denied: Dollars | None = None
    max_denied: Dollars | None = None
    min_recoverable: Dollars | None = None
    max_recoverable: Dollars | None = None
    deadline_after: date | None = Field(default=None, description="Deadline on this day or later")
    deadline_before: date | None = Field(default=None, description="Deadline on this day or earlier")

    def to_filter(self) -> QueueFilter:
        """Make the record."""
        return QueueFilter(
            owner=self.owner,
            assigned_to=self.assigned_to,
            status=_value(self.status),
            payer_id=self.payer_id,
            claim_id=self.claim_id,
            category=self.category,
            kind=_value(self.kind),
            action=self.action,
            warning=_value(self.warning),
            least_denied=self.min_denied,
            most_denied=self.max_denied,
            least_recoverable=self.min_recoverable,
            most_recoverable=self.max_recoverable,
            deadline_from=self.deadline_after,
            deadline_until=self.deadline_before,
        )


class SortedIn(FilterIn):
    """Which items, in which order."""

    sort: Sort = Field(default=Sort.RANK, description="rank is the place in the day's plan; age counts from the denial")
    order: Literal["asc", "desc"] | None = Field(
        default=None, description="asc where absent for rank and deadline, desc for the others: most dollars, oldest first"
    )

    @property
    def descending(self) -> bool:
        """Tell whether the list falls."""
        return self.order == "desc" if self.order else self.sort in _FALLING

    def to_search(self) -> Search:
        """Ask for all of it."""
        return Search(where=self.to_filter(), sort=self.sort, descending=self.descending)


class PageIn(SortedIn):
    """One page of a list."""

    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="`next_cursor` of the page before, with the same filters and sort; instead of `offset`"
    )
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 50

    def to_page(self, key: bytes) -> Search:
        """Ask for one page. Raises: ForeignCursor."""
        after = None if self.cursor is None else self._read(self.cursor, key)
        return Search(
            where=self.to_filter(),
            sort=self.sort,
            descending=self.descending,
            after=after,
            offset=self.offset if after is None else 0,
            limit=self.limit,
        )

    def cursor_of(self, after: After, key: bytes) -> str:
        """Say where the next page begins, in a form that only this service makes and only this list takes."""
        body = json.dumps([str(after.value), after.key], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._sign(body, key) + body).decode().rstrip("=")

    def _read(self, cursor: str, key: bytes) -> After:
        try:
            given = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise ForeignCursor() from None
        signature, body = given[:_SIGNATURE_BYTES], given[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(body, key)):
            raise ForeignCursor()
        value, item_key = json.loads(body)
        return After(value=self._typed(value), key=item_key)

    def _sign(self, body: bytes, key: bytes) -> bytes:
        """Bind a cursor to this service's key and to the filters and the sort that it was made with."""
        asked = self.model_dump_json(exclude={"cursor", "offset", "limit"}).encode()
        return hmac.new(key, asked + b"\0" + body, hashlib.sha256).digest()[:_SIGNATURE_BYTES]

    def _typed(self, value: str) -> SortValue:
        if self.sort in _DATES:
            return date.fromisoformat(value)
        if self.sort in _MONEY:
            return Decimal(value)
        return int(value) if self.sort is Sort.RANK else float(value)


def _value(member: Status | Kind | Urgency | None) -> str | None:
    return None if member is None else member.value
