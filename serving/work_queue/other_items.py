"""Owns the items that are no denials: rejections, answers that are overdue, underpayments. What opens each, and what ends it.

Keys begin with the kind and a colon; those of denials are remittance ids, which hold no colon. Whatever is not open is ended,
so that the store closes what the history no longer calls work.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa

from claims.adjudication import Adjudication
from claims.denial import UNEXPLAINED
from claims.payer_rules import PayerRules
from claims.rejection import rejection_cause
from claims.root_cause import root_causes
from features.batch import NO_DAY, ClaimBatch, day_date, day_number
from serving.work_queue.actions import Action
from serving.work_queue.chances import Chances, learn_chances
from serving.work_queue.denial_facts import Appeals, appeals_by_claim, standing_of
from serving.work_queue.effort import effort
from serving.work_queue.kind_actions import rejection_action, silence_action, underpayment_action
from serving.work_queue.limits import Limits, after, days_left, expected_recovery, filing_limit, urgency
from serving.work_queue.records import Closing
from serving.work_queue.sent_claims import NOBODY, REPLACEMENT, VOID, SentClaims, sent_claims
from serving.work_queue.statuses import Outcome
from serving.work_queue.work_item import Kind, WorkItem

ClaimKey = tuple[str, str]  # patient control number, payer


@dataclass(frozen=True, kw_only=True)
class OtherItems:
    """What is open, and how each key that is not was ended."""

    items: list[WorkItem]
    closings: dict[str, Closing]


@dataclass(frozen=True, kw_only=True)
class _Found:
    """One piece of work before its rules are applied."""

    kind: Kind
    key: str
    claim_id: str
    payer_id: str
    category: str
    since: date
    amount: float  # at stake at first
    still_out: float
    chance: float
    share: float
    action: Action
    limits: Limits
    level: int = 1
    waits_until: date | None = None


def other_items(
    adjudication: Adjudication,
    claims: ClaimBatch,
    underpayments: pa.Table,
    rules: PayerRules,
    *,
    as_of: date,
    warning_days: tuple[int, ...],
    underpaid_chance: float,
    denied: Collection[ClaimKey],
) -> OtherItems:
    """Make the items that are no denials, as of a day.

    `denied` names claims with an open denial, whose item follows up what was sent again. `underpaid_chance` is the chance
    that a disputed underpayment is made good before any own experience.
    """
    sent = sent_claims(adjudication, claims, rules)
    causes = _rejection_causes(adjudication, sent)
    chances = learn_chances(sent, causes, as_of=as_of)
    appeals = appeals_by_claim(adjudication.appeals)
    found = [
        *_rejections(sent, causes, chances, rules, as_of=as_of),
        *_silences(sent, chances, rules, as_of=as_of, denied=denied),
        *_underpaid(underpayments, appeals, sent, rules, as_of=as_of, chance=underpaid_chance),
    ]
    items = [_item(one, as_of=as_of, warning_days=warning_days) for one in found]
    ended = _ends(sent, adjudication, underpayments)
    for item in items:
        ended.pop(item.key, None)
    return OtherItems(items=items, closings=ended)


def _rejection_causes(adjudication: Adjudication, sent: SentClaims) -> dict[int, str]:
    row_of = {key: row for row, key in enumerate(sent.ids.tolist())}
    found: dict[int, str] = {}
    for row in adjudication.rejections.to_pylist():
        if row["submission_id"] in row_of:
            codes = (row["category_codes"] or [], row["status_codes"] or [], row["entity_codes"] or [])
            found[row_of[row["submission_id"]]] = rejection_cause(*codes)
    return found


def _rejections(
    sent: SentClaims, causes: Mapping[int, str], chances: Chances, rules: PayerRules, *, as_of: date
) -> Iterator[_Found]:
    """A rejection is work until the claim is sent again. One that came in twice lies with the payer already."""
    today = day_number(as_of)
    is_void = sent.frequency_codes == VOID
    is_needless = sent.was_accepted_before & (sent.frequency_codes != REPLACEMENT)
    is_open = sent.is_rejected & (sent.rejected_day < today) & (sent.next_sent == NOBODY) & ~is_void & ~is_needless
    for row in np.flatnonzero(is_open & (sent.charge > 0)).tolist():
        cause = causes.get(row, rejection_cause((), (), ()))
        limit = filing_limit(rules, payer_id=sent.payer_ids[row], code=sent.codes[row], service_to=sent.service_to[row])
        yield _Found(
            kind=Kind.REJECTION,
            key=_key(Kind.REJECTION, sent.ids[row]),
            claim_id=sent.numbers[row],
            payer_id=sent.payer_ids[row],
            category=cause,
            since=day_date(int(sent.rejected_day[row])),
            amount=float(sent.charge[row]),
            still_out=float(sent.charge[row]),
            chance=chances.of_rejection(cause),
            share=chances.share_of(sent.payer_ids[row]),
            action=rejection_action(cause, days_left(limit, as_of=as_of)),
            limits=Limits(filing=limit),
        )


def _silences(
    sent: SentClaims, chances: Chances, rules: PayerRules, *, as_of: date, denied: Collection[ClaimKey]
) -> Iterator[_Found]:
    today = day_number(as_of)
    is_silent = ~sent.is_answered & (sent.rejected_day == NO_DAY) & (sent.next_to_payer == NOBODY)
    is_open = is_silent & (sent.frequency_codes != VOID) & (sent.due_day != NO_DAY) & (sent.due_day < today)
    for row in np.flatnonzero(is_open & (sent.charge > 0)).tolist():
        if (sent.numbers[row], sent.payer_ids[row]) in denied:
            continue
        limit = filing_limit(rules, payer_id=sent.payer_ids[row], code=sent.codes[row], service_to=sent.service_to[row])
        yield _Found(
            kind=Kind.NO_RESPONSE,
            key=_key(Kind.NO_RESPONSE, sent.ids[row]),
            claim_id=sent.numbers[row],
            payer_id=sent.payer_ids[row],
            category=UNEXPLAINED,
            since=day_date(int(sent.due_day[row])),
            amount=float(sent.charge[row]),
            still_out=float(sent.charge[row]),
            chance=chances.of_silence(today - int(sent.due_day[row])),
            share=chances.share_of(sent.payer_ids[row]),
            action=silence_action(days_left(limit, as_of=as_of)),
            limits=Limits(filing=limit),
        )


def _underpaid(
    underpayments: pa.Table, appeals: Appeals, sent: SentClaims, rules: PayerRules, *, as_of: date, chance: float
) -> Iterator[_Found]:
    code_of = dict(zip(sent.ids.tolist(), sent.codes.tolist(), strict=True))
    for row in underpayments.to_pylist():
        out = float(row["shortfall_amount"]) - float(row["paid_since_amount"])
        if row["known_on"] >= as_of or row["taken_back_on"] is not None or out < 0.01:
            continue
        payer, code = row["payer_id"], code_of.get(row["submission_id"])
        standing = standing_of({**row, "denied_on": row["known_on"]}, appeals)
        start = standing.counts_from
        limits = Limits(appeal=after(start, rules.appeal_limit_days(payer, code, start, level=standing.level)))
        due = None
        if standing.pending_since is not None:
            due = after(
                standing.pending_since, rules.appeal_decision_days(payer, code, standing.pending_since, level=standing.level)
            )
        yield _Found(
            kind=Kind.UNDERPAYMENT,
            key=_key(Kind.UNDERPAYMENT, row["remittance_id"]),
            claim_id=row["patient_control_number"],
            payer_id=payer,
            category=UNEXPLAINED,
            since=row["known_on"],
            amount=float(row["shortfall_amount"]),
            still_out=out,
            chance=chance,
            share=1.0,
            action=underpayment_action(
                is_contracted=bool(row["is_contracted"]),
                days_left_to_appeal=days_left(limits.appeal, as_of=as_of),
                is_pending=standing.pending_since is not None,
                days_left_to_decide=days_left(due, as_of=as_of),
            ),
            limits=limits,
            level=standing.level,
            waits_until=due,
        )


def _item(found: _Found, *, as_of: date, warning_days: tuple[int, ...]) -> WorkItem:
    action, cause = found.action, root_causes()[found.category]
    deadline = found.limits.of(action.limit)
    left = days_left(deadline, as_of=as_of)
    minutes = effort().minutes_of(action.name, found.category)
    return WorkItem(
        key=found.key,
        kind=found.kind.value,
        claim_id=found.claim_id,
        payer_id=found.payer_id,
        denial_category=found.category,
        carc="",
        rarc="",
        denied_on=found.since,
        denied_amount=round(found.amount, 2),
        recoverable_amount=round(found.still_out, 2),
        appeal_success_probability=found.chance,
        recovered_share=found.share,
        expected_recovery=expected_recovery(
            action.name, chance=found.chance, amount=found.still_out, share=found.share, minutes=minutes, left=left
        ),
        minutes=minutes,
        appeal_level=found.level,
        appeal_deadline=found.limits.appeal,
        deadline=deadline,
        days_left=left,
        warning=urgency(left, action=action.name, warning_days=warning_days).value,
        next_action=action.name,
        avoidable=action.avoidable,
        waits_until=found.waits_until if action.waits else None,
        reason=action.reason,
        owner=cause.owner,
        tier=cause.tier.value,
        root_cause_1=found.category,
        model_version="",
    )


def _ends(sent: SentClaims, adjudication: Adjudication, underpayments: pa.Table) -> dict[str, Closing]:
    """Say for every key that may have been an item how it ended, if it did."""
    underpaid = f"{Kind.UNDERPAYMENT.value}:"
    ends = dict.fromkeys([underpaid + key for key in adjudication.answers["remittance_id"].to_pylist()], _UNPAID)
    paid_since = zip(underpayments["remittance_id"].to_pylist(), underpayments["paid_since_amount"].to_pylist(), strict=True)
    ends.update({underpaid + key: _answered(paid) for key, paid in paid_since})
    was_in_time = sent.is_answered & (sent.answered_day <= sent.due_day)
    for kind, may_be in ((Kind.REJECTION, sent.rejected_day != NO_DAY), (Kind.NO_RESPONSE, ~was_in_time)):
        prefix, rows = f"{kind.value}:", np.flatnonzero(may_be)
        is_over = sent.is_answered[rows] | (sent.is_rejected[rows] & (sent.next_sent[rows] == NOBODY))
        was_sent_again = sent.next_sent[rows] != NOBODY
        for key, over, again, paid in zip(
            sent.ids[rows].tolist(), is_over.tolist(), was_sent_again.tolist(), sent.paid[rows].tolist(), strict=True
        ):
            ends[prefix + key] = _answered(paid) if over else _SENT_AGAIN if again else _NO_WORK
    return ends


def _answered(paid: float) -> Closing:
    if paid <= 0:
        return _UNPAID
    return Closing(outcome=Outcome.ANSWERED_BY_PAYER, recovered_amount=Decimal(str(round(paid, 2))))


_UNPAID = Closing(outcome=Outcome.ANSWERED_BY_PAYER, recovered_amount=Decimal(0))
_SENT_AGAIN = Closing(outcome=Outcome.SENT_AGAIN, recovered_amount=Decimal(0))
_NO_WORK = Closing(outcome=Outcome.NO_LONGER_DUE, recovered_amount=Decimal(0))


def _key(kind: Kind, of: str) -> str:
    return f"{kind.value}:{of}"
