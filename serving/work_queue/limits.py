"""Owns the last days of one piece of work, how near they are, and what work is expected to bring before they pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from claims.payer_rules import PayerRules
from features.batch import NO_DAY, day_date
from serving.work_queue.actions import WITHOUT_RECOVERY, Limit
from serving.work_queue.effort import effort
from serving.work_queue.work_item import Urgency

WARNING_DAYS = (30, 7)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Last days, both included; `None` = none is known or there is no such step."""

    appeal: date | None = None
    filing: date | None = None
    reconsideration: date | None = None

    def of(self, limit: Limit) -> date | None:
        """Give the last day that a limit names."""
        last = {Limit.APPEAL: self.appeal, Limit.FILING: self.filing, Limit.RECONSIDERATION: self.reconsideration}
        return last.get(limit)


def days_left(last: date | None, *, as_of: date) -> int | None:
    """Count days until a last day; negative once it has passed."""
    return None if last is None else (last - as_of).days


def after(start: date, limit_days: int | None) -> date | None:
    """Give the last day of a limit that runs from `start`."""
    return None if limit_days is None else start + timedelta(days=limit_days)


def filing_limit(rules: PayerRules, *, payer_id: str, code: str, service_to: int) -> date | None:
    """Give the last day on which a claim for services that ended on a day number may be filed."""
    if service_to == NO_DAY:
        return None
    served = day_date(int(service_to))
    return after(served, rules.filing_limit_days(payer_id or None, code or None, served))


def urgency(left: int | None, *, action: str, warning_days: Sequence[int] = WARNING_DAYS) -> Urgency:
    """Say how near the last day is: soon from the largest of `warning_days`, urgent from the smallest. Both days count."""
    if left is None or action in WITHOUT_RECOVERY:
        return Urgency.NONE
    if left < 0:
        return Urgency.OVERDUE
    if left <= min(warning_days):
        return Urgency.URGENT
    return Urgency.SOON if left <= max(warning_days) else Urgency.NONE


def expected_recovery(action: str, *, chance: float, amount: float, share: float, minutes: int, left: int | None) -> float:
    """Chance x recoverable dollars x recovered share, less the cost of the work; zero past the last day of the action and
    where nothing is to be recovered."""
    if action in WITHOUT_RECOVERY or (left is not None and left < 0):
        return 0.0
    return max(0.0, chance * amount * share - minutes * effort().minute_cost)
