"""Owns what was known when: an immutable snapshot of the history, indexed so that each question costs a binary search.

Every index is keyed on the day a fact became known, and every question names the day before which it may look.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa

from claims.adjudication import Adjudication, adjudicate
from claims.history.appeals import known_appeals
from claims.history.store import HistoryStore
from claims.payer_rules import PayerRules, payer_rules
from features.appeals import DENIAL_KEYS, THOUSANDTHS, decided_appeals, expected_wins
from features.batch import ClaimBatch, Days, Texts, days, texts
from features.book import Book
from features.bundled import Bundles
from features.cover import ListedPayers, MemberIds, listed_payers, member_ids
from features.evaluation import HABITS, OUTCOMES, SENT, Evaluation, is_of_lines
from features.events import EventIndex, Flags, Ints
from features.keys import CLAIM_PARTS, LINE_PARTS
from features.keys import service_key as service_key  # the work queue tells the same services by it
from features.outcomes import LINE_HABITS, Outcomes, diagnosis_index, habit_indexes, outcome_indexes, pair_indexes
from features.own_values import OwnValues, own_values
from features.packed_keys import Vocabulary
from features.pairs import DIAGNOSES, PAIR_JOBS, SERVICES, learn_pairs
from features.registers import Register, read_registers
from features.states import CLAIM_STATES, LINE_STATES
from features.submissions import SENT_JOBS, other_payer_flags, sent_indexes
from features.tables import EVER, OUTCOME_JOBS

Progress = Callable[[str], None]
# What every question asks, by kind of index: table, span.
USUAL_JOBS = {OUTCOMES: OUTCOME_JOBS, HABITS: tuple((name, EVER) for name in ("payer", *LINE_HABITS)), SENT: SENT_JOBS}


@dataclass(frozen=True, kw_only=True)
class History:
    """All indexes, by the keys of `features.keys` and `features.states`.

    `claim_payers`, `claim_subscribers`, `claim_orders` and `claim_others` (whether another payer was listed), and
    `line_service_days`, are facts of the submissions and lines that `sent` was built from, in that order.
    """

    vocabulary: Vocabulary  # parts of keys
    books: dict[tuple[str, bool], Book]  # of outcomes, habits and sent; of claims (False) and of lines (True)
    bundles: dict[tuple[str, ...], Bundles]  # made when first asked for, by the names of the columns
    outcomes: dict[str, EventIndex]  # first answers: how many, denied, by cause
    habits: dict[str, EventIndex]  # what paid claims and lines carried, and what absent fields cost
    pairs: dict[str, EventIndex]  # two services of a claim: answers, bundling
    diagnoses: dict[str, EventIndex]  # a service and any diagnosis its line points to
    sent: dict[str, EventIndex]  # submissions, rejections and answers of the same services, newness
    own_values: dict[str, OwnValues]  # what fields the practice filled in before, to propose them
    claim_payers: Texts
    claim_subscribers: Texts
    claim_orders: Texts  # SBR01
    claim_others: np.ndarray
    member_ids: MemberIds
    listed_payers: ListedPayers
    line_service_days: Days
    appeal_outcomes: dict[str, EventIndex]
    registers: dict[str, Register]
    payer_rules: PayerRules
    version: str

    @classmethod
    def from_store(cls, store: HistoryStore, *, before: date | None = None, progress: Progress | None = None) -> "History":
        """Index what the store knew before a day (strictly; `None` = all)."""
        store = store.pinned()
        say = progress or (lambda _: None)
        say("reading answers")
        adjudication = adjudicate(store, before=before)
        say("reading claims")
        batch = ClaimBatch.from_tables(store.read("claims", before=before), store.read("claim_lines", before=before))
        say("counting answers")
        return cls.from_parts(store, adjudication=adjudication, batch=batch, before=before)

    @classmethod
    def from_parts(
        cls, store: HistoryStore, *, adjudication: Adjudication, batch: ClaimBatch, before: date | None = None
    ) -> "History":
        """Index a history whose answers and claims were read already, from the same store and before the same day."""
        # The store keeps no order; without one of our own, events of one day would answer differently after a compaction.
        sent = days(batch.claims["submitted_on"])
        order = np.lexsort((batch.submission_ids.astype(str), sent))
        batch = batch.at(order, sent[order])
        outcomes = Outcomes.align(adjudication, batch)
        form = cls(
            vocabulary={},
            books={},
            bundles={},
            outcomes={},
            habits={},
            pairs={},
            diagnoses={},
            sent={},
            own_values=own_values(batch),
            claim_payers=batch.text("payer_id"),
            claim_subscribers=batch.text("subscriber_key"),
            claim_orders=batch.text("payer_sequence_code"),
            claim_others=other_payer_flags(batch),
            member_ids=member_ids(batch),
            listed_payers=listed_payers(batch),
            line_service_days=Evaluation.service_days(batch),
            appeal_outcomes=_appeal_indexes(adjudication.denials, known_appeals(store, before=before)),
            registers=read_registers(store, before=before),
            payer_rules=payer_rules(store.read("payers", before=before)),
            version=store.version(),
        )
        at = Evaluation(batch, form)
        at.learn((*CLAIM_PARTS, *LINE_PARTS))
        learn_pairs(form.vocabulary, batch)
        known = form._bound(HABITS, habit_indexes(at, outcomes))._bound(SENT, sent_indexes(at, outcomes))
        known = known._bound_pairs(SERVICES, pair_indexes(at, outcomes))._bound_pairs(DIAGNOSES, diagnosis_index(at, outcomes))
        # The state of a past claim is that of its own submission day, seen through the same history.
        at = at.seen_through(known)
        at.learn((*CLAIM_STATES, *LINE_STATES))
        return known._bound(OUTCOMES, outcome_indexes(at, outcomes))

    def _bound_pairs(self, kind: str, indexes: dict[str, EventIndex]) -> "History":
        """Add a kind of pairs, bound into a book whose rows are pairs of lines."""
        book = Book.of(indexes, PAIR_JOBS[kind])
        return replace(self, books={**self.books, (kind, True): book}, **{kind: book.indexes})  # type: ignore[arg-type]

    def _bound(self, kind: str, indexes: dict[str, EventIndex]) -> "History":
        """Add a kind of index, bound into a book of claims and one of lines."""
        books = dict(self.books)
        for on_lines in (False, True):
            own = {name: index for name, index in indexes.items() if is_of_lines(name) == on_lines}
            jobs = [job for job in USUAL_JOBS[kind] if job[0] in own]
            books[kind, on_lines] = Book.of(own, jobs, rates=kind == OUTCOMES)
        bound = {**books[kind, False].indexes, **books[kind, True].indexes}
        return replace(self, books=books, **{kind: bound})  # type: ignore[arg-type]  # a kind is the name of its field


def _appeal_indexes(denials: pa.Table, appeals: pa.Table) -> dict[str, EventIndex]:
    decided = decided_appeals(appeals, denials)
    rows = denials.take(pa.array(decided.denial))
    won = decided.overturned
    expected = expected_wins(texts(rows["category"]), decided.known_day, won)
    measures: dict[str, Flags | Ints] = {
        "decided": np.ones(len(won), dtype=np.bool_),
        "overturned": won,
        "surplus": np.rint(THOUSANDTHS * (won - expected)).astype(np.int64),
        "variance": np.rint(THOUSANDTHS * expected * (1 - expected)).astype(np.int64),
    }
    return {name: EventIndex.build(key(rows), decided.known_day, measures) for name, key in DENIAL_KEYS.items()}
