"""Owns the facts that decide the next action of a denial: limits under the payer's rules, its appeals, what was sent again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from claims.appeal_standing import AppealStanding, appeal_standing
from claims.payer_rules import PayerRules
from serving.work_queue.actions import ELSEWHERE, Denied, Resubmission
from serving.work_queue.limits import Limits, after, days_left, filing_limit

Row = Mapping[str, Any]
Appeals = Mapping[tuple[str, str | None], Sequence[Row]]  # by patient control number and payer


@dataclass(frozen=True, kw_only=True)
class DenialFacts:
    """What the rules look at, with the days behind it. `waits_until`: the payer's answer is due by then."""

    denied: Denied
    limits: Limits
    standing: AppealStanding
    waits_until: date | None


def appeals_by_claim(appeals: pa.Table) -> Appeals:
    """Group the known appeals."""
    found: dict[tuple[str, str | None], list[Row]] = {}
    columns = ("patient_control_number", "payer_id", "level", "filed_on", "decided_on", "outcome")
    for row in appeals.select(columns).to_pylist():
        found.setdefault((row["patient_control_number"], row["payer_id"]), []).append(row)
    return found


def standing_of(row: Row, appeals: Appeals) -> AppealStanding:
    """Find where the appeals of a denial (row of `Adjudication.denials`) stand."""
    filed = appeals.get((row["patient_control_number"], row["payer_id"]), ())
    return appeal_standing(filed, denied_on=row["denied_on"])


def denial_facts(
    row: Row,
    standing: AppealStanding,
    rules: PayerRules,
    *,
    code: str,
    service_to: int,
    amount: float,
    duplicate_of_paid: bool,
    as_of: date,
) -> DenialFacts:
    """Gather the facts of one denial (row of `Adjudication.denials`) of a claim with filing indicator `code`, as of a day."""
    payer, category, denied_on = row["payer_id"], str(row["category"]), row["denied_on"]
    indicator, level = code or None, standing.level
    limits = Limits(
        appeal=after(standing.counts_from, rules.appeal_limit_days(payer, indicator, standing.counts_from, level=level)),
        filing=filing_limit(rules, payer_id=payer or "", code=code, service_to=service_to),
        reconsideration=after(denied_on, rules.reconsideration_days(payer, indicator, denied_on, category=category)),
    )
    decision = None
    if standing.pending_since is not None:
        days = rules.appeal_decision_days(payer, indicator, standing.pending_since, level=level)
        decision = after(standing.pending_since, days)
    resubmission, answer = _resubmission(row, rules, indicator, as_of=as_of)
    barred = rules.no_appeal(payer, indicator, denied_on, category=category)
    least = rules.least_amount(payer, indicator, as_of, level=level) if level > 1 else None
    return DenialFacts(
        denied=Denied(
            category=category,
            group_code=str(row["group_code"] or ""),
            carc=str(row["carc"] or ""),
            rarc=row["rarc"],
            amount=amount,
            duplicate_of_paid=duplicate_of_paid,
            days_left_to_file=days_left(limits.filing, as_of=as_of),
            days_left_to_appeal=days_left(limits.appeal, as_of=as_of),
            days_left_to_reconsider=days_left(limits.reconsideration, as_of=as_of),
            appeal_level=level,
            appeal_levels=rules.appeal_levels(payer, indicator, denied_on),
            appeal_is_pending=standing.pending_since is not None,
            days_left_to_decide=days_left(decision, as_of=as_of),
            resubmission=resubmission,
            takes_replacements=rules.takes_replacements(payer, indicator, as_of),
            no_appeal=barred.why if barred else None,
            least_amount=float(least) if least is not None else None,
        ),
        limits=limits,
        standing=standing,
        waits_until=decision if standing.pending_since is not None else answer,
    )


def _resubmission(row: Row, rules: PayerRules, code: str | None, *, as_of: date) -> tuple[Resubmission, date | None]:
    """Tell what became of the claim since it was sent again, and when its answer is due.

    Sent to another payer counts only where the denial says that another one is to pay.
    """
    sent_on, payer = row["resubmitted_on"], row["resubmission_payer_id"]
    if sent_on is None or (payer != row["payer_id"] and row["category"] not in ELSEWHERE):
        return Resubmission.NONE, None
    if row["resubmission_is_answered"]:
        return (Resubmission.NONE if payer == row["payer_id"] else Resubmission.ANSWERED), None
    if row["resubmission_rejected_on"] is not None:
        return Resubmission.REJECTED, None
    due = after(sent_on, rules.expected_response_days(payer, code if payer == row["payer_id"] else None, sent_on))
    return (Resubmission.OVERDUE if due is not None and due < as_of else Resubmission.WAITING), due
