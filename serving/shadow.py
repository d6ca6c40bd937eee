"""Owns the challenger in service: it scores behind the requests what the champion answered, and never has a say in an answer.

Claims wait in a bounded line for one thread. What finds no room, fails or cannot be written is dropped and counted; no request
waits, fails or changes for it. What it says goes to a table of its own (`claims.score_log.schema.SHADOWS`).
"""

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Condition, Thread
from typing import TYPE_CHECKING
from zlib import crc32

import pyarrow as pa
from deltalake.exceptions import DeltaError

from claims.claim import Claim
from claims.home import Home
from claims.privacy import PersonHasher
from claims.score_log.log import ScoreLog
from claims.score_log.schema import SHADOWS
from models.errors import BundleError
from models.registered import CHALLENGER
from serving.bundles import InstalledBundle, fetch_registered, forget_challenger, load_installed
from serving.errors import NoModel, RegistryUnreachable
from serving.score_rows import score_id
from serving.scoring import Depth, Scorer, denied_shares
from serving.settings import Settings

if TYPE_CHECKING:
    from serving.state import Snapshot

MOST_WAITING = 2_000  # claims
AT_ONCE = 16  # claims, before requests have their turn
ROWS_PER_WRITE = 2_000
PAUSE_SECONDS = 0.002
SCORED, DROPPED, FAILED = "scored", "dropped", "failed"

log = logging.getLogger("denials.shadow")


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    score_id: str
    claim: Claim
    beside: "Snapshot"  # the history that the champion looked back on


class Shadow:
    """The challenger of one model. Safe to call from any thread."""

    def __init__(
        self, settings: Settings, *, score_log: ScoreLog, hasher: PersonHasher, count: Callable[[str, int], None], of_model: str
    ) -> None:
        self._settings, self._log, self._hasher, self._count, self._name = settings, score_log, hasher, count, of_model
        self._waiting: deque[_Waiting] = deque()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._is_closing = False
        self._rows: list[dict[str, object]] = []
        self._written_at = time.monotonic()
        self._scorer: tuple[InstalledBundle, Snapshot, Scorer] | None = None
        self.challenger: InstalledBundle | None = None
        self.trouble = ""
        self._take_up(lambda: load_installed(settings.home, of_model, CHALLENGER))

    @property
    def is_on(self) -> bool:
        """Tell whether claims are scored: there is a challenger, a share for it, and a log to keep what it says."""
        return self.challenger is not None and self._settings.shadow_share > 0 and self._settings.score_log

    def follow(self) -> None:
        """Take up the registry's challenger, or that there is none. Trouble is logged and shown; the one before stays."""
        self._take_up(lambda: fetch_registered(self._settings.home, self._name, installed=self.challenger, alias=CHALLENGER))
        if self.challenger is None and not self.trouble:
            forget_challenger(self._settings.home, self._name)

    def offer(self, claims: Sequence[Claim], *, key: str, beside: "Snapshot") -> None:
        """Let the challenger score the claims of a request whose scores are logged under `key`, if there is room."""
        if not self.is_on:
            return
        share = self._settings.shadow_share
        found = [
            _Waiting(score_id=score_id(key, at), claim=claim, beside=beside)
            for at, claim in enumerate(claims)
            if is_sampled(claim.patient_control_number, share)
        ]
        with self._changed:
            room = max(0, MOST_WAITING - len(self._waiting)) if not self._is_closing else 0
            self._waiting.extend(found[:room])
            if self._thread is None and not self._is_closing:
                self._thread = Thread(target=self._run, name="shadow", daemon=True)
                self._thread.start()
            self._changed.notify()
        if len(found) > room:
            self._count(DROPPED, len(found) - room)

    def close(self) -> None:
        """Write what was scored and stop; claims that still wait are dropped."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _take_up(self, find: Callable[[], InstalledBundle]) -> None:
        try:
            found = find()
            if found is not self.challenger:
                found.bundle.warm_up()
            self.challenger, self.trouble = found, ""
        except NoModel:
            self.challenger, self.trouble = None, ""
        except (RegistryUnreachable, BundleError) as error:
            if self.trouble != type(error).__name__:  # once, not on every turn
                log.warning("the challenger stays as it is: %s", error)
            self.trouble = type(error).__name__

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing or bool(self._waiting), timeout=self._settings.score_log_seconds)
                if self._is_closing and self._waiting:
                    self._count(DROPPED, len(self._waiting))
                    self._waiting.clear()
                part = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
                is_closing = self._is_closing
            for snapshot in {id(one.beside): one.beside for one in part}.values():
                self._score([one for one in part if one.beside is snapshot], snapshot)
            is_due = time.monotonic() - self._written_at >= self._settings.score_log_seconds
            if self._rows and (is_closing or is_due or len(self._rows) >= ROWS_PER_WRITE):
                self._write()
            if is_closing:
                return
            time.sleep(PAUSE_SECONDS)

    def _score(self, part: Sequence[_Waiting], snapshot: "Snapshot") -> None:
        challenger = self.challenger
        if challenger is None:  # it was withdrawn meanwhile
            self._count(DROPPED, len(part))
            return
        try:
            scorer = self._scorer_of(challenger, snapshot)
            scored = scorer.score([one.claim for one in part], hasher=self._hasher, depth=Depth.SCORE)
        except Exception as error:  # noqa: BLE001  whatever a model on trial does wrong stays here
            log.error("the challenger failed on %d claims: %s", len(part), type(error).__name__)
            self._count(FAILED, len(part))
            return
        now = datetime.now(UTC)
        self._rows += [
            {
                "score_id": one.score_id,
                "scored_at": now,
                "as_of": one.claim.submitted_on,
                "patient_control_number": one.claim.patient_control_number,
                "model_version": said.model_version,
                "denial_probability": said.denial_probability,
                "expected_denied_amount": said.expected_denied_amount,
            }
            for one, said in zip(part, scored, strict=True)
        ]

    def _scorer_of(self, challenger: InstalledBundle, snapshot: "Snapshot") -> Scorer:
        known = self._scorer
        if known is None or known[0] is not challenger or known[1] is not snapshot:
            shares = denied_shares(snapshot.adjudication, snapshot.claims.claims)
            scorer = Scorer(challenger.bundle, snapshot.history, denied_shares=shares, settings=self._settings)
            known = self._scorer = (challenger, snapshot, scorer)
        return known[2]

    def _write(self) -> None:
        rows, self._rows = self._rows, []
        self._written_at = time.monotonic()
        try:
            self._log.append_shadows(pa.Table.from_pylist(rows, schema=SHADOWS))
        except (DeltaError, OSError) as error:
            log.error("score log: %d scores of the challenger not written: %s", len(rows), type(error).__name__)
            self._count(DROPPED, len(rows))
            return
        self._count(SCORED, len(rows))


def read_live(home: Home, name: str, champion: InstalledBundle, challenger: InstalledBundle) -> dict[str, object] | None:
    """Read what the last comparison on live outcomes found of these two; `None` where there was none."""
    try:
        kept = json.loads(home.last_comparison.read_text(encoding="utf-8"))[name]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    pair = [f"{name}-{one.bundle.version}" for one in (champion, challenger)]
    return dict(kept) if [kept.get("champion"), kept.get("challenger")] == pair else None


def is_sampled(claim_number: str, share: float) -> bool:
    """Tell whether a claim belongs to the share: always the same answer for one claim, so that all its versions are compared."""
    return crc32(claim_number.encode()) < share * 2**32
