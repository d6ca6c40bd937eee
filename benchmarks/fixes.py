"""Measure proposed fixes: simulate, train, propose for later claims, adjudicate those that were denied again as changed.

Run: `python -m benchmarks.fixes [--claims N] [--months M] [--seeds 51 52] [--keep DIR]`. The model knows nothing of the
last four months; proposals are for claims sent from then on, from what was known before each. "Removed" is the share of
proposals after which the planted cause no longer denies: a cause that fired with chance p and would now fire with chance q fires
again with q / p, drawn alike. Figures go to benchmarks/results/fixes.json.
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from claims.claim import Claim
from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from claims.root_cause import root_causes
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction
from features.batch import ClaimBatch, numbers
from features.evaluation import Evaluation
from features.history import History
from features.matrix import build_matrix
from models.bundle import Json, ModelBundle
from models.costs import Costs
from models.denied_share import ANY
from serving.advice import costs_of
from serving.bundles import DENIAL_RISK
from serving.certain_edits import certain_edits
from serving.fixes import FixSearch, Proposal, RiskyClaim
from serving.scoring import denied_shares
from serving.settings import Settings
from serving.state import Snapshot
from simulator.readjudication import ChangedClaim, SecondOpinion, SubmissionKey, key_of, readjudicate
from simulator.run import simulate
from training.pipeline import train_model

RESULTS = Path(__file__).parent / "results" / "fixes.json"
START, HELD_OUT_MONTHS = date(2024, 1, 1), 4
BUNDLE = "bundle.txt"  # in a kept home: where its model stands
TOP = 3
ALL, AIMED = "all_proposals", "proposals_aimed_at_the_planted_cause"
Denied = dict[SubmissionKey, str]  # -> planted cause; "" = not denied


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was proposed for the later claims of one world."""

    claims: list[Claim]
    above: set[SubmissionKey]
    proposals: dict[SubmissionKey, Proposal]
    certain: dict[SubmissionKey, tuple[str, ...]]
    seconds: float


def measure_world(folder: Path, *, claims: int, months: int, seed: int) -> dict[str, Json]:
    """Run one world through the whole path."""
    world, home = folder / f"fixes-world-{seed}", Home(folder / f"fixes-home-{seed}")
    cut = _months_on(START, months - HELD_OUT_MONTHS)
    bundle = _trained(world, home, claims=claims, months=months, seed=seed, cut=cut)
    hasher = PersonHasher(load_or_create_key(home.person_key))
    sent = list(_claims(world))
    known = _known(home, bundle, [claim for claim in sent if claim.submitted_on >= cut], hasher, cut=cut)
    members = _member_ids(sent, world, hasher)
    reports = []
    for settings in (Settings(home_path=home.path), Settings(home_path=home.path, least_relief=0.0)):
        found = _propose(known, costs_of(settings))
        changes = {key: _changed(proposal, members) for key, proposal in found.proposals.items()}
        opinions = readjudicate(changes, claims=claims, months=months, seed=seed, start=START)
        reports.append(_report(found, opinions, _denied(world, cut)) | {"least_relief": settings.least_relief})
    kept = ("least_relief", "proposals", "denied_with_proposal", "removed_expected_by_the_model", ALL, AIMED)
    return reports[0] | {"threshold_alone": {name: reports[1][name] for name in kept}}


def _trained(world: Path, home: Home, *, claims: int, months: int, seed: int, cut: date) -> ModelBundle:
    kept = home.path / BUNDLE
    if not kept.is_file():
        simulate(world, claims=claims, months=months, seed=seed, start=START)
        now = datetime.now(UTC)
        ingest_paths([world], home=home, now=now)
        kept.write_text(str(train_model(DENIAL_RISK, home=home, now=now, as_of=cut).bundle_dir))
    return ModelBundle.load(Path(kept.read_text()))


def _claims(world: Path) -> Iterable[Claim]:
    for path in sorted((world / "837").iterdir()):
        for transaction in read_file(path).transactions:
            if isinstance(transaction, ClaimTransaction):
                yield from transaction.claims


@dataclass(frozen=True, kw_only=True)
class _Known:
    """The later claims of a world with what the model says of them and what the practice knew."""

    claims: list[Claim]
    batch: ClaimBatch
    history: History
    bundle: ModelBundle
    hasher: PersonHasher
    share: np.ndarray
    by_cause: np.ndarray


def _known(home: Home, bundle: ModelBundle, claims: list[Claim], hasher: PersonHasher, *, cut: date) -> _Known:
    store = HistoryStore(home.history_uri)
    before = Snapshot.read(store, before=cut)
    learned = denied_shares(before.adjudication, before.claims.claims)
    history = Snapshot.read(store).history
    batch = ClaimBatch.from_claims(claims, hasher=hasher)
    return _Known(
        claims=claims,
        batch=batch,
        history=history,
        bundle=bundle,
        hasher=hasher,
        share=np.array([learned.get(cause, learned[ANY]) for cause in bundle.causes]),
        by_cause=bundle.predict_causes(build_matrix(batch, history, bundle.feature_names)),
    )


def _propose(known: _Known, costs: Costs) -> Found:
    claims, probability = known.claims, known.by_cause.sum(axis=1)
    at_risk = (known.by_cause * known.share).sum(axis=1) * numbers(known.batch.claims["charge_amount"])
    money = list(zip(probability.tolist(), at_risk.tolist(), strict=True))
    rows = np.array([row for row, (chance, dollars) in enumerate(money) if chance >= costs.threshold(chance, dollars)])
    risky = [
        RiskyClaim(
            row=at,
            claim=claims[row],
            probability=money[row][0],
            target=costs.target(*money[row]),
            causes=_top_causes(known.bundle, known.by_cause[row]),
        )
        for at, row in enumerate(rows)
    ]
    search = FixSearch(known.bundle, known.history, learned_share=known.share)
    began = time.perf_counter()
    proposals = search.propose(risky, known.batch.take(rows), hasher=known.hasher)
    seconds = time.perf_counter() - began
    edits = certain_edits(claims, Evaluation(known.batch, known.history))
    return Found(
        claims=claims,
        above={key_of(claims[row]) for row in rows},
        proposals={key_of(claims[rows[at]]): proposal for at, proposal in proposals.items()},
        certain={key_of(claim): tuple(e.id for e in own if e.is_denial) for claim, own in zip(claims, edits, strict=True)},
        seconds=seconds,
    )


def _top_causes(bundle: ModelBundle, chances: np.ndarray) -> tuple[str, ...]:
    ranked = [bundle.causes[at] for at in np.argsort(-chances, kind="stable")]
    return tuple(cause for cause in ranked if cause in root_causes())[:TOP]


def _member_ids(claims: Sequence[Claim], world: Path, hasher: PersonHasher) -> dict[str, str]:
    """Read member ids off the practice's own files, as a biller would: our history knows their hashes alone."""
    ids = {claim.subscriber.person.member_id or "" for claim in claims}
    with (world / "csv" / "eligibility.csv").open(encoding="utf-8") as handle:
        ids |= {row["subscriber_id"] for row in csv.DictReader(handle)}
    return {hasher.subscriber_key(member) or "": member for member in ids if member}


def _changed(proposal: Proposal, members: dict[str, str]) -> ChangedClaim:
    made = {change.fix_id for change in proposal.changes}
    claim = proposal.claim
    for change in proposal.changes:
        if change.member is not None:
            person = replace(claim.subscriber.person, member_id=members[change.member.subscriber_key])
            claim = replace(claim, subscriber=replace(claim.subscriber, person=person))
    return ChangedClaim(
        claim=claim,
        authorized=any(change.fix_id == "authorization_number" and not change.is_on_file for change in proposal.changes),
        verified="eligibility_check" in made,
        enrolled="enrollment_hold" in made,
    )


def _denied(world: Path, cut: date) -> Denied:
    rows = pq.read_table(world / "truth" / "claims.parquet").to_pylist()
    return {
        (row["claim_id"], row["submitted_on"], row["frequency_code"]): row["cause"] or ""
        for row in rows
        if row["submitted_on"] >= cut and not row["rejected"]
    }


def _report(found: Found, opinions: dict[SubmissionKey, SecondOpinion], denied: Denied) -> dict[str, Json]:
    causes = {key: cause for key, cause in denied.items() if cause}
    proposed = {key: found.proposals[key] for key in opinions}
    aimed = {key: one for key, one in opinions.items() if _aims_at(proposed[key], one.cause)}
    return {
        "claims": len(found.claims),
        "above_threshold": len(found.above),
        "proposals": len(found.proposals),
        "search_seconds": round(found.seconds, 1),
        "denied": len(causes),
        "denied_above_threshold": len(found.above & set(causes)),
        "denied_with_proposal": len(opinions),
        "denials_expected_of_claims_with_proposal": _rounded(sum(one.probability_before for one in found.proposals.values())),
        "denials_of_claims_with_proposal": sum(1 for key in found.proposals if causes.get(key)),
        "denial_probability_of_denied_with_proposal": {
            "model_before": _mean(one.probability_before for one in proposed.values()),
            "model_after": _mean(one.probability_after for one in proposed.values()),
            "exact_before": _mean(one.denial_before for one in opinions.values()),
            "exact_after": _mean(one.denial_after for one in opinions.values()),
        },
        ALL: _summary(opinions.values()),
        AIMED: _summary(aimed.values()),
        "removed_expected_by_the_model": _mean(1.0 - one.probability_after / one.probability_before for one in proposed.values()),
        "by_planted_cause": {cause: _of_cause(cause, found, causes, opinions, aimed) for cause in sorted(set(causes.values()))},
        "by_fix": _by_fix(proposed, opinions),
        "certain": _certain(found, denied),
    }


def _of_cause(
    cause: str,
    found: Found,
    causes: Denied,
    opinions: dict[SubmissionKey, SecondOpinion],
    aimed: dict[SubmissionKey, SecondOpinion],
) -> dict[str, Json]:
    denied = {key for key, own in causes.items() if own == cause}
    return {
        "denied": len(denied),
        "above_threshold": len(denied & found.above),
        "aimed": len(denied & set(aimed)),
        **_summary(one for one in opinions.values() if one.cause == cause),
    }


def _certain(found: Found, denied: Denied) -> dict[str, Json]:
    """Say how many claims with a certain edit were denied, for whatever cause: overall, and by edit with their number."""
    keys = [key for key, ids in found.certain.items() if ids and key in denied]
    by_edit: dict[str, list[bool]] = defaultdict(list)
    for key in keys:
        for edit in found.certain[key]:
            by_edit[edit].append(bool(denied[key]))
    return {
        "claims": len(keys),
        "denied_share": _mean(bool(denied[key]) for key in keys),
        "by_edit": {edit: [len(outcomes), _mean(outcomes)] for edit, outcomes in sorted(by_edit.items())},
    }


def _aims_at(proposal: Proposal, cause: str) -> bool:
    return any(cause in change.fix.causes for change in proposal.changes)


def _by_fix(proposed: dict[SubmissionKey, Proposal], opinions: dict[SubmissionKey, SecondOpinion]) -> dict[str, Json]:
    """Summarize the proposals that hold a fix, alone or with others."""
    groups: dict[str, list[SecondOpinion]] = defaultdict(list)
    for key, proposal in proposed.items():
        for label in {_label(change.fix_id, change.is_on_file) for change in proposal.changes}:
            groups[label].append(opinions[key])
    return {name: _summary(own) for name, own in sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))}


def _label(fix_id: str, is_on_file: bool) -> str:
    return fix_id if is_on_file else f"{fix_id}, to obtain"


def _summary(opinions: Iterable[SecondOpinion]) -> dict[str, Json]:
    own = list(opinions)
    removed = [1.0 - min(1.0, one.cause_after / one.cause_before) for one in own]
    return {
        "proposals": len(own),
        "removed": _mean(1.0 if one.is_withheld else share for one, share in zip(own, removed, strict=True)),
        "removed_nine_tenths": _mean(one.is_withheld or share >= 0.9 for one, share in zip(own, removed, strict=True)),
        "withheld": sum(one.is_withheld for one in own),
    }


def _mean(values: Iterable[float]) -> float | None:
    own = list(values)
    return _rounded(sum(own) / len(own)) if own else None


def _rounded(value: float) -> float:
    return round(float(value), 3)


def _months_on(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, 1)


def main() -> int:
    """Measure every world and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--seeds", type=int, nargs="+", default=[51, 52])
    parser.add_argument("--keep", type=Path, help="keep worlds and homes here instead of throwing them away")
    chosen = parser.parse_args()
    worlds: dict[str, Json] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for seed in chosen.seeds:
            worlds[str(seed)] = measure_world(chosen.keep or Path(scratch), claims=chosen.claims, months=chosen.months, seed=seed)
            print(json.dumps({seed: worlds[str(seed)]}, indent=1), flush=True)
    found = {"claims": chosen.claims, "months": chosen.months, "start": START.isoformat(), "worlds": worlds}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
