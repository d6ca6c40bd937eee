"""Owns the chance that work other than on a denial brings the money, and how much of it: shares of the practice's own history.

Each share is drawn towards a wider one as if that had been seen `PRIOR` times: (won + PRIOR x wider) / (known + PRIOR). The
widest is the share of answered claims that were paid, itself drawn towards one half. Only what was known by the day counts,
and cases without an end are left out.

Most overdue claims are answered by themselves. Asking brings only the money of those that would not be, so that their share
counts; where none is known yet it is drawn towards none as if half a lost claim had been seen (Jeffreys).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from features.batch import NO_DAY, Numbers, day_number
from serving.work_queue.sent_claims import NOBODY, VOID, Flags, SentClaims

PRIOR = 12.0  # as for the overturn rates of `features.denial_batch`
UNKNOWN_CHANCE = 0.5
SILENT_FOR_GOOD_DAYS = 90  # answers have a tail of about that; what is silent longer is taken for lost
JEFFREYS = 0.5
AGES = (0, 30, 60, 120)  # days past due from which on claims are told apart


@dataclass(frozen=True, kw_only=True)
class Chances:
    """`resubmitted`: a rejected claim is paid once sent again, by cause, "" = any. `followed_up`: asking after a claim overdue
    by as many days as each of `AGES` brings money that would not come by itself. `paid_share`: paid of charged dollars on paid
    claims, by payer, "" = any."""

    resubmitted: Mapping[str, float]
    followed_up: tuple[float, ...]
    paid_share: Mapping[str, float]

    def of_rejection(self, cause: str) -> float:
        """Give the chance that a claim rejected for a cause is paid once it is fixed and sent again."""
        return self.resubmitted.get(cause, self.resubmitted[""])

    def of_silence(self, days_overdue: int) -> float:
        """Give the chance that a claim whose answer is overdue is paid because somebody asks."""
        return self.followed_up[max(at for at, age in enumerate(AGES) if days_overdue >= age)]

    def share_of(self, payer_id: str) -> float:
        """Give the part of its charge that a paid claim brings."""
        return self.paid_share.get(payer_id, self.paid_share[""])


def learn_chances(sent: SentClaims, causes: Mapping[int, str], *, as_of: date) -> Chances:
    """Learn from the claims of a history. `causes`: root cause of each rejected submission, by its row."""
    paid, answered = sent.paid > 0, sent.is_answered
    base = smoothed(float(paid.sum()), float(answered.sum()), UNKNOWN_CHANCE)
    return Chances(
        resubmitted=_resubmitted(sent, causes, base),
        followed_up=_followed_up(sent, base, as_of=as_of),
        paid_share=_paid_shares(sent, paid & (sent.charge > 0)),
    )


def smoothed(won: float, known: float, prior: float) -> float:
    """Draw a share towards a prior that counts as `PRIOR` cases."""
    return (won + PRIOR * prior) / (known + PRIOR)


def _resubmitted(sent: SentClaims, causes: Mapping[int, str], base: float) -> dict[str, float]:
    known: dict[str, float] = {}
    won: dict[str, float] = {}
    for row, cause in causes.items():
        end = row
        while end != NOBODY and not sent.is_answered[end]:
            end = int(sent.next_sent[end])
        if end != NOBODY:
            for key in ("", cause):
                known[key] = known.get(key, 0.0) + 1.0
                won[key] = won.get(key, 0.0) + float(sent.paid[end] > 0)
    any_cause = smoothed(won.get("", 0.0), known.get("", 0.0), base)
    by_cause = {cause: smoothed(won[cause], count, any_cause) for cause, count in known.items() if cause}
    return {"": any_cause} | by_cause


def _followed_up(sent: SentClaims, base: float, *, as_of: date) -> tuple[float, ...]:
    today = day_number(as_of)
    has_end = ~sent.is_rejected & (sent.frequency_codes != VOID) & (sent.due_day != NO_DAY) & (sent.next_to_payer == NOBODY)
    found: list[float] = []
    for age in AGES:
        seen_on = sent.due_day + age
        given_up_on = seen_on + SILENT_FOR_GOOD_DAYS
        silent: Flags = has_end & (~sent.is_answered | (sent.answered_day > seen_on)) & (given_up_on < today)
        lost = silent & (~sent.is_answered | (sent.answered_day > given_up_on))
        late = silent & sent.is_answered
        lost_share = (float(lost.sum()) + JEFFREYS) / (float(silent.sum()) + 2 * JEFFREYS)
        found.append(lost_share * smoothed(float((sent.paid[late] > 0).sum()), float(late.sum()), base))
    return tuple(found)


def _paid_shares(sent: SentClaims, paid: Flags) -> dict[str, float]:
    payers = sent.payer_ids[paid].astype(str)
    share: Numbers = np.clip(sent.paid[paid] / sent.charge[paid], 0.0, 1.0)
    overall = smoothed(float(share.sum()), float(len(share)), UNKNOWN_CHANCE)
    names, at, counts = np.unique(payers, return_inverse=True, return_counts=True)
    sums = np.bincount(at, weights=share, minlength=len(names))
    by_payer = {str(name): smoothed(float(sums[i]), float(counts[i]), overall) for i, name in enumerate(names)}
    return {"": overall} | by_payer
