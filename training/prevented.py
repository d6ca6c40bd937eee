"""Owns what training makes of denials that were prevented.

Three things would teach a model that risky claims are safe. A claim mended apart from its form is paid with the same features. A
claim never sent has no outcome. And a claim that is mended on the form leaves behind, as it was, only those in which nobody found
a fault: they are denied less than claims like them.

`exclude`: claims whose score advised more than sending are left out, whatever became of them: whether a claim was flagged depends
on its features alone, so the others stay as they would be. Where hardly any was changed, held or reported on, nobody follows
advice, and nothing is left out.

`score` and `balance`: such a claim is learnt from as it was scored, and its outcome there is one of: denied, if it was denied all
the same; not denied, if somebody looked, found nothing and it was paid; else unknown, and drawn. By the score: with the
probability that was shown. By the balance: the denials that the scores expected of all claims acted on, less those that came,
are what the practice prevented; they are spread over the claims that were mended or never sent, more to those scored higher,
and what then is left over the claims of which nothing was told. A draw depends on the score's id alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.matrix import FeatureMatrix
from models.bundle import Json
from models.spec import PreventedRule
from training.acted import Act, ActedClaim
from training.newcomers import Newcomers

if TYPE_CHECKING:  # `training.dataset` imports this module
    from training.dataset import Dataset

UNKNOWN_KIND = "professional original"  # of a claim that was never sent
_MENDED = (Act.MENDED, Act.MENDED_APART, Act.NEVER_SENT)
_STEPS = 60


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Chances that claims of unknown outcome would have been denied, in their order, and how they came about."""

    chance: NDArray[np.float64]
    expected: float
    observed: int


def with_prevented(dataset: "Dataset", acted: Sequence[ActedClaim], rule: PreventedRule) -> "Dataset":
    """Give the rows that a model should learn from, given what was done because of scores. Rows stay in order of `sent`."""
    if not acted or rule.method == "ignore":
        return dataset
    if rule.method == "exclude":
        if sum(one.act is not Act.UNTOLD for one in acted) < rule.least_told * len(acted):
            return replace(dataset, prevented=_facts(rule, acted, None, drawn=0, added=0))
        sent = {one.submission_id for one in acted}
        kept = np.flatnonzero([key not in sent for key in dataset.matrix.ids])
        return replace(_kept(dataset, kept), prevented=_facts(rule, acted, None, drawn=0, added=0))
    unknown = [one for one in acted if _is_unknown(one)]
    balance = expected_denials(acted, unknown, most=rule.most) if rule.method == "balance" else None
    chance = np.array([one.probability for one in unknown]) if balance is None else balance.chance
    drawn = {one.score_id: draw(one, p) for one, p in zip(unknown, chance.tolist(), strict=True)}
    relabelled = _relabelled(dataset, acted, drawn)
    fits = [one for one in acted if one.features and one.feature_fingerprint == dataset.features.fingerprint]
    added = [one for one in fits if one.act in (Act.MENDED, Act.NEVER_SENT)]
    facts = _facts(rule, acted, balance, drawn=sum(bool(cause) for cause in drawn.values()), added=len(added))
    return replace(_with_rows(relabelled, added, drawn), prevented=facts)


def expected_denials(acted: Sequence[ActedClaim], unknown: Sequence[ActedClaim], *, most: float) -> Balance:
    """Spread the denials that were expected and did not come. No mended claim's chance on average exceeds `most`."""
    expected = sum(one.probability for one in acted)
    observed = sum(one.is_denied for one in acted)
    score = np.array([one.probability for one in unknown])
    is_mended = np.array([one.act in _MENDED for one in unknown], dtype=bool)
    chance = np.zeros(len(unknown))
    missing = max(0.0, expected - observed)
    if is_mended.any():
        mean = float(np.clip(missing / is_mended.sum(), score[is_mended].mean(), most))
        chance[is_mended] = shifted(score[is_mended], mean)
        missing -= mean * is_mended.sum()
    if missing > 0 and (~is_mended).any():
        mean = min(missing / (~is_mended).sum(), float(score[~is_mended].mean()))
        chance[~is_mended] = shifted(score[~is_mended], mean)
    return Balance(chance=chance, expected=expected, observed=observed)


def shifted(score: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    """Move the log-odds of scores together until their mean is `mean`."""
    clipped = np.clip(score, 1e-6, 1 - 1e-6)
    margin = np.log(clipped) - np.log1p(-clipped)
    low, high = -30.0, 30.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if float((1 / (1 + np.exp(-(margin + middle)))).mean()) < mean:
            low = middle
        else:
            high = middle
    return np.asarray(1 / (1 + np.exp(-(margin + low))), dtype=np.float64)


def draw(one: ActedClaim, chance: float) -> str:
    """Draw the cause that a claim would have been denied for, "" = it would not have been."""
    if _uniform(one.score_id, "denied") >= chance:
        return ""
    named = {cause: p for cause, p in one.causes.items() if cause in one.named_causes and p > 0}
    shares = named or {cause: p for cause, p in one.causes.items() if p > 0}
    if not shares:
        return ""
    reach = _uniform(one.score_id, "cause") * sum(shares.values())
    for cause, share in shares.items():
        reach -= share
        if reach <= 0:
            return cause
    return list(shares)[-1]


def _is_unknown(one: ActedClaim) -> bool:
    return not one.is_denied and one.act is not Act.LOOKED_AT


def _uniform(*parts: str) -> float:
    return int.from_bytes(sha256("/".join(parts).encode()).digest()[:6]) / 2**48


def _relabelled(dataset: "Dataset", acted: Sequence[ActedClaim], drawn: dict[str, str]) -> "Dataset":
    """Give the drawn outcomes to the rows that look as they did when they were scored."""
    position = {key: row for row, key in enumerate(dataset.matrix.ids.tolist())}
    label, cause, dollars = dataset.label.copy(), dataset.cause.copy(), dataset.outcome_amount.copy()
    share = _denied_share(dataset)
    for one in acted:
        row = position.get(one.submission_id)
        found = drawn.get(one.score_id, "")
        if row is not None and found and one.act in (Act.MENDED_APART, Act.UNTOLD):
            label[row], cause[row], dollars[row] = True, found, share * dataset.amount[row]
    return replace(dataset, label=label, cause=cause, outcome_amount=dollars)


def _with_rows(dataset: "Dataset", added: Sequence[ActedClaim], drawn: dict[str, str]) -> "Dataset":
    """Add the claims that look otherwise now, or were never sent, as they were scored."""
    if not added:
        return dataset
    position = {key: row for row, key in enumerate(dataset.matrix.ids.tolist())}
    at = [position.get(one.submission_id, -1) for one in added]
    causes = [_cause(one, row, dataset, drawn) for one, row in zip(added, at, strict=True)]
    label = np.array([bool(cause) for cause in causes], dtype=bool)
    amount = np.array([one.charge for one in added])
    kinds = dataset.claim_kind
    more = replace(
        dataset,
        matrix=FeatureMatrix(
            values=np.array([one.features for one in added]),
            names=dataset.matrix.names,
            ids=np.array([f"scored {one.score_id}" for one in added], dtype=object),
        ),
        claim_ids=np.array([one.claim_id for one in added], dtype=object),
        payer_id=np.array([one.payer_id for one in added], dtype=object),
        group=np.array([dataset.group[row] if row >= 0 else "" for row in at], dtype=object),
        sent=np.array([one.scored for one in added], dtype=np.int64),
        known=np.array([one.settled for one in added], dtype=np.int64),
        label=label,
        cause=np.array(causes, dtype=object),
        amount=amount,
        outcome_amount=np.where(label, _denied_share(dataset) * amount, 0.0),
        newcomers=None,
        claim_kind=None if kinds is None else np.array([kinds[r] if r >= 0 else UNKNOWN_KIND for r in at], dtype=object),
    )
    return _joined(dataset, more)


def _cause(one: ActedClaim, row: int, dataset: "Dataset", drawn: dict[str, str]) -> str:
    if one.is_denied:
        return str(dataset.cause[row]) if row >= 0 else ""
    return drawn.get(one.score_id, "")


def _joined(dataset: "Dataset", more: "Dataset") -> "Dataset":
    names = ("claim_ids", "payer_id", "group", "sent", "known", "label", "cause", "amount", "outcome_amount")
    joined: dict[str, Any] = {name: np.concatenate([getattr(dataset, name), getattr(more, name)]) for name in names}
    if dataset.claim_kind is not None and more.claim_kind is not None:
        joined["claim_kind"] = np.concatenate([dataset.claim_kind, more.claim_kind])
    matrix = FeatureMatrix(
        values=np.concatenate([dataset.matrix.values, more.matrix.values]),
        names=dataset.matrix.names,
        ids=np.concatenate([dataset.matrix.ids, more.matrix.ids]),
    )
    return _kept(replace(dataset, matrix=matrix, **joined), np.argsort(joined["sent"], kind="stable"))


def _kept(dataset: "Dataset", rows: NDArray[np.int64]) -> "Dataset":
    """Take rows, and the newcomers copied from them along."""
    newcomers = dataset.newcomers
    taken = dataset.take(rows)
    if newcomers is None:
        return taken
    place = np.full(len(dataset), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    copied = place[newcomers.copied]
    stays = np.flatnonzero(copied >= 0)
    stays = stays[np.argsort(copied[stays], kind="stable")]
    return replace(taken, newcomers=Newcomers(copied=copied[stays], matrix=newcomers.matrix.take(stays)))


def _denied_share(dataset: "Dataset") -> float:
    charged = float(dataset.amount[dataset.label].sum())
    return float(dataset.outcome_amount[dataset.label].sum()) / charged if charged else 1.0


def _facts(
    rule: PreventedRule, acted: Sequence[ActedClaim], balance: Balance | None, *, drawn: int, added: int
) -> dict[str, Json]:
    counts: dict[str, Json] = {f"prevented_{act.value}": sum(one.act is act for one in acted) for act in Act}
    facts: dict[str, Json] = {"prevented_method": rule.method, "prevented_acted_on": len(acted), **counts}
    if balance is not None:
        facts |= {"prevented_expected_denials": round(balance.expected, 1), "prevented_observed_denials": balance.observed}
    return facts | {"prevented_drawn_denials": drawn, "prevented_added_rows": added}
