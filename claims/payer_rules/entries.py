"""Owns what one entry of a rule file says: a limit, a way to send, what is taken, barred or asked for; each dated and cited."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Entry(ABC):
    """What every entry has. It holds from one day to another, both included, for the plans and denials that it names."""

    section: str
    level: int = 1  # of an appeal; 1 elsewhere
    only_for: frozenset[str] = frozenset()  # SBR09 codes among those of the file; empty = all of them
    categories: frozenset[str] = frozenset()  # root cause ids; empty = all
    effective_from: date
    effective_to: date | None  # None = still in force
    source: str
    checked_on: date
    review_on: date  # by when somebody must read the source again
    owner: str  # the workflow or office that does

    def holds_on(self, day: date) -> bool:
        """Tell whether it is in force on a day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def fits(self, *, code: str | None, category: str | None) -> bool:
        """Tell whether it speaks of a plan (SBR09) and a denial; an unknown plan or category fits only what speaks of all."""
        return (not self.only_for or code in self.only_for) and (not self.categories or category in self.categories)

    @property
    @abstractmethod
    def summary(self) -> str:
        """Say its value in a few words."""

    def meets(self, other: "Entry") -> bool:
        """Tell whether both would answer the same question on some day."""
        if (self.section, self.level) != (other.section, other.level):
            return False
        same_plans = not self.only_for or not other.only_for or bool(self.only_for & other.only_for)
        same_denials = not self.categories or not other.categories or bool(self.categories & other.categories)
        if not (same_plans and same_denials):
            return False
        first, second = sorted((self, other), key=lambda one: one.effective_from)
        return first.effective_to is None or first.effective_to >= second.effective_from


@dataclass(frozen=True, kw_only=True)
class Rule(Entry):
    """A limit."""

    limit: int
    unit: str  # days, or calendar years

    def days_from(self, day: date) -> int:
        """Count the days of the limit when it runs from `day`; a calendar year may have 366."""
        if self.unit == "days":
            return self.limit
        year = day.year + self.limit
        try:
            end = day.replace(year=year)
        except ValueError:  # 29 February
            end = date(year, 2, 28)
        return (end - day).days

    @property
    def summary(self) -> str:
        """Give the limit."""
        unit = self.unit if self.limit > 1 else self.unit.removesuffix("s")
        return f"{self.limit} {unit}"


@dataclass(frozen=True, kw_only=True)
class Instruction(Entry):
    """How an appeal of a level or a reconsideration is asked for, or a claim corrected. Words for people."""

    file_with: str  # who receives it
    how: str
    form: str | None = None  # the standard form's name, where there is one
    must_contain: tuple[str, ...]  # what the request must say; empty = the source names nothing

    @property
    def summary(self) -> str:
        """Say who takes it, and on which form."""
        return self.file_with + (f" ({self.form})" if self.form else "")


@dataclass(frozen=True, kw_only=True)
class Replacement(Entry):
    """Whether replacement claims (frequency 7) are taken."""

    taken: bool

    @property
    def summary(self) -> str:
        """Say whether they are taken."""
        return "taken" if self.taken else "not taken"


@dataclass(frozen=True, kw_only=True)
class NoAppeal(Entry):
    """Denials that may not be appealed, and why."""

    why: str

    @property
    def summary(self) -> str:
        """Name what has no appeal."""
        return ", ".join(sorted(self.categories)) or "every category"


@dataclass(frozen=True, kw_only=True)
class LeastAmount(Entry):
    """The least dollars in dispute that an appeal of a level is heard for."""

    amount: Decimal

    @property
    def summary(self) -> str:
        """Give the amount."""
        return f"{self.amount} dollars"


@dataclass(frozen=True, kw_only=True)
class Documents(Entry):
    """What must be enclosed beyond what every payer asks for (`serving/packet/data/letters.toml`)."""

    documents: tuple[str, ...]

    @property
    def summary(self) -> str:
        """List the documents."""
        return "; ".join(self.documents)
