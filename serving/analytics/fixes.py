"""Owns the registry of prevention actions and what each brought: effect, verdict, and the denials that came again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from claims.history.store import HistoryStore
from serving.analytics.book import Book
from serving.analytics.figures import ClaimBehind, Question
from serving.analytics.fix_effects import BEFORE_DAYS, Effect, Week, estimate_effect

REPEATS = 100


@dataclass(frozen=True, kw_only=True)
class PreventionAction:
    """One row of fixes.csv. An empty `payer` means all."""

    cause: str
    payer: str
    started_on: date
    owner: str
    description: str

    @property
    def id(self) -> str:
        """Name it by what it is."""
        return sha256(f"{self.cause}|{self.payer}|{self.started_on}|{self.description}".encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class ProvenAction:
    """An action with its effect, and the denials of its cause on claims sent since, latest first."""

    action: PreventionAction
    effect: Effect
    repeat_count: int
    repeats: tuple[ClaimBehind, ...]


def read_actions(store: HistoryStore, *, as_of: date) -> list[PreventionAction]:
    """Read the actions that had started by a day, latest first."""
    rows = store.read("fixes", before=as_of + timedelta(days=1)).to_pylist()
    found = {
        PreventionAction(
            cause=row["cause"],
            payer=row["payer_id"] or "",
            started_on=row["started_on"],
            owner=row["owner"] or "",
            description=row["description"] or "",
        )
        for row in rows
    }
    return sorted(found, key=lambda one: (one.started_on, one.id), reverse=True)


def prove(book: Book, action: PreventionAction) -> ProvenAction:
    """Say what an action brought, as of the day of the book."""
    filters: dict[str, Sequence[str]] = {"reason": (action.cause,)}
    if action.payer:
        filters["payer"] = (action.payer,)
    question = Question(measure="denial_rate", filters=filters, since=action.started_on)
    return ProvenAction(
        action=action,
        effect=estimate_effect(_weeks(book, action)),
        repeat_count=book.claim_count(question, part="hits"),
        repeats=tuple(book.claims(question, part="hits", limit=REPEATS)),
    )


def _weeks(book: Book, action: PreventionAction) -> list[Week]:
    """With a payer, controls are the same cause elsewhere; without one, all other causes on the same claims."""
    rows = book.weeks(
        cause=action.cause, payer=action.payer, started_on=action.started_on,
        first_on=action.started_on - timedelta(days=BEFORE_DAYS),
    )  # fmt: skip
    return [Week(week=week, is_treated=treated, denied=denied, answered=answered) for week, treated, denied, answered in rows]
