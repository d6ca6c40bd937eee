"""Owns the front page's figures, from one snapshot. Rates cover known outcomes only, with their n; young months say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claims.adjudication import Adjudication
from claims.root_cause import root_causes
from features.batch import NO_DAY, ClaimBatch, day_date, days, numbers, texts
from serving.work_queue.items import open_denials

MATURE_DAYS = 60  # a month whose last day is younger than this still waits for answers
MOST_BARS = 8
MOST_MONTHS = 18


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: `share` of the longest one, for its width."""

    label: str
    note: str
    dollars: float
    count: int
    share: float


@dataclass(frozen=True, kw_only=True)
class Month:
    """Denial rate of the claims submitted in a month; `rate` None without answers."""

    first_on: date
    submitted: int
    answered: int
    denied: int
    rate: float | None
    is_mature: bool


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What a practice sees first. Rates are between 0 and 1; dollars in US dollars."""

    claims: int
    answered: int
    denied: int
    denial_rate: float | None
    dollar_denial_rate: float | None
    rejected: int
    awaiting: int
    denied_dollars: float
    open_denials: int
    open_dollars: float
    first_on: date | None
    last_on: date | None
    causes: tuple[Bar, ...]
    payers: tuple[Bar, ...]
    months: tuple[Month, ...]
    payer_names: Mapping[str, str]


def overview(adjudication: Adjudication, claims: ClaimBatch, *, today: date) -> Overview:
    """Count claims, answers and denials as known on `today`."""
    outcome = _aligned(adjudication.submissions, claims)
    is_answered = days(outcome["outcome_known_on"]) != NO_DAY
    is_rejected = days(outcome["rejected_on"]) != NO_DAY
    is_denied = is_answered & (numbers(outcome["denied"]) == 1.0)
    amount = np.nan_to_num(numbers(outcome["denied_amount"]))
    charge = np.nan_to_num(numbers(claims.claims["charge_amount"]))
    sent = days(claims.claims["submitted_on"])
    opened = open_denials(adjudication.denials, as_of=today + timedelta(days=1))
    names = dict(zip(claims.text("payer_id"), claims.text("payer_name"), strict=True))
    answered_charge = float(charge[is_answered].sum())
    return Overview(
        claims=len(claims),
        answered=int(is_answered.sum()),
        denied=int(is_denied.sum()),
        denial_rate=float(is_denied.sum() / is_answered.sum()) if is_answered.any() else None,
        dollar_denial_rate=float(amount[is_denied].sum() / answered_charge) if answered_charge else None,
        rejected=int(is_rejected.sum()),
        awaiting=int((~is_answered & ~is_rejected).sum()),
        denied_dollars=float(amount[is_denied].sum()),
        open_denials=opened.num_rows,
        open_dollars=float(np.nansum(numbers(opened["denied_amount"]))),
        first_on=day_date(int(sent.min())) if len(sent) else None,
        last_on=day_date(int(sent.max())) if len(sent) else None,
        causes=_bars(texts(outcome["category"])[is_denied], amount[is_denied], _cause_words()),
        payers=_bars(claims.text("payer_id")[is_denied], amount[is_denied], {key: (name, "") for key, name in names.items()}),
        months=_months(sent, is_answered, is_denied, today),
        payer_names=names,
    )


def _aligned(submissions: pa.Table, claims: ClaimBatch) -> pa.Table:
    position = {key: at for at, key in enumerate(submissions["submission_id"].to_pylist())}
    return submissions.take(pa.array([position[key] for key in claims.submission_ids], type=pa.int64()))


def _cause_words() -> dict[str, tuple[str, str]]:
    return {key: (cause.title, cause.owner) for key, cause in root_causes().items()}


def _bars(keys: NDArray[np.object_], amounts: NDArray[np.float64], words: Mapping[str, tuple[str, str]]) -> tuple[Bar, ...]:
    dollars: dict[str, float] = {}
    counts: dict[str, int] = {}
    for key, amount in zip(keys.tolist(), amounts.tolist(), strict=True):
        dollars[key] = dollars.get(key, 0.0) + amount
        counts[key] = counts.get(key, 0) + 1
    top = sorted(dollars, key=lambda key: (-dollars[key], key))[:MOST_BARS]
    longest = max((dollars[key] for key in top), default=0.0) or 1.0
    return tuple(
        Bar(
            label=words.get(key, (key, ""))[0] or key,
            note=words.get(key, ("", ""))[1],
            dollars=dollars[key],
            count=counts[key],
            share=dollars[key] / longest,
        )
        for key in top
    )


def _months(
    sent: NDArray[np.int64], is_answered: NDArray[np.bool_], is_denied: NDArray[np.bool_], today: date
) -> tuple[Month, ...]:
    firsts = np.array([day_date(int(day)).replace(day=1) for day in sent], dtype=object)
    found = []
    for first in sorted(set(firsts.tolist()))[-MOST_MONTHS:]:
        rows = firsts == first
        answered, denied = int((rows & is_answered).sum()), int((rows & is_denied).sum())
        last_day = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        found.append(
            Month(
                first_on=first,
                submitted=int(rows.sum()),
                answered=answered,
                denied=denied,
                rate=denied / answered if answered else None,
                is_mature=(today - last_day).days >= MATURE_DAYS,
            )
        )
    return tuple(found)
