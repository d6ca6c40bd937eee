"""Owns all that is on record of one claim: each submission with its answers, appeals, work, and the scores that were given.

No names and no member ids: the history keeps none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from claims.adjudication import Adjudication
from claims.claim import Adjustment
from claims.code_meaning import acknowledgment_words
from claims.denial import denied_adjustments
from claims.history.appeals import known_appeals
from claims.history.store import HistoryStore
from claims.remittance import Remittance, RemittanceLine
from claims.score_log.log import ScoreLog
from features.batch import ClaimBatch
from serving.errors import UnknownClaim
from serving.on_record import PayerAnswer, Row, SentClaim, SentLine, matching, read_answers, record_of
from serving.work_queue.records import StoredItem, Touch
from serving.work_queue.search import QueueFilter, Search
from serving.work_queue.statuses import Status
from serving.work_queue.store import WorkQueueStore

_SCORE_COLUMNS = [
    "scored_at",
    "source",
    "model_version",
    "denial_probability",
    "probability_low",
    "probability_high",
    "denial_category",
    "advice",
    "fixed_probability",
]


@dataclass(frozen=True, kw_only=True)
class ReadAdjustment:
    """An adjustment with the root cause id that it denies for; `None` where it is no denial."""

    adjustment: Adjustment
    category: str | None


@dataclass(frozen=True, kw_only=True)
class AnsweredLine:
    """One service line of an answer, or what the answer says of the claim as a whole (`is_whole`)."""

    is_whole: bool
    procedure_code: str | None
    charge_amount: Decimal
    paid_amount: Decimal
    adjustments: tuple[ReadAdjustment, ...]
    remark_codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a payer said. `category` is `None` where it denies nothing."""

    head: PayerAnswer
    lines: tuple[AnsweredLine, ...]
    denied_amount: float
    category: str | None
    taken_back_on: date | None

    @property
    def remittance(self) -> Remittance:
        """Give the payer's words."""
        return self.head.remittance


@dataclass(frozen=True, kw_only=True)
class Acknowledgment:
    """What a 277CA says of the claim, before adjudication. `words` say its codes."""

    known_on: date
    is_rejection: bool
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One time that the claim was sent, with all that came of it."""

    claim: SentClaim
    lines: tuple[SentLine, ...]
    rejected_on: date | None  # by a 277CA or a 999, and never answered after all
    answers: tuple[Answer, ...]


@dataclass(frozen=True, kw_only=True)
class LoggedScore:
    """A score that the service or a command gave."""

    scored_at: datetime
    source: str
    model_version: str
    denial_probability: float
    probability_low: float | None
    probability_high: float | None
    denial_category: str
    advice: str
    fixed_probability: float | None


@dataclass(frozen=True, kw_only=True)
class WorkedItem:
    """A work item with what was done to it, oldest first."""

    stored: StoredItem
    touches: tuple[Touch, ...]


@dataclass(frozen=True, kw_only=True)
class ClaimRecord:
    """All of one claim. Submissions by day; `unmatched` are answers to none of them."""

    claim_id: str
    submissions: tuple[Submission, ...]
    unmatched: tuple[Answer, ...]
    acknowledgments: tuple[Acknowledgment, ...]
    appeals: tuple[Row, ...]
    scores: tuple[LoggedScore, ...]
    actions: tuple[Row, ...]
    items: tuple[WorkedItem, ...]

    @property
    def latest(self) -> Submission:
        """Give the last time that it was sent."""
        return self.submissions[-1]


def read_record(
    claim_id: str,
    *,
    adjudication: Adjudication,
    claims: ClaimBatch,
    store: HistoryStore,
    score_log: ScoreLog,
    work_queue: WorkQueueStore,
    as_of: date,
) -> ClaimRecord:
    """Gather one claim. Raises: UnknownClaim, where nothing of this number was ever sent."""
    sent = sorted(
        matching([claims.claims], "patient_control_number", claim_id),
        key=lambda row: (row["submitted_on"], row["submission_id"]),
    )
    if not sent:
        raise UnknownClaim(claim_id)
    answers = _read_answers(claim_id, adjudication, store)
    ids = [row["submission_id"] for row in sent]
    lines = sorted(matching([claims.lines], "submission_id", *ids), key=lambda line: line["line_number"])
    rejected = {row["submission_id"]: row["rejected_on"] for row in matching([adjudication.rejections], "submission_id", *ids)}
    return ClaimRecord(
        claim_id=claim_id,
        submissions=tuple(
            Submission(
                claim=record_of(SentClaim, row),
                lines=tuple(record_of(SentLine, line) for line in lines if line["submission_id"] == row["submission_id"]),
                rejected_on=rejected.get(row["submission_id"]),
                answers=tuple(answer for to, answer in answers if to == row["submission_id"]),
            )
            for row in sent
        ),
        unmatched=tuple(answer for to, answer in answers if to not in ids),
        acknowledgments=tuple(_read_acknowledgments(claim_id, store)),
        appeals=_read_appeals(claim_id, store),
        scores=tuple(LoggedScore(**row) for row in score_log.scores(columns=_SCORE_COLUMNS, claim_number=claim_id).to_pylist()),
        actions=tuple(score_log.actions(claim_number=claim_id).to_pylist()),
        items=tuple(_read_items(claim_id, work_queue, as_of=as_of)),
    )


def _read_answers(claim_id: str, adjudication: Adjudication, store: HistoryStore) -> list[tuple[str | None, Answer]]:
    """List the answers with the submission that each belongs to, as they became known."""
    rows = matching([adjudication.answers], "patient_control_number", claim_id)
    heads = read_answers([row["remittance_id"] for row in rows], store)
    found = [(row["submission_id"], _answer(row, heads[row["remittance_id"]])) for row in rows if row["remittance_id"] in heads]
    return sorted(found, key=lambda pair: pair[1].head.known_on)


def _answer(row: Row, head: PayerAnswer) -> Answer:
    said = head.remittance
    categories = {id(one.adjustment): one.category for one in denied_adjustments(said)}

    def line(of: Remittance | RemittanceLine, *, is_whole: bool) -> AnsweredLine:
        return AnsweredLine(
            is_whole=is_whole,
            procedure_code=None if isinstance(of, Remittance) else of.procedure_code or of.revenue_code,
            charge_amount=of.charge_amount,
            paid_amount=of.paid_amount,
            adjustments=tuple(ReadAdjustment(adjustment=one, category=categories.get(id(one))) for one in of.adjustments),
            remark_codes=of.remark_codes,
        )

    lines = tuple(line(one, is_whole=False) for one in said.lines)
    return Answer(
        head=head,
        lines=(*lines, line(said, is_whole=True)) if said.adjustments or said.remark_codes else lines,
        denied_amount=row["denied_amount"] or 0.0,
        category=row["category"] if row["denied"] else None,
        taken_back_on=row["taken_back_on"],
    )


def _read_acknowledgments(claim_id: str, store: HistoryStore) -> Iterable[Acknowledgment]:
    for row in matching(store.reader("acknowledgments"), "patient_control_number", claim_id):
        codes: Sequence[Iterable[str | None]] = [row[name] or () for name in ("category_codes", "status_codes", "entity_codes")]
        words = tuple(acknowledgment_words(*(tuple(part) for part in codes)))
        yield Acknowledgment(known_on=row["known_on"], is_rejection=row["is_rejection"], words=words)


def _read_appeals(claim_id: str, store: HistoryStore) -> tuple[Row, ...]:
    table: pa.Table = known_appeals(store)
    found = matching([table], "patient_control_number", claim_id)
    return tuple(sorted(found, key=lambda row: (row["filed_on"] or row["known_on"], row["level"] or 0)))


def _read_items(claim_id: str, work_queue: WorkQueueStore, *, as_of: date) -> Iterable[WorkedItem]:
    for status in (None, Status.CLOSED.value):  # without one, all that is not closed
        where = QueueFilter(claim_id=claim_id, status=status)
        for stored in work_queue.find(Search(where=where), as_of=as_of).items:
            yield WorkedItem(stored=stored, touches=tuple(work_queue.touches(stored.item.key)))
