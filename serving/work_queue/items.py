"""Owns the making of work items: every open denial with its chance, dollars, deadline, action and owner."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from claims.adjudication import Adjudication
from claims.payer_rules import PayerRules
from claims.root_cause import root_causes
from features.batch import NO_DAY, ClaimBatch, day_date, days, numbers
from features.denial_batch import DenialBatch
from features.history import History, service_key
from models.appeal_tables import AppealMinutes
from models.bundle import ModelBundle
from serving.work_queue.actions import NOTHING_TO_DO, Denied, next_action
from serving.work_queue.effort import effort
from serving.work_queue.prospects import Prospect, Prospects
from serving.work_queue.work_item import WorkItem


def open_items(
    adjudication: Adjudication,
    claims: ClaimBatch,
    history: History,
    appeal_bundle: ModelBundle | None,
    *,
    as_of: date,
) -> list[WorkItem]:
    """Make an item of every denial that was known before `as_of` and is neither paid since nor denied again.

    Without a trained appeal model the chance is the smoothed overturn rate of category and payer, and `model_version` is empty.
    """
    denials = open_denials(adjudication.denials, as_of=as_of)
    return _items_of(denials, adjudication, claims, history, appeal_bundle, as_of=as_of)


def arrived_items(
    adjudication: Adjudication,
    claims: ClaimBatch,
    history: History,
    appeal_bundle: ModelBundle | None,
    *,
    as_of: date,
    days: int,
) -> list[WorkItem]:
    """Make an item of every denial of the last `days` before `as_of`, whatever became of it: what work comes in."""
    since, until = pa.scalar(as_of - timedelta(days=days), pa.date32()), pa.scalar(as_of, pa.date32())
    denied_on = adjudication.denials["denied_on"]
    recent = pc.and_(pc.greater_equal(denied_on, since), pc.less(denied_on, until))
    return _items_of(adjudication.denials.filter(recent), adjudication, claims, history, appeal_bundle, as_of=as_of)


def open_denials(denials: pa.Table, *, as_of: date) -> pa.Table:
    """Keep the denials that are work: known before a day, not resolved, not denied again, with dollars."""
    known = pc.less(denials["denied_on"], pa.scalar(as_of, pa.date32()))
    is_open = pc.and_(pc.is_null(denials["resolved_on"]), pc.is_null(denials["superseded_on"]))
    has_dollars = pc.greater(denials["denied_amount"], 0.0)
    return denials.filter(pc.and_(pc.and_(known, is_open), has_dollars))


def _items_of(
    denials: pa.Table,
    adjudication: Adjudication,
    claims: ClaimBatch,
    history: History,
    appeal_bundle: ModelBundle | None,
    *,
    as_of: date,
) -> list[WorkItem]:
    batch = DenialBatch.from_tables(denials, claims, as_of=as_of)
    prospects = Prospects.of(batch, history, appeal_bundle)
    is_duplicate = _duplicates_of_paid(adjudication, claims)
    rows = batch.denials.to_pylist()
    service_to = days(claims.claims["service_to_on"])
    indicators = claims.text("claim_filing_indicator_code")
    version = f"{appeal_bundle.name}-{appeal_bundle.version}" if appeal_bundle else ""
    return [
        _item(
            row,
            prospect=prospects.at(at, payer_id=str(row["payer_id"] or ""), category=str(row["category"])),
            recorded=prospects.minutes,
            indicator=indicators[batch.claim_row[at]],
            service_to=service_to[batch.claim_row[at]],
            duplicate_of_paid=bool(is_duplicate[batch.claim_row[at]]),
            rules=history.payer_rules,
            as_of=as_of,
            version=version,
        )
        for at, row in enumerate(rows)
    ]


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
    row: Mapping[str, object],
    *,
    prospect: Prospect,
    recorded: AppealMinutes,
    indicator: str,
    service_to: int,
    duplicate_of_paid: bool,
    rules: PayerRules,
    as_of: date,
    version: str,
) -> WorkItem:
    payer_id, category = str(row["payer_id"] or ""), str(row["category"])
    denied_on = row["denied_on"]
    assert isinstance(denied_on, date)  # noqa: S101  a date32 column without nulls
    limit = rules.appeal_limit_days(payer_id or None, indicator or None, denied_on)
    deadline = denied_on + timedelta(days=limit) if limit is not None else None
    days_left = (deadline - as_of).days if deadline else None
    action = next_action(
        Denied(
            category=category,
            group_code=str(row["group_code"] or ""),
            carc=str(row["carc"] or ""),
            rarc=str(row["rarc"]) if row["rarc"] else None,
            claim_filing_indicator_code=indicator,
            days_left_to_appeal=days_left,
            days_left_to_file=_days_left_to_file(rules, payer_id, indicator, service_to, as_of),
            duplicate_of_paid=duplicate_of_paid,
        )
    )
    minutes = effort().minutes_of(action.name, category, recorded=recorded)
    amount = float(str(row["denied_amount"]))
    cause = root_causes()[category]
    return WorkItem(
        key=str(row["remittance_id"]),
        claim_id=str(row["patient_control_number"]),
        payer_id=payer_id,
        denial_category=category,
        carc=str(row["carc"] or ""),
        rarc=str(row["rarc"] or ""),
        denied_on=denied_on,
        denied_amount=amount,
        recoverable_amount=amount,
        appeal_success_probability=prospect.chance,
        probability_low=prospect.low,
        probability_high=prospect.high,
        recovered_share=prospect.recovered_share,
        decision_days=None if prospect.wait is None else round(prospect.wait.median),
        decision_days_late=None if prospect.wait is None else round(prospect.wait.late),
        expected_recovery=_expected_recovery(action.name, prospect, amount=amount, minutes=minutes, days_left=days_left),
        minutes=minutes,
        appeal_deadline=deadline,
        deadline=deadline,
        days_left=days_left,
        next_action=action.name,
        reason=action.reason,
        owner=cause.owner,
        tier=cause.tier.value,
        root_cause_1=category,
        model_version=version,
    )


def _days_left_to_file(rules: PayerRules, payer_id: str, indicator: str, service_to: int, as_of: date) -> int | None:
    if service_to == NO_DAY:
        return None
    served = day_date(int(service_to))
    limit = rules.filing_limit_days(payer_id or None, indicator or None, served)
    return None if limit is None else (served + timedelta(days=limit) - as_of).days


def _expected_recovery(action: str, prospect: Prospect, *, amount: float, minutes: int, days_left: int | None) -> float:
    """P(overturn) x dollars x recovered share, less the cost of the work; zero past the deadline and where nothing is to do.

    The appeal model's chance stands for every way of working a denial: what was reworked instead has no outcome of its own yet.
    """
    if action in {NOTHING_TO_DO, "write_off"} or (days_left is not None and days_left < 0):
        return 0.0
    return max(0.0, prospect.chance * amount * prospect.recovered_share - minutes * effort().minute_cost)
