"""Owns what the practice knows of a patient's cover beside the claim's payer: every member id that the patient was billed under.

A member id belongs to one payer; the patient's key joins them. An id counts from the day it was first billed, its eligibility
checks from the day of the check.
"""

from dataclasses import dataclass

import numpy as np

from features.batch import NO_DAY, ClaimBatch, Days, Texts
from features.evaluation import Evaluation
from features.events import EventIndex, Flags, Ints
from features.keys import patient
from features.registers import Found
from features.registry import Column
from features.text_keys import join

ACTIVE = "active"
COVER_COLUMNS = ("payer_id", "payer_name", "claim_filing_indicator_code", "group_number", "subscriber_id_format")


@dataclass(frozen=True, kw_only=True)
class MemberIds:
    """Member ids by patient: `keys` (subscriber and payer) and `payers` of each, in the order that `index` was built from.

    `first` holds what the first submission under each said of the cover, by column.
    """

    index: EventIndex
    keys: Texts
    payers: Texts
    first: dict[str, Texts]


def member_ids(batch: ClaimBatch) -> MemberIds:
    """Collect each patient's member ids, from the day of the first submission. `batch` stands in order of its days."""
    patients, payers = patient(batch), batch.text("payer_id")
    keys = join(batch.text("subscriber_key"), payers)
    seen: dict[tuple[str, str], int] = {}
    for row, pair in enumerate(zip(patients.tolist(), keys.tolist(), strict=True)):
        seen.setdefault(pair, row)
    rows = np.array(list(seen.values()), dtype=np.int64)
    index = EventIndex.build(patients[rows], batch.prediction_day[rows], {})
    first = {name: batch.text(name)[rows] for name in COVER_COLUMNS}
    return MemberIds(index=index, keys=keys[rows], payers=payers[rows], first=first)


@dataclass(frozen=True, kw_only=True)
class ListedPayers:
    """Payers that a claim to someone else names (2320), by patient and payer: `orders` is SBR01 there, as `index` was built."""

    index: EventIndex
    orders: Texts


def listed_payers(batch: ClaimBatch) -> ListedPayers:
    """Collect the other payers that claims name, on the day they were sent. `batch` stands in order of its days."""
    ids, orders = batch.claims["other_payer_ids"].to_pylist(), batch.claims["other_payer_sequence_codes"].to_pylist()
    rows = [
        (row, payer, order)
        for row, (payers, places) in enumerate(zip(ids, orders, strict=True))
        for payer, order in zip(payers or (), places or (), strict=False)
        if payer
    ]
    owner = np.array([row for row, _, _ in rows], dtype=np.int64)
    named = np.array([payer for _, payer, _ in rows], dtype=object)
    keys = join(patient(batch)[owner], named)
    return ListedPayers(
        index=EventIndex.build(keys, batch.prediction_day[owner], {}),
        orders=np.array([order or "" for _, _, order in rows], dtype=object),
    )


@dataclass(frozen=True, kw_only=True)
class OtherCover:
    """What is known of each claim's patient at payers other than the claim's; shape (n,)."""

    billed_count: Column  # member ids billed
    active_count: Column  # of them, active on the first service day by their newest check
    latest_begin: Days  # of those active ones; NO_DAY = none


def other_cover(at: Evaluation) -> OtherCover:
    """Look up each patient's cover at other payers as known before the prediction day."""
    return at.once("other cover", lambda: _look_up(at))


@dataclass(frozen=True, kw_only=True)
class BilledIds:
    """Member ids that each claim's patient was billed under before the prediction day, one entry each, oldest first."""

    owner: Ints  # position of the claim
    row: Ints  # position in `History.member_ids`
    check: Found  # newest eligibility check under the id
    active: Flags  # it says that the cover holds on the first service day


def billed_ids(at: Evaluation) -> BilledIds:
    """Look up each patient's member ids, at the claim's payer and at others."""

    def find() -> BilledIds:
        ids = at.history.member_ids
        span = ids.index.before(ids.index.encode(patient(at.batch)), at.day)
        owner, position = _spread(span.start, span.stop)
        row = ids.index.row[position] if len(ids.index.row) else position
        check = at.history.registers["eligibility"].latest(ids.keys[row], at.day[owner])
        covers = check.covers(at.service_from[owner], first="plan_begin", last="plan_end")
        return BilledIds(owner=owner, row=row, check=check, active=(check.text("status") == ACTIVE) & covers)

    return at.once("billed ids", find)


def _look_up(at: Evaluation) -> OtherCover:
    billed = billed_ids(at)
    elsewhere = at.history.member_ids.payers[billed.row] != at.batch.text("payer_id")[billed.owner]
    active = billed.active & elsewhere
    begin = np.full(len(at.batch), NO_DAY)
    np.maximum.at(begin, billed.owner[active], billed.check.day("plan_begin")[active])
    return OtherCover(
        billed_count=_count(billed.owner, elsewhere, len(at.batch)),
        active_count=_count(billed.owner, active, len(at.batch)),
        latest_begin=begin,
    )


def _count(owner: Ints, flags: Flags, size: int) -> Column:
    return np.bincount(owner[flags], minlength=size).astype(np.float64)


def _spread(start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """Write out the positions of every span, with the row that each belongs to."""
    counts = stop - start
    owner = np.repeat(np.arange(len(start)), counts)
    offset = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, start[owner] + offset
