"""Owns what became of every submission: answered, rejected, sent again, silent. Arrays in row order of the claims."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from claims.adjudication import Adjudication
from claims.payer_rules import PayerRules
from features.batch import NO_DAY, ClaimBatch, Days, Numbers, Texts, day_date, days, numbers, texts

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
VOID, REPLACEMENT = "8", "7"
NOBODY = -1


@dataclass(frozen=True, kw_only=True)
class SentClaims:
    """One entry per claim of a batch. Days are numbers, NO_DAY = none; money is dollars.

    `next_sent` is the row of the same claim's next submission, to whichever payer, `next_to_payer` to the same one; -1 = none.
    `due_day`: an answer was due by then; NO_DAY where no rule says.
    """

    ids: Texts
    numbers: Texts  # patient control number
    payer_ids: Texts
    codes: Texts  # SBR09
    frequency_codes: Texts
    charge: Numbers
    sent_day: Days
    service_to: Days
    answered_day: Days
    paid: Numbers  # 0 where not answered
    rejected_day: Days
    due_day: Days
    next_sent: Rows
    next_to_payer: Rows
    was_accepted_before: Flags  # an earlier submission of the claim to this payer was not rejected

    @cached_property
    def is_answered(self) -> Flags:
        """Tell which have an answer."""
        return np.asarray(self.answered_day != NO_DAY)

    @cached_property
    def is_rejected(self) -> Flags:
        """Tell which were returned before adjudication, and never answered after all."""
        return np.asarray((self.rejected_day != NO_DAY) & ~self.is_answered)


def sent_claims(adjudication: Adjudication, claims: ClaimBatch, rules: PayerRules) -> SentClaims:
    """Gather what became of the claims of a batch."""
    outcome = adjudication.submissions
    place = {key: row for row, key in enumerate(texts(outcome["submission_id"]).tolist())}
    at = np.array([place.get(key, NOBODY) for key in claims.submission_ids.tolist()], dtype=np.int64)
    known = at >= 0
    sent, payers, control = days(claims.claims["submitted_on"]), claims.text("payer_id"), claims.text("patient_control_number")
    codes, rejected = claims.text("claim_filing_indicator_code"), _aligned(days(outcome["rejected_on"]), at, known)
    next_sent, next_to_payer, before = _chains(control, payers, sent, claims.submission_ids, rejected != NO_DAY)
    return SentClaims(
        ids=claims.submission_ids,
        numbers=control,
        payer_ids=payers,
        codes=codes,
        frequency_codes=claims.text("frequency_code"),
        charge=np.nan_to_num(numbers(claims.claims["charge_amount"])),
        sent_day=sent,
        service_to=days(claims.claims["service_to_on"]),
        answered_day=_aligned(days(outcome["outcome_known_on"]), at, known),
        paid=np.where(known, np.nan_to_num(numbers(outcome["paid_amount"]))[at], 0.0),
        rejected_day=rejected,
        due_day=_due_days(rules, payers, codes, sent),
        next_sent=next_sent,
        next_to_payer=next_to_payer,
        was_accepted_before=before,
    )


def _aligned(values: Days, at: Rows, known: Flags) -> Days:
    return np.where(known, values[at], NO_DAY) if len(values) else np.full(len(at), NO_DAY)


def _chains(control: Texts, payers: Texts, sent: Days, ids: Texts, rejected: Flags) -> tuple[Rows, Rows, Flags]:
    """Link each submission to the next of its claim, and to the next at its payer."""
    rows: dict[str, list[int]] = {}
    for row, number in enumerate(control.tolist()):
        rows.setdefault(number, []).append(row)
    next_sent, next_to_payer = np.full(len(ids), NOBODY), np.full(len(ids), NOBODY)
    before = np.zeros(len(ids), dtype=np.bool_)
    for chain in rows.values():
        if len(chain) == 1:
            continue
        chain.sort(key=lambda row: (sent[row], ids[row]))
        for first, second in pairwise(chain):
            next_sent[first] = second
        latest: dict[str, int] = {}
        accepted: set[str] = set()
        for row in chain:
            payer = payers[row]
            if payer in latest:
                next_to_payer[latest[payer]] = row
            before[row] = payer in accepted
            latest[payer] = row
            if not rejected[row]:
                accepted.add(payer)
    return next_sent, next_to_payer, before


def _due_days(rules: PayerRules, payers: Texts, codes: Texts, sent: Days) -> Days:
    known: dict[tuple[str, str, int], int] = {}
    found = np.empty(len(sent), dtype=np.int64)
    for row, key in enumerate(zip(payers.tolist(), codes.tolist(), sent.tolist(), strict=True)):
        if key not in known:
            payer, code, day = key
            limit = rules.expected_response_days(payer or None, code or None, day_date(day))
            known[key] = int(NO_DAY) if limit is None else day + limit
        found[row] = known[key]
    return found
