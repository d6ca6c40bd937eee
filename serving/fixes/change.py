"""Owns what a proposed change is: an entry of the vocabulary on one claim, with its value and its effect on claim and records."""

from collections.abc import Callable
from dataclasses import dataclass

from claims.claim import Claim
from claims.fix import Fix, fixes

TO_OBTAIN = "TO OBTAIN"  # stands for a number that does not exist yet; never a value to send


@dataclass(frozen=True, kw_only=True)
class RegisterRow:
    """A row that a practice's own record would have, once the change is made. Days are day numbers."""

    register: str
    key: str
    columns: tuple[tuple[str, str | float | int], ...]


@dataclass(frozen=True, kw_only=True)
class MemberOnFile:
    """A member id that the practice knows by its hash alone: health information, never shown."""

    subscriber_key: str
    id_format: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of one claim. To be verified, then made.

    `line_number` (LX01) is `None` for the whole claim. `value` is what to write, `None` where it is health information or must
    still be obtained; `instruction` says in words what to do. `is_on_file` tells whether the practice's own records hold it.
    """

    fix_id: str
    line_number: int | None = None
    element: str
    value: str | None
    instruction: str
    is_on_file: bool
    apply: Callable[[Claim], Claim]
    rows: tuple[RegisterRow, ...] = ()
    member: MemberOnFile | None = None

    @property
    def fix(self) -> Fix:
        """Give the entry of the vocabulary."""
        return fixes()[self.fix_id]

    def excludes(self, other: "Change") -> bool:
        """Tell whether two changes write the same thing, so that only one of them can be made."""
        covers = ("subscriber_id", "payer_id", "payer_order")
        if self.fix_id in covers and other.fix_id in covers:
            return True
        return (self.fix_id, self.line_number, self.element) == (other.fix_id, other.line_number, other.element)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The smallest set of changes found that brings a claim's risk below its target.

    `claim` is the changed claim; where a member id on file is to be written, it has none. `expected_denied_amount` is in dollars.
    """

    changes: tuple[Change, ...]
    probability_before: float
    probability_after: float
    expected_denied_amount: float
    claim: Claim
