"""Play a practice that asks the model before it sends, week by week as of the day, and keep the log that a service would keep.

Months 1 to 18 are as ever; then a model is trained on them and asked for six months; then nobody asks it any more for three,
so that what those claims run into is what the payers do. The twin is the same world in which nobody ever asked.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from claims.claim import Claim
from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from claims.score_log.action import ActionKind, ClaimAction
from claims.score_log.log import ScoreLog
from models.bundle import ModelBundle
from serving.advice import FIX_THEN_SEND, HOLD
from serving.bundles import DENIAL_RISK
from serving.score_rows import entries, score_row, score_table
from serving.scoring import ScoredClaim, Scorer, denied_shares
from serving.settings import Settings
from serving.state import Snapshot
from simulator.review import (
    FIX,
    INVISIBLE,
    LOOK,
    NOTHING_FOUND,
    SEND,
    WITHHELD,
    Advice,
    Advised,
    StaffAct,
    StaffHabits,
    WriteFiles,
)
from simulator.run import simulate
from training.pipeline import train_model

START = date(2023, 1, 1)
FOLLOWED_FROM, FOLLOWED_TO, MONTHS = date(2024, 7, 1), date(2024, 12, 31), 27
HELD_OUT_FROM = date(2025, 1, 1)
REPORTED = 0.7  # of what staff does and no field shows
_SENT_APART = {"records", "necessity"}


@dataclass(frozen=True, kw_only=True)
class Played:
    """Where one played world stands."""

    world: Path
    home: Home
    bundle: Path | None  # of the model that was asked


class ModelReviewer:
    """Asks the model as a service would: a scorer over the history of last week's evening, every score in the log."""

    def __init__(self, home: Home, *, seed: int) -> None:
        self.acts: list[StaffAct] = []
        self.bundle: Path | None = None
        self._home = home
        self._settings = Settings(home_path=home.path)
        self._hasher = PersonHasher(load_or_create_key(home.person_key))
        self._log = ScoreLog(home.history_uri)
        self._random = Random(f"{seed}/reports")  # noqa: S311
        self._week = -1
        self._scorer: Scorer | None = None

    def review(self, day: int, claims: Sequence[Claim], write_files: WriteFiles) -> Sequence[Advice]:
        """Score a day's claims, log every score, and say what to do."""
        scorer = self._current(day, write_files)
        scored = scorer.score(claims, hasher=self._hasher)
        found = entries(
            scored,
            claims,
            request_id=f"day-{day}",
            source="api",
            feature_fingerprint=scorer.feature_fingerprint,
            scored_at=_at(day, hour=8),
            as_of=None,
            latency_ms=0.0,
        )
        self._log.append(score_table([score_row(entry, hasher=self._hasher) for entry in found]))
        return [_advice(one) for one in scored]

    def told(self, act: StaffAct) -> None:
        """Keep what was done; report most of what no field shows."""
        self.acts.append(act)
        kind = _reported_as(act)
        if kind is not None and self._random.random() < REPORTED:
            action = ClaimAction(
                patient_control_number=act.number,
                payer_id=act.payer_id,
                by="staff",
                action=kind,
                fix=None,
                acted_on=date.fromordinal(act.day),
                reported_at=_at(act.day, hour=12),
            )
            self._log.report([action])

    def _current(self, day: int, write_files: WriteFiles) -> Scorer:
        week = (day - FOLLOWED_FROM.toordinal()) // 7
        if self._scorer is not None and week == self._week:
            return self._scorer
        self._week = week
        ingest_paths([write_files(day)], home=self._home, now=_at(day, hour=6))
        if self.bundle is None:
            self.bundle = train_model(DENIAL_RISK, home=self._home, now=_at(day, hour=6), as_of=FOLLOWED_FROM).bundle_dir
        snapshot = Snapshot.read(HistoryStore(self._home.history_uri), before=date.fromordinal(day))
        self._scorer = Scorer(
            ModelBundle.load(self.bundle),
            snapshot.history,
            denied_shares=denied_shares(snapshot.adjudication, snapshot.claims.claims),
            settings=self._settings,
        )
        return self._scorer


def play(folder: Path, *, claims: int, seed: int, is_advised: bool) -> Played:
    """Play one world, or take it up where it was played before."""
    name = "followed" if is_advised else "twin"
    world, home = folder / f"{name}-{seed}", Home(folder / f"{name}-home-{seed}")
    done = home.path / "played.json"
    if not done.is_file():
        reviewer = ModelReviewer(home, seed=seed)
        habits = StaffHabits()
        advised = Advised(reviewer=reviewer, from_day=FOLLOWED_FROM.toordinal(), to_day=FOLLOWED_TO.toordinal(), habits=habits)
        simulate(world, claims=claims, months=MONTHS, seed=seed, start=START, advised=advised if is_advised else None)
        ingest_paths([world], home=home, now=datetime(2025, 4, 1, 6, tzinfo=UTC))
        facts = {
            "bundle": str(reviewer.bundle or ""),
            "habits": asdict(habits),
            "reported": REPORTED,
            "acts": [asdict(act) for act in reviewer.acts],
        }
        done.write_text(json.dumps(facts), encoding="utf-8")
    bundle = json.loads(done.read_text(encoding="utf-8"))["bundle"]
    return Played(world=world, home=home, bundle=Path(bundle) if bundle else None)


def read_acts(played: Played) -> list[StaffAct]:
    """Read what the staff of a played world did."""
    facts = json.loads((played.home.path / "played.json").read_text(encoding="utf-8"))
    return [StaffAct(**act) for act in facts["acts"]]


def _advice(scored: ScoredClaim) -> Advice:
    if scored.advice == FIX_THEN_SEND and scored.fixes is not None:
        causes = {cause for change in scored.fixes.changes for cause in change.fix.causes}
        return Advice(action=FIX, causes=tuple(sorted(causes)))
    return Advice(action=LOOK if scored.advice == HOLD else SEND)


def _reported_as(act: StaffAct) -> ActionKind | None:
    if act.kind == INVISIBLE:
        return ActionKind.DOCUMENTS_SENT if act.edit in _SENT_APART else ActionKind.CORRECTED
    return {WITHHELD: ActionKind.WITHHELD, NOTHING_FOUND: ActionKind.NOTHING_FOUND}.get(act.kind)


def _at(day: int, *, hour: int) -> datetime:
    on = date.fromordinal(day)
    return datetime(on.year, on.month, on.day, hour, tzinfo=UTC)
