"""Owns the making of work items: every open denial with its chance, dollars, deadline, action and owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from claims.adjudication import Adjudication
from claims.payer_rules import PayerRules
from claims.root_cause import root_causes
from features.batch import ClaimBatch, days, numbers
from features.denial_batch import DenialBatch
from features.history import History, service_key
from models.appeal_tables import AppealMinutes
from models.bundle import ModelBundle
from serving.work_queue.actions import WRITE_OFF, next_action
from serving.work_queue.denial_facts import DenialFacts, appeals_by_claim, denial_facts, standing_of
from serving.work_queue.effort import effort
from serving.work_queue.limits import WARNING_DAYS, days_left, expected_recovery, urgency
from serving.work_queue.prospects import Prospect, Prospects
from serving.work_queue.work_item import Kind, WorkItem


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a practice sets. `rules` `None` = those of the history, without a practice's own rule files."""

    rules: PayerRules | None = None
    warning_days: tuple[int, ...] = WARNING_DAYS
    heeds_work_done: bool = True  # False = as if nothing had been appealed or sent again


def open_items(
    adjudication: Adjudication,
    claims: ClaimBatch,
    history: History,
    appeal_bundle: ModelBundle | None,
    *,
    as_of: date,
    terms: Terms = Terms(),
) -> list[WorkItem]:
    """Make an item of every denial that was known before `as_of` and is neither paid since nor denied again.

    Without a trained appeal model the chance is the smoothed overturn rate of category and payer, and `model_version` is empty.
    """
    denials = open_denials(adjudication.denials, as_of=as_of)
    return _items_of(denials, adjudication, claims, history, appeal_bundle, as_of=as_of, terms=terms)


def arrived_items(
    adjudication: Adjudication,
    claims: ClaimBatch,
    history: History,
    appeal_bundle: ModelBundle | None,
    *,
    as_of: date,
    days: int,
    rules: PayerRules | None = None,
) -> list[WorkItem]:
    """Make an item of every denial of the last `days` before `as_of`, as if nothing had become of it: what work comes in."""
    since, until = pa.scalar(as_of - timedelta(days=days), pa.date32()), pa.scalar(as_of, pa.date32())
    denied_on = adjudication.denials["denied_on"]
    recent = pc.and_(pc.greater_equal(denied_on, since), pc.less(denied_on, until))
    terms = Terms(rules=rules, heeds_work_done=False)
    fresh = adjudication.denials.filter(recent)
    return _items_of(fresh, adjudication, claims, history, appeal_bundle, as_of=as_of, terms=terms)


def open_denials(denials: pa.Table, *, as_of: date) -> pa.Table:
    """Keep the denials that are work: known before a day, not resolved, not denied again, with dollars still out."""
    known = pc.less(denials["denied_on"], pa.scalar(as_of, pa.date32()))
    is_open = pc.and_(pc.is_null(denials["resolved_on"]), pc.is_null(denials["superseded_on"]))
    has_dollars = pc.greater(pc.subtract(denials["denied_amount"], pc.fill_null(denials["recovered_amount"], 0.0)), 0.0)
    return denials.filter(pc.and_(pc.and_(known, is_open), has_dollars))


def _items_of(
    denials: pa.Table,
    adjudication: Adjudication,
    claims: ClaimBatch,
    history: History,
    appeal_bundle: ModelBundle | None,
    *,
    as_of: date,
    terms: Terms,
) -> list[WorkItem]:
    appeals = appeals_by_claim(adjudication.appeals) if terms.heeds_work_done else {}
    standings = {row["remittance_id"]: standing_of(row, appeals) for row in denials.to_pylist()}
    levels = np.array([standing.level for standing in standings.values()], dtype=np.int64)
    batch = DenialBatch.from_tables(denials, claims, as_of=as_of, level=levels)
    prospects = Prospects.of(batch, history, appeal_bundle)
    is_duplicate = _duplicates_of_paid(adjudication, claims)
    rows = batch.denials.to_pylist()
    service_to = days(claims.claims["service_to_on"])
    indicators = claims.text("claim_filing_indicator_code")
    version = f"{appeal_bundle.name}-{appeal_bundle.version}" if appeal_bundle else ""
    rules = terms.rules or history.payer_rules
    made: list[WorkItem] = []
    for at, row in enumerate(rows):
        claim = batch.claim_row[at]
        facts = denial_facts(
            row if terms.heeds_work_done else {**row, "resubmitted_on": None},
            standings[row["remittance_id"]],
            rules,
            code=indicators[claim],
            service_to=service_to[claim],
            amount=recoverable_amount(row) if terms.heeds_work_done else float(row["denied_amount"]),
            duplicate_of_paid=bool(is_duplicate[claim]),
            as_of=as_of,
        )
        prospect = prospects.at(at, payer_id=str(row["payer_id"] or ""), category=facts.denied.category)
        made.append(_item(row, facts, prospect, recorded=prospects.minutes, as_of=as_of, version=version, terms=terms))
    return made


def recoverable_amount(denial: Mapping[str, Any]) -> float:
    """Give the dollars of a denial (row of `Adjudication.denials`) that are still out."""
    return max(0.0, float(denial["denied_amount"]) - float(denial["recovered_amount"] or 0.0))


def _duplicates_of_paid(adjudication: Adjudication, claims: ClaimBatch) -> NDArray[np.bool_]:
    """Tell which claims have a twin (patient, payer, day, services) that the payer did pay."""
    outcome = adjudication.submissions
    paid_ids = {
        key for key, paid in zip(outcome["submission_id"].to_pylist(), numbers(outcome["paid_amount"]), strict=True) if paid > 0
    }
    keys, ids = service_key(claims), claims.submission_ids
    paid_keys = {key for key, claim in zip(keys, ids, strict=True) if claim in paid_ids}
    return np.array([key in paid_keys and claim not in paid_ids for key, claim in zip(keys, ids, strict=True)], dtype=np.bool_)


def _item(
    row: Mapping[str, Any],
    facts: DenialFacts,
    prospect: Prospect,
    *,
    recorded: AppealMinutes,
    as_of: date,
    version: str,
    terms: Terms,
) -> WorkItem:
    category, amount = facts.denied.category, facts.denied.amount
    action = next_action(facts.denied)
    deadline = facts.limits.of(action.limit)
    if action.name == WRITE_OFF and _is_past(facts.limits.appeal, as_of):
        deadline = facts.limits.appeal  # the limit that passed
    left = days_left(deadline, as_of=as_of)
    minutes = effort().minutes_of(action.name, category, level=facts.standing.level, recorded=recorded)
    cause = root_causes()[category]
    return WorkItem(
        key=str(row["remittance_id"]),
        kind=Kind.DENIAL.value,
        claim_id=str(row["patient_control_number"]),
        payer_id=str(row["payer_id"] or ""),
        denial_category=category,
        carc=facts.denied.carc,
        rarc=facts.denied.rarc or "",
        denied_on=row["denied_on"],
        denied_amount=float(row["denied_amount"]),
        recoverable_amount=amount,
        appeal_success_probability=prospect.chance,
        probability_low=prospect.low,
        probability_high=prospect.high,
        recovered_share=prospect.recovered_share,
        decision_days=None if prospect.wait is None else round(prospect.wait.median),
        decision_days_late=None if prospect.wait is None else round(prospect.wait.late),
        expected_recovery=expected_recovery(
            action.name, chance=prospect.chance, amount=amount, share=prospect.recovered_share, minutes=minutes, left=left
        ),
        minutes=minutes,
        appeal_level=facts.standing.level,
        appeal_deadline=facts.limits.appeal,
        deadline=deadline,
        days_left=left,
        warning=urgency(left, action=action.name, warning_days=terms.warning_days).value,
        next_action=action.name,
        avoidable=action.avoidable,
        waits_until=facts.waits_until if action.waits else None,
        reason=action.reason,
        owner=cause.owner,
        tier=cause.tier.value,
        root_cause_1=category,
        model_version=version,
    )


def _is_past(last: date | None, as_of: date) -> bool:
    return last is not None and last < as_of
