"""Owns what appeals.csv and the remittances tell beside who won: dollars back, minutes, days, and what a payer usually allows."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claims.history.appeals import known_appeals
from claims.history.store import HistoryStore
from features.appeals import DECIDED, OVERTURNED, contested_denials
from features.batch import NO_DAY, Days, Numbers, Texts, days, numbers, texts

REVERSAL = "22"


@dataclass(frozen=True, kw_only=True)
class AppealFacts:
    """Every appeal known, pending and withdrawn ones too; arrays of shape (n,). `allowed` and `charged` are dollars by payer.

    `category` is "" where the denial is not in the history; `share` the recovered one, NaN unless won; `minutes` NaN unless
    written down. `waited` counts the days from filing to the decision where `is_decided`, else to the withdrawal or the end.
    """

    payer_id: Texts
    category: Texts
    level: NDArray[np.int64]
    share: Numbers
    minutes: Numbers
    filed_day: Days
    waited: Days
    known: Days  # day of the decision
    is_decided: NDArray[np.bool_]
    allowed: dict[str, float]
    charged: dict[str, float]
    paid_count: dict[str, int]

    def __len__(self) -> int:
        return len(self.level)

    def decided_before(self, day: int) -> "AppealFacts":
        """Give the same appeals without the dollars of those decided on a day or later."""
        return replace(self, share=np.where(self.known < day, self.share, np.nan))


def read_appeal_facts(store: HistoryStore, denials: pa.Table, *, before: date | None, end: int) -> AppealFacts:
    """Read what was known before a day; `denials` as of that day too. What is pending waits until the day `end`."""
    appeals = known_appeals(store, before=before)
    filed, decided = days(appeals["filed_on"]), days(appeals["decided_on"])
    outcome = texts(appeals["outcome"]).astype(str)
    denial = contested_denials(appeals, denials, filed)
    known = denial >= 0
    amount, category = np.full(len(denial), np.nan), np.full(len(denial), "", dtype=object)
    amount[known] = numbers(denials["denied_amount"])[denial[known]]
    category[known] = texts(denials["category"])[denial[known]]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(numbers(appeals["recovered_amount"]) / amount, 0.0, 1.0)
    is_decided = np.isin(outcome, DECIDED) & (decided != NO_DAY)
    allowed, charged, paid_count = _usual_allowed(store, before)
    return AppealFacts(
        payer_id=texts(appeals["payer_id"]),
        category=category,
        level=numbers(appeals["level"]).astype(np.int64),
        share=np.where(is_decided & np.isin(outcome, OVERTURNED) & (amount > 0), share, np.nan),
        minutes=np.where(is_decided | (outcome == "withdrawn"), numbers(appeals["minutes_spent"]), np.nan),
        filed_day=filed,
        waited=np.where(decided != NO_DAY, decided, end) - filed,
        known=np.maximum(decided, days(appeals["known_on"])),
        is_decided=is_decided,
        allowed=allowed,
        charged=charged,
        paid_count=paid_count,
    )


def _usual_allowed(store: HistoryStore, before: date | None) -> tuple[dict[str, float], dict[str, float], dict[str, int]]:
    """Sum, by payer, what paid claims were allowed (paid or left to the patient) and charged."""
    columns = ("payer_id", "claim_status_code", "charge_amount", "paid_amount", "patient_responsibility_amount")
    rows = store.read("remittances", columns=columns, before=before)
    charge, paid = numbers(rows["charge_amount"]), numbers(rows["paid_amount"])
    allowed = paid + np.nan_to_num(numbers(rows["patient_responsibility_amount"]))
    counted = (paid > 0) & (charge > 0) & (texts(rows["claim_status_code"]) != REVERSAL)
    payers = texts(rows["payer_id"])[counted].astype(str)
    names, at = np.unique(payers, return_inverse=True)
    sums = [np.bincount(at, weights=values[counted], minlength=len(names)) for values in (allowed, charge)]
    count = np.bincount(at, minlength=len(names))
    return (
        dict(zip(names.tolist(), sums[0].tolist(), strict=True)),
        dict(zip(names.tolist(), sums[1].tolist(), strict=True)),
        dict(zip(names.tolist(), count.tolist(), strict=True)),
    )
