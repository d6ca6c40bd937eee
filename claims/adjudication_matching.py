"""Owns which submission an answer answers, where a patient control number was submitted more than once.

Works forward in time: an answer is matched by what was known when it came, so a later answer never moves an earlier one.

1. Payer. If the remittance's payer is among the payers that this control number went to, it answers a submission to that payer.
   Else (835s often carry another payer id than the 837) CLP02 says for which place in line it speaks: 1 and 19 primary, 2 and 20
   secondary, 3 and 21 tertiary; other codes do not say. No submission in that place: no match, so coverages never mix.
2. Time. Only submissions made on or before the day on which the remittance became known.
3. A payer claim control number (CLP07) seen before keeps its submission; a reversal goes where its number went, else where its
   charge went.
4. A CLP09 of 7 or 8 answers a submission of that frequency. After a reversal on the same day, a correction answers a replacement
   that waits, else the reversed submission.
5. Else, of the submissions not answered yet and not rejected before adjudication: the same service day, then the same
   charge, if there is one. A denial as duplicate answers the latest; any other answer the earliest, since payers answer in order,
   unless that one was lost (sent again weeks later, and the answer came long enough after that).
6. Where all are answered, a further answer speaks about the latest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

LINE_OF_STATUS = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}  # CLP02 -> SBR01
LOST_AFTER_DAYS = 21  # a claim sent again after three silent weeks: the first one is taken for lost
USUAL_ANSWER_DAYS = 21  # an answer that comes sooner after the second is more likely a slow one to the first


class Submission(NamedTuple):
    """What matching needs of a row of `claims`."""

    submission_id: str
    payer_id: str | None
    payer_sequence_code: str | None
    frequency_code: str | None
    submitted_on: date
    charge_amount: Decimal
    service_from_on: date | None
    rejected_on: date | None


class Answer(NamedTuple):
    """What matching needs of a row of `remittances`."""

    remittance_id: str
    payer_id: str | None
    claim_status_code: str
    frequency_code: str | None
    payer_claim_control_number: str | None
    known_on: date
    charge_amount: Decimal
    service_from_on: date | None
    denies_as_duplicate: bool

    @property
    def is_reversal(self) -> bool:
        """Tell whether CLP02 = 22."""
        return self.claim_status_code == "22"


@dataclass
class _State:
    """What was matched so far, for one patient control number."""

    answered: set[str] = field(default_factory=set)
    by_control_number: dict[tuple[str | None, str], Submission] = field(default_factory=dict)
    by_charge: dict[tuple[str | None, Decimal], Submission] = field(default_factory=dict)
    reversed_on: dict[str | None, tuple[date, Submission]] = field(default_factory=dict)  # per payer, the latest


def match_answers(submissions: Sequence[Submission], answers: Sequence[Answer]) -> dict[str, str | None]:
    """Match the answers that bear one patient control number to its submissions; `None` = to none of them.

    `answers` must be in the order in which they became known.
    """
    state = _State()
    ordered = sorted(submissions, key=lambda s: (s.submitted_on, s.submission_id))
    matched: dict[str, str | None] = {}
    for answer in answers:
        found = _match(answer, candidates(answer, ordered), state)
        matched[answer.remittance_id] = found.submission_id if found else None
        if found is not None:
            _remember(answer, found, state)
    return matched


def candidates(answer: Answer, submissions: Sequence[Submission]) -> list[Submission]:
    """List the submissions that an answer may answer, by payer and time alone."""
    if answer.payer_id is not None and any(s.payer_id == answer.payer_id for s in submissions):
        possible = [s for s in submissions if s.payer_id == answer.payer_id]
    else:
        place = LINE_OF_STATUS.get(answer.claim_status_code)
        possible = [s for s in submissions if place is None or (s.payer_sequence_code or "P") == place]
    return [s for s in possible if s.submitted_on <= answer.known_on]


def _match(answer: Answer, possible: list[Submission], state: _State) -> Submission | None:
    if not possible:
        return None
    replacing = [s for s in possible if s.frequency_code in {"7", "8"} and s.submission_id not in state.answered]
    thread = state.by_control_number.get((answer.payer_id, answer.payer_claim_control_number or ""))
    if answer.is_reversal:
        same_charge = state.by_charge.get((answer.payer_id, -answer.charge_amount))
        return thread or same_charge or _latest([s for s in possible if s.submission_id in state.answered] or possible)
    if answer.frequency_code in {"7", "8"}:
        named = [s for s in replacing if s.frequency_code == answer.frequency_code]
        if named:
            return named[0]
    if thread is not None:
        return thread
    reversal_on, reversed_submission = state.reversed_on.get(answer.payer_id, (None, None))
    if reversed_submission is not None and reversal_on == answer.known_on:
        return replacing[0] if replacing else reversed_submission
    return _choose(answer, possible, state)


def _choose(answer: Answer, possible: list[Submission], state: _State) -> Submission:
    place = LINE_OF_STATUS.get(answer.claim_status_code)
    possible = _narrow(possible, lambda s: s.frequency_code != "8")
    possible = _narrow(possible, lambda s: place is None or (s.payer_sequence_code or "P") == place)
    possible = _narrow(possible, lambda s: s.service_from_on == answer.service_from_on)
    possible = _narrow(possible, lambda s: s.rejected_on is None or s.rejected_on > answer.known_on)
    waiting = [s for s in possible if s.submission_id not in state.answered]
    if not waiting:
        return _latest(_narrow(possible, lambda s: s.charge_amount == answer.charge_amount))
    if answer.frequency_code in {"7", "8"}:
        waiting = _narrow(waiting, lambda s: s.frequency_code == answer.frequency_code)
    elif answer.frequency_code is not None:
        waiting = _narrow(waiting, lambda s: s.frequency_code not in {"7", "8"})
    waiting = _narrow(waiting, lambda s: s.charge_amount == answer.charge_amount)
    if answer.denies_as_duplicate:
        return _latest(waiting)
    first, last = waiting[0], waiting[-1]
    was_lost = (last.submitted_on - first.submitted_on).days >= LOST_AFTER_DAYS
    return last if was_lost and (answer.known_on - last.submitted_on).days >= USUAL_ANSWER_DAYS else first


def _remember(answer: Answer, found: Submission, state: _State) -> None:
    if answer.payer_claim_control_number:
        state.by_control_number.setdefault((answer.payer_id, answer.payer_claim_control_number), found)
    if answer.is_reversal:
        state.reversed_on[answer.payer_id] = (answer.known_on, found)
    else:
        state.answered.add(found.submission_id)
        state.by_charge[answer.payer_id, answer.charge_amount] = found


def _narrow(submissions: list[Submission], test: Callable[[Submission], bool]) -> list[Submission]:
    """Keep those that pass, or all where none does."""
    return [s for s in submissions if test(s)] or submissions


def _latest(submissions: Sequence[Submission]) -> Submission:
    return submissions[-1]
