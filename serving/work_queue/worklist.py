"""Owns all the work of a practice on a day: items of every kind, and how what is no longer work was ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from claims.adjudication import Adjudication
from claims.denial import UNEXPLAINED
from claims.payer_rules import PayerRules
from features.batch import ClaimBatch, day_number
from features.history import History
from models.bundle import ModelBundle
from serving.work_queue.chances import UNKNOWN_CHANCE, smoothed
from serving.work_queue.items import Terms, open_items
from serving.work_queue.limits import WARNING_DAYS
from serving.work_queue.other_items import other_items
from serving.work_queue.records import Closing, closings
from serving.work_queue.work_item import WorkItem


@dataclass(frozen=True, kw_only=True)
class Worklist:
    """What is work, and how each key that is not was ended; the store closes those it holds open."""

    items: list[WorkItem]
    closings: Mapping[str, Closing]


def make_worklist(
    adjudication: Adjudication,
    claims: ClaimBatch,
    history: History,
    underpayments: pa.Table,
    appeal_bundle: ModelBundle | None,
    *,
    rules: PayerRules,
    as_of: date,
    warning_days: tuple[int, ...] = WARNING_DAYS,
) -> Worklist:
    """Make the items of every kind that was known before `as_of`. The same history and day give the same."""
    terms = Terms(rules=rules, warning_days=warning_days)
    denials = open_items(adjudication, claims, history, appeal_bundle, as_of=as_of, terms=terms)
    others = other_items(
        adjudication,
        claims,
        underpayments,
        rules,
        as_of=as_of,
        warning_days=warning_days,
        underpaid_chance=_disputed_chance(history, as_of=as_of),
        denied={(item.claim_id, item.payer_id) for item in denials},
    )
    ended = closings(adjudication.denials, as_of=as_of)
    return Worklist(items=[*denials, *others.items], closings={**ended, **others.closings})


def _disputed_chance(history: History, *, as_of: date) -> float:
    """Give the chance that a disputed payment is made good: the share of appeals won where nothing of ours explained the denial,
    drawn towards that of all appeals, and that towards one half."""
    chance = UNKNOWN_CHANCE
    for table, key in (("all", "all"), ("category", UNEXPLAINED)):
        index = history.appeal_outcomes[table]
        span = index.before(index.encode(np.array([key], dtype=object)), np.array([day_number(as_of)], dtype=np.int64))
        decided, won = (float(index.count(measure, span)[0]) for measure in ("decided", "overturned"))
        chance = smoothed(won, decided, chance)
    return chance
