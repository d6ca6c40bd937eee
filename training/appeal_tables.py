"""Owns how the tables beside P(overturn) are learned from few appeals: each number is pulled towards what is known without it."""

import numpy as np
from numpy.typing import NDArray

from models.appeal_tables import (
    APPEAL_MINUTES,
    DECISION_DAYS,
    RECOVERED_SHARE,
    AppealMinutes,
    DecisionDays,
    Recorded,
    RecoveredShares,
    Wait,
)
from models.bundle import Json
from training.appeal_facts import AppealFacts

PRIOR_CLAIMS = 50.0  # paid claims at the overall allowed share that a payer's own are weighed against
PRIOR_WINS = 8.0  # won appeals that the payer's usual allowed share is worth
PRIOR_CATEGORY_WINS = 30.0  # won appeals that say a category recovers what its payers do
PRIOR_DECIDED = 10.0  # decided appeals that the wait of all payers is worth
MEDIAN, LATE = 0.5, 0.9

Flags = NDArray[np.bool_]


def learn_appeal_tables(facts: AppealFacts) -> dict[str, Json]:
    """Learn the three tables of a bundle."""
    return {
        RECOVERED_SHARE: learn_recovered_shares(facts).to_json(),
        APPEAL_MINUTES: learn_minutes(facts).to_json(),
        DECISION_DAYS: learn_decision_days(facts).to_json(),
    }


def learn_recovered_shares(facts: AppealFacts) -> RecoveredShares:
    """Anchor each payer's share at what it allows of a charge it pays, scaled to won appeals; then its own won appeals count.

    A won appeal brings about what the contract allows; dozens of paid claims know that where two appeals do not.
    """
    usual = _allowed_shares(facts)
    won = np.isfinite(facts.share)
    share, payers = facts.share[won], facts.payer_id[won].astype(str)
    anchor = np.array([usual.get(payer, usual[""]) for payer in payers])
    scale = (share.sum() + PRIOR_WINS * usual[""]) / (anchor.sum() + PRIOR_WINS * usual[""])
    by_payer = {}
    for payer in sorted(set(payers) | set(usual) - {""}):
        own = share[payers == payer]
        expected = scale * usual.get(payer, usual[""])
        by_payer[payer] = float((own.sum() + PRIOR_WINS * expected) / (len(own) + PRIOR_WINS))
    shown = np.array([by_payer[payer] for payer in payers])
    categories = facts.category[won].astype(str)
    factor = {}
    for category in np.unique(categories):
        rows = categories == category
        prior = PRIOR_CATEGORY_WINS * float(shown.mean())
        factor[str(category)] = float((share[rows].sum() + prior) / (shown[rows].sum() + prior))
    return RecoveredShares(overall=float(scale * usual[""]), by_payer=by_payer, category_factor=factor)


def learn_minutes(facts: AppealFacts) -> AppealMinutes:
    """Count and average the minutes written down, by level and category."""
    by_level: dict[str, dict[str, Recorded]] = {}
    written = np.isfinite(facts.minutes) & (facts.minutes > 0)
    for level in np.unique(facts.level[written]).tolist():
        at_level = written & (facts.level == level)
        by_level[str(level)] = {
            str(category): Recorded(count=int(rows.sum()), mean=float(facts.minutes[rows].mean()))
            for category in np.unique(facts.category[at_level].astype(str))
            if (rows := at_level & (facts.category == category)).any()
        }
    return AppealMinutes(by_level=by_level)


def learn_decision_days(facts: AppealFacts) -> DecisionDays:
    """Learn waits by Kaplan and Meier, so that what is pending or withdrawn counts for the days it waited, not as decided.

    A payer's own quantiles are pulled, on the scale of logarithms, to those of all payers at the level.
    """
    by_level, by_payer = {}, {}
    for level in np.unique(facts.level[facts.is_decided]).tolist():
        at_level = facts.level == level
        overall = _wait(facts, at_level)
        by_level[str(level)] = overall
        by_payer[str(level)] = {
            str(payer): _pulled(_wait(facts, own), overall, count=int(facts.is_decided[own].sum()))
            for payer in np.unique(facts.payer_id[at_level & facts.is_decided].astype(str))
            if (own := at_level & (facts.payer_id == payer)).any()
        }
    return DecisionDays(by_level=by_level, by_level_payer=by_payer)


def _allowed_shares(facts: AppealFacts) -> dict[str, float]:
    """Give each payer's allowed share of paid claims, pulled to the overall one, which stands under ""."""
    allowed, charged = sum(facts.allowed.values()), sum(facts.charged.values())
    overall = allowed / charged if charged else RecoveredShares().overall
    found = {"": overall}
    for payer, own in facts.charged.items():
        prior = PRIOR_CLAIMS * own / facts.paid_count[payer]
        found[payer] = (facts.allowed[payer] + prior * overall) / (own + prior)
    return found


def _wait(facts: AppealFacts, rows: Flags) -> Wait:
    waited, decided = facts.waited[rows], facts.is_decided[rows]
    return Wait(median=decided_by(waited, decided, MEDIAN), late=decided_by(waited, decided, LATE))


def decided_by(waited: NDArray[np.int64], is_decided: Flags, share: float) -> float:
    """Give the day by which a share is decided (Kaplan and Meier 1958); the longest wait where so many never were."""
    ends, at = np.unique(waited, return_inverse=True)
    decided = np.bincount(at, weights=is_decided, minlength=len(ends))
    waiting = len(waited) - np.concatenate(([0], np.cumsum(np.bincount(at, minlength=len(ends)))[:-1]))
    open_share = np.cumprod(1 - decided / waiting)
    reached = np.flatnonzero(open_share <= 1 - share + 1e-9)
    return float(ends[reached[0]] if len(reached) else ends[-1])


def _pulled(own: Wait, overall: Wait, *, count: int) -> Wait:
    weight = count / (count + PRIOR_DECIDED)

    def mean(one: float, other: float) -> float:
        return float(np.exp(weight * np.log(max(one, 1.0)) + (1 - weight) * np.log(max(other, 1.0))))

    return Wait(median=mean(own.median, overall.median), late=mean(own.late, overall.late))
