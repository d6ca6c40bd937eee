"""Owns how appeals meet the denials they contest, and the keys that decided appeals are counted under."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.batch import NO_DAY, Days, Numbers, Texts, days, numbers, texts
from features.events import EventIndex, Span
from features.text_keys import join

OVERTURNED = ("overturned", "partially_overturned")
DECIDED = (*OVERTURNED, "upheld")
OVERALL_OVERTURN_RATE = 0.5
THOUSANDTHS = 1000.0  # counts of shares are kept as integers, so that sums are exact
PRIOR_ALL, PRIOR_OF_CATEGORY = 6.0, 4.0  # decided appeals that a prior is worth, before a category's own

DENIAL_KEYS: dict[str, Callable[[pa.Table], Texts]] = {
    "all": lambda denials: np.full(denials.num_rows, "all", dtype=object),
    "payer": lambda denials: texts(denials["payer_id"]),
    "category": lambda denials: texts(denials["category"]),
    "category_payer": lambda denials: join(texts(denials["category"]), texts(denials["payer_id"])),
    "carc": lambda denials: texts(denials["carc"]),
    "carc_payer": lambda denials: join(texts(denials["carc"]), texts(denials["payer_id"])),
}


@dataclass(frozen=True, kw_only=True)
class DecidedAppeals:
    """Appeals with an outcome; every array has shape (n,). Withdrawn and pending ones are left out.

    `denial` is the position of the contested denial in the table given: the latest one of that claim and payer known by the
    filing day. `recovered_share` is recovered over denied dollars, between 0 and 1.
    """

    denial: NDArray[np.int64]
    level: NDArray[np.int64]
    filed_day: Days
    known_day: Days
    overturned: NDArray[np.bool_]
    recovered_share: Numbers
    minutes_spent: Numbers


def decided_appeals(appeals: pa.Table, denials: pa.Table) -> DecidedAppeals:
    """Match decided appeals to denials. An appeal whose denial is not in the history is left out."""
    filed, decided, known = days(appeals["filed_on"]), days(appeals["decided_on"]), days(appeals["known_on"])
    outcome = texts(appeals["outcome"])
    denial = contested_denials(appeals, denials, filed)
    kept = np.flatnonzero((denial >= 0) & np.isin(outcome.astype(str), DECIDED) & (decided != NO_DAY))
    denial = denial[kept]
    amount = numbers(denials["denied_amount"])[denial]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = numbers(appeals["recovered_amount"])[kept] / amount
    return DecidedAppeals(
        denial=denial,
        level=np.asarray(numbers(appeals["level"])[kept], dtype=np.int64),
        filed_day=filed[kept],
        known_day=np.maximum(decided, known)[kept],
        overturned=np.isin(outcome[kept].astype(str), OVERTURNED),
        recovered_share=np.clip(np.nan_to_num(share), 0.0, 1.0),
        minutes_spent=numbers(appeals["minutes_spent"])[kept],
    )


def contested_denials(appeals: pa.Table, denials: pa.Table, filed: Days) -> NDArray[np.int64]:
    """Find the denial that each appeal contests, by position: the latest of claim and payer by the filing day; -1 = none."""
    by_claim: dict[str, list[tuple[int, int]]] = {}
    keys = join(texts(denials["patient_control_number"]), texts(denials["payer_id"]))
    for row, (key, day) in enumerate(zip(keys, days(denials["denied_on"]).tolist(), strict=True)):
        by_claim.setdefault(key, []).append((day, row))
    wanted = join(texts(appeals["patient_control_number"]), texts(appeals["payer_id"]))
    found = [
        max((item for item in by_claim.get(key, ()) if item[0] <= day), default=(0, -1))[1]
        for key, day in zip(wanted, filed.tolist(), strict=True)
    ]
    return np.array(found, dtype=np.int64)


def expected_wins(category: Texts, known_day: Days, overturned: NDArray[np.bool_]) -> Numbers:
    """Give each decided appeal the chance that its category alone gave it, by what was known before the day of its own decision.

    What a payer wins or loses beyond these is its own leniency, not the mix of what was appealed there.
    """
    everything = EventIndex.build(np.full(len(category), "all", dtype=object), known_day, {"overturned": overturned})
    own = EventIndex.build(category, known_day, {"overturned": overturned})
    before = everything.before(np.zeros(len(category), dtype=np.int64), known_day)
    overall = _pulled(everything, before, prior=OVERALL_OVERTURN_RATE, strength=PRIOR_ALL)
    return _pulled(own, own.before(own.encode(category), known_day), prior=overall, strength=PRIOR_OF_CATEGORY)


def _pulled(index: EventIndex, span: Span, *, prior: Numbers | float, strength: float) -> Numbers:
    found = span.stop - span.start
    return np.asarray((index.count("overturned", span) + strength * prior) / (found + strength))
