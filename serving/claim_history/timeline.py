"""Owns the order in which a claim's events are told: by when each became known, with service and sending beside."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from claims.root_cause import root_causes
from serving.claim_history.record import (
    Acknowledgment,
    Answer,
    ClaimRecord,
    LoggedScore,
    Submission,
    WorkedItem,
)
from serving.on_record import Row, SentClaim
from serving.work_queue.records import Touch


class What(IntEnum):
    """What an entry tells of, in the order of one day."""

    SCORE = 0
    ACTION = 1
    SUBMISSION = 2
    ACKNOWLEDGMENT = 3
    RETURNED = 4  # by a 999, which names no code
    ANSWER = 5
    APPEAL = 6
    DECISION = 7
    TOUCH = 8


Told = Submission | Acknowledgment | Answer | LoggedScore | Row | tuple[WorkedItem, Touch]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event. `sent` is the submission that it belongs to, where one can be named."""

    what: What
    known_on: date
    told: Told
    sent: SentClaim | None = None

    @property
    def days_since_sent(self) -> int | None:
        """Count from submission until it was known; `None` without a submission, or on its own day."""
        waited = (self.known_on - self.sent.submitted_on).days if self.sent else 0
        return waited or None


def timeline(record: ClaimRecord) -> list[Entry]:
    """List all events of a claim, oldest first."""
    return sorted(_entries(record), key=lambda entry: (entry.known_on, entry.what))


def standing(record: ClaimRecord) -> str:
    """Say in a sentence where the claim stands by its latest submission, without a full stop."""
    last = record.latest
    said = [answer for answer in last.answers if not answer.remittance.is_reversal and answer.taken_back_on is None]
    if not said:
        if last.rejected_on is not None:
            return f"Returned before adjudication on {_day(last.rejected_on)}"
        return f"Sent on {_day(last.claim.submitted_on)}, no answer yet"
    answer = said[-1]
    on = _day(answer.head.known_on)
    if answer.category is None:
        paid, charged = answer.remittance.paid_amount, answer.remittance.charge_amount
        begins = f"Paid on {on}" if paid > 0 else f"Answered on {on}, nothing denied"
        return f"{begins}: ${paid:,.2f} of ${charged:,.2f} charged"
    cause = root_causes()[answer.category].title.lower()
    return f"Denied on {on} for {cause}: ${answer.denied_amount:,.2f} of ${answer.remittance.charge_amount:,.2f} charged"


def _entries(record: ClaimRecord) -> Iterator[Entry]:
    for one in record.submissions:
        yield Entry(what=What.SUBMISSION, known_on=one.claim.submitted_on, told=one, sent=one.claim)
        if one.rejected_on is not None and not _has_reason(record, one):
            yield Entry(what=What.RETURNED, known_on=one.rejected_on, told=one, sent=one.claim)
        for answer in one.answers:
            yield Entry(what=What.ANSWER, known_on=answer.head.known_on, told=answer, sent=one.claim)
    for answer in record.unmatched:
        yield Entry(what=What.ANSWER, known_on=answer.head.known_on, told=answer)
    for said in record.acknowledgments:
        yield Entry(what=What.ACKNOWLEDGMENT, known_on=said.known_on, told=said, sent=_sent_before(record, said.known_on))
    for appeal in record.appeals:
        sent = _sent_before(record, appeal["filed_on"])
        yield Entry(what=What.APPEAL, known_on=appeal["filed_on"], told=appeal, sent=sent)
        if appeal["decided_on"] is not None:
            yield Entry(what=What.DECISION, known_on=appeal["decided_on"], told=appeal, sent=sent)
    for score in record.scores:
        yield Entry(what=What.SCORE, known_on=score.scored_at.date(), told=score)
    for action in record.actions:
        yield Entry(what=What.ACTION, known_on=action["acted_on"], told=action)
    for item in record.items:
        for touch in item.touches:
            yield Entry(what=What.TOUCH, known_on=touch.touched_at.date(), told=(item, touch))


def _has_reason(record: ClaimRecord, sent: Submission) -> bool:
    """Tell whether a 277CA says why a submission came back."""
    return any(said.is_rejection and said.known_on == sent.rejected_on for said in record.acknowledgments)


def _sent_before(record: ClaimRecord, day: date) -> SentClaim | None:
    """Give the last submission until a day."""
    found = [one.claim for one in record.submissions if one.claim.submitted_on <= day]
    return found[-1] if found else None


def _day(on: date) -> str:
    return f"{on:%b} {on.day}, {on.year}"
