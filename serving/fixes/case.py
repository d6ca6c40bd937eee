"""Owns the view of one risky claim that changes are drawn from: the claim, and what the practice's own records say of it."""

from dataclasses import dataclass
from functools import cached_property

from claims.claim import Claim, ServiceLine
from features.batch import ClaimBatch, day_date
from features.evaluation import Evaluation
from features.events import EventIndex
from features.history import History
from features.own_values import last_parts
from features.text_keys import SEPARATOR


class PaidHabits:
    """What paid services carried, by payer and procedure, indexed once per history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._parts: dict[str, dict[str, tuple[str, ...]]] = {}

    def paid(self, table: str, key: str, *, day: int, least: int) -> list[tuple[str, float]]:
        """List the last parts seen under a key with their paid lines known before a day, most first; at least `least`."""
        index = self._history.outcomes[table]
        if table not in self._parts:
            self._parts[table] = last_parts(index)
        lasts = self._parts[table].get(key, ())
        found = [(last, self._paid(index, f"{key}{SEPARATOR}{last}", day)) for last in lasts]
        return sorted(((last, paid) for last, paid in found if paid >= least), key=lambda pair: (-pair[1], pair[0]))

    def share_with(self, field: str, key: str, *, day: int) -> float:
        """Give the share of a procedure's paid lines, over all payers, that carried a field; 0 while none is known."""
        index = self._history.habits["procedure"]
        paid, carried = self._sum(index, key, day, "paid"), self._sum(index, key, day, f"paid_with_{field}")
        return carried / paid if paid else 0.0

    def count_paid(self, table: str, key: str, *, day: int) -> float:
        """Count the answers without a denial under a key."""
        return self._paid(self._history.outcomes[table], key, day)

    def _paid(self, index: EventIndex, key: str, day: int) -> float:
        return self._sum(index, key, day, "answers") - self._sum(index, key, day, "denied")

    @staticmethod
    def _sum(index: EventIndex, key: str, day: int, measure: str) -> float:
        _, (first, stop) = index.span_of(key, day)
        column = index.measures[measure]
        return float(index.sums[stop, column] - index.sums[first, column])


@dataclass(frozen=True, kw_only=True)
class Case:
    """One claim in a batch that was looked up as a whole. `row` is its position there."""

    claim: Claim
    row: int
    at: Evaluation
    habits: PaidHabits

    @property
    def batch(self) -> ClaimBatch:
        """Give the batch that the claim stands in."""
        return self.at.batch

    @property
    def day(self) -> int:
        """Give the prediction day as a number."""
        return int(self.at.day[self.row])

    @cached_property
    def lines(self) -> list[tuple[int, ServiceLine]]:
        """List the lines with their positions in the batch, dearest first."""
        start = int(self.batch.line_start[self.row])
        by_number = sorted(self.claim.lines, key=lambda line: line.line_number)
        return sorted(enumerate(by_number, start=start), key=lambda pair: -pair[1].charge_amount)

    @property
    def subscriber_key(self) -> str:
        """Give the hashed member id, "" where there is none."""
        return str(self.batch.text("subscriber_key")[self.row])

    @property
    def payer_id(self) -> str:
        """Give the payer id, "" where there is none."""
        return self.claim.payer.payer_id or ""

    def own_value(self, name: str, key: str) -> str:
        """Give the newest value that the practice wrote under a key before; "" = none."""
        return self.at.history.own_values[name].newest(key, self.day)


def shown_day(number: int) -> str:
    """Write a day number as a date."""
    return day_date(number).isoformat()
