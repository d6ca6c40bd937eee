"""Owns what a running service holds: settings, store, a snapshot of the history, models. Swapped, never changed."""

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property, partial
from threading import Lock

import pyarrow as pa

from claims.adjudication import Adjudication, adjudicate
from claims.draw_log import DRAW_LOG
from claims.history.store import HistoryStore
from claims.payer_rules import PayerRules, payer_rules
from claims.privacy import PersonHasher, load_or_create_key
from claims.score_log.log import ScoreLog
from claims.underpayments import find_underpayments
from features.batch import ClaimBatch
from features.history import History
from models.errors import BundleError
from serving.batching import ScoreBatcher
from serving.bundles import APPEAL_SUCCESS, DENIAL_RISK, InstalledBundle, fetch_registered, load_champion
from serving.database.connection import open_database
from serving.errors import NoHistory, NoModel, RegistryUnreachable
from serving.observability.metrics import Metrics
from serving.own_files import OwnFiles
from serving.score_recorder import ScoreRecorder
from serving.scoring import Scorer, denied_shares
from serving.security.service_key import ServiceKey
from serving.settings import Settings
from serving.shadow import Shadow
from serving.webhooks.dispatcher import Dispatcher
from serving.webhooks.store import WebhookStore
from serving.work_queue.day_plan import Exploring, places_of, plan_day, team_of
from serving.work_queue.items import arrived_items
from serving.work_queue.limits import WARNING_DAYS
from serving.work_queue.minute_price import PRICE_DAYS
from serving.work_queue.plan import NO_WORK, arrived_work
from serving.work_queue.schedule import Jobs
from serving.work_queue.store import WorkQueueStore
from serving.work_queue.worklist import Worklist, make_worklist

log = logging.getLogger("denials.state")
NOT_ASKED, IN_STEP = "not asked yet: the last verified models serve", "in step"


class Standing(StrEnum):
    """Of the stored work queue to the history and day in service."""

    COMING = "being brought in step; its calls wait for that"
    IN_STEP = "in step"
    FAILED = "not in step: the last try failed; its calls try again"


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The history as it was read at one moment."""

    adjudication: Adjudication
    claims: ClaimBatch
    history: History
    rules: PayerRules  # with the practice's own files, which no model sees
    find_underpayments: Callable[[], pa.Table]  # in the same version of the history
    read_at: datetime

    @classmethod
    def read(cls, store: HistoryStore, *, before: date | None = None, own: OwnFiles | None = None) -> "Snapshot":
        """Read all that was known before a day (`None` = all that is committed). Raises: NoHistory."""
        own = own or OwnFiles()
        store = store.pinned()
        claims = store.read("claims", before=before)
        if not claims.num_rows:
            raise NoHistory(store.uri)
        adjudication = adjudicate(store, before=before)
        batch = ClaimBatch.from_tables(claims, store.read("claim_lines", before=before))
        history = History.from_parts(store, adjudication=adjudication, batch=batch, before=before)
        return cls(
            adjudication=adjudication,
            claims=batch,
            history=history,
            rules=payer_rules(store.read("payers", before=before), own.rules),
            find_underpayments=partial(find_underpayments, store, adjudication, before=before, fees=own.fees),
            read_at=datetime.now(UTC),
        )

    @cached_property
    def underpayments(self) -> pa.Table:
        """Give the underpaid answers, found when first asked for: the work queue needs them, a score does not."""
        return self.find_underpayments()


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Everything that answers one request, consistent with itself."""

    snapshot: Snapshot
    denial_risk: InstalledBundle
    appeal_success: InstalledBundle | None
    scorer: Scorer


def sync_work_queue(
    store: WorkQueueStore,
    snapshot: Snapshot,
    appeal_success: InstalledBundle | None,
    *,
    as_of: date,
    now: datetime,
    warning_days: tuple[int, ...] = WARNING_DAYS,
) -> None:
    """Bring the stored work queue in step with a history and a day; idempotent."""
    made = read_worklist(snapshot, appeal_success, as_of=as_of, warning_days=warning_days)
    store.sync(made.items, made.closings, now=now, as_of=as_of)


def read_worklist(
    snapshot: Snapshot, appeal_success: InstalledBundle | None, *, as_of: date, warning_days: tuple[int, ...] = WARNING_DAYS
) -> Worklist:
    """Make the work of a day from a history: items of every kind, and what ended."""
    return make_worklist(
        snapshot.adjudication,
        snapshot.claims,
        snapshot.history,
        snapshot.underpayments,
        appeal_success.bundle if appeal_success else None,
        rules=snapshot.rules,
        as_of=as_of,
        warning_days=warning_days,
    )


def exploring_in(snapshot: Snapshot, settings: Settings) -> Exploring:
    """Say where draws by lot come from and where they are kept."""
    return Exploring(
        adjudication=snapshot.adjudication,
        claims=snapshot.claims,
        history=snapshot.history,
        share=settings.explored_share,
        log=settings.home.logs / DRAW_LOG,
    )


def read_arrived(snapshot: Snapshot, appeal_success: InstalledBundle | None, *, as_of: date) -> Jobs:
    """Give the work that came in over the last `PRICE_DAYS`."""
    bundle = appeal_success.bundle if appeal_success else None
    items = arrived_items(
        snapshot.adjudication, snapshot.claims, snapshot.history, bundle, as_of=as_of, days=PRICE_DAYS, rules=snapshot.rules
    )
    return arrived_work(items)


class ServiceState:
    """The one mutable thing of a service: which `Serving` answers now. A swap is one assignment."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = HistoryStore(settings.home.history_uri)
        person_key = load_or_create_key(settings.home.person_key)
        self.hasher = PersonHasher(person_key)
        self.cursor_key = hmac.digest(person_key, b"cursors of the work queue", "sha256")
        self.database = open_database(settings.home.database_url)
        self._work_queue = WorkQueueStore(self.database, lease=timedelta(minutes=settings.lease_minutes))
        self.service_key = ServiceKey.load(settings.home.service_key)
        self.webhooks = WebhookStore(self.database)
        self.dispatcher = Dispatcher(self.webhooks, self.service_key, settings)
        self.score_log = ScoreLog(settings.home.history_uri)
        self.metrics = Metrics()
        self.recorder = ScoreRecorder(
            self.score_log, hasher=self.hasher, wait_seconds=settings.score_log_seconds, is_on=settings.score_log
        )
        self.shadow = Shadow(
            settings, score_log=self.score_log, hasher=self.hasher, count=self.metrics.count_shadow, of_model=DENIAL_RISK
        )
        self.batcher = ScoreBatcher()
        self._swap = Lock()
        self._sync = Lock()
        self._synced: tuple[Serving, date] | None = None
        self._arrived = NO_WORK
        self._queue_standing = Standing.COMING
        self._registry = NOT_ASKED
        self._serving = self._assemble(
            Snapshot.read(self.store, own=OwnFiles.read(settings.home)),
            *self._first_models(),
        )

    @property
    def serving(self) -> Serving:
        """Give what answers now; hold on to it for the length of a request."""
        return self._serving

    @property
    def snapshot(self) -> Snapshot:
        """Give the history as it stands in service."""
        return self._serving.snapshot

    @property
    def scorer(self) -> Scorer:
        """Give the scorer in service."""
        return self._serving.scorer

    @property
    def work_queue(self) -> WorkQueueStore:
        """Give the work queue in step with the history in service and with today, which moves deadlines and chances."""
        wanted = (self._serving, self.settings.current_day())
        with self._sync:
            if self._synced is None or self._synced[0] is not wanted[0] or self._synced[1] != wanted[1]:
                self._queue_standing = Standing.COMING
                try:
                    self._bring_in_step(*wanted)
                    self._synced = wanted
                finally:
                    self._queue_standing = Standing.IN_STEP if self._synced is wanted else Standing.FAILED
        return self._work_queue

    def _bring_in_step(self, serving: Serving, today: date) -> None:
        sync_work_queue(
            self._work_queue,
            serving.snapshot,
            serving.appeal_success,
            as_of=today,
            now=datetime.now(UTC),
            warning_days=self.settings.warning_days,
        )
        self._arrived = read_arrived(serving.snapshot, serving.appeal_success, as_of=today)
        self._place(serving.snapshot, today)

    @property
    def queue_standing(self) -> "Standing":
        """Say how the stored work queue stands to the history, as of the last look at `work_queue`."""
        return self._queue_standing

    def _place(self, snapshot: Snapshot, today: date) -> None:
        """Put the day's plan into the queue, for who takes the next item."""
        items = [stored.item for stored in self._work_queue.unclosed(as_of=today)]
        team, exploring = team_of(self.settings.minutes_per_day), exploring_in(snapshot, self.settings)
        planned = plan_day(items, team, exploring, as_of=today, arrived=self._arrived)
        self._work_queue.place(places_of(planned.plan))

    @property
    def arrived(self) -> Jobs:
        """Give the work that came in lately, as of the last look at `work_queue`."""
        return self._arrived

    def tell_deadlines(self) -> None:
        """Tell webhooks of work whose last day is near."""
        day = self.settings.current_day()
        self.dispatcher.tell_deadlines(lambda: self.work_queue.unclosed(as_of=day))

    def close(self) -> None:
        """Write the scores that wait, let go of the database."""
        self.batcher.close()
        self.shadow.close()
        self.recorder.close()
        self.database.dispose()

    @property
    def registry(self) -> str:
        """Say how the models in service stand to the registry, in words for whoever runs the service."""
        return self._registry

    def refresh_history(self) -> Snapshot:
        """Take up what was ingested since. Readers go on with the old snapshot meanwhile."""
        with self._swap:
            snapshot = Snapshot.read(self.store, own=OwnFiles.read(self.settings.home))
            _ = snapshot.underpayments  # now: an erasure may remove this version's files
            self._serving = self._assemble(snapshot, self._serving.denial_risk, self._serving.appeal_success)
        return snapshot

    def follow_history(self) -> None:
        """Take up what others have ingested since, if anything."""
        if self.store.pinned().version() != self._serving.snapshot.history.version:
            self.refresh_history()

    def reload_models(self, *, only_new: bool = False) -> Serving:
        """Take up the registry's champions, or only those of another version; one that does not verify leaves the old ones.

        Raises: NoModel, RegistryUnreachable, BundleError.
        """
        with self._swap:
            now = self._serving
            try:
                denial_risk = fetch_registered(self.settings.home, DENIAL_RISK, installed=now.denial_risk if only_new else None)
                appeal = self._fetch_optional(APPEAL_SUCCESS, installed=now.appeal_success if only_new else None)
            except (NoModel, RegistryUnreachable, BundleError) as error:
                self._registry = f"{type(error).__name__}: the last verified models serve"
                raise
            if denial_risk is not now.denial_risk or appeal is not now.appeal_success:
                self._serving = self._assemble(now.snapshot, denial_risk, appeal)
            self._registry = IN_STEP
            self.shadow.follow()
        return self._serving

    def follow_models(self) -> None:
        """Take up the registry's champions; trouble is logged, shown in `registry`, and leaves the models in service."""
        before = self._registry
        try:
            self.reload_models(only_new=True)
        except (NoModel, RegistryUnreachable, BundleError) as error:
            if self._registry != before:  # once, not on every turn
                log.warning("models stay as they are: %s", error)

    def _fetch_optional(self, name: str, *, installed: InstalledBundle | None) -> InstalledBundle | None:
        try:
            return fetch_registered(self.settings.home, name, installed=installed)
        except NoModel:
            return None

    def _first_models(self) -> tuple[InstalledBundle, InstalledBundle | None]:
        """Load the verified copies; a home without any takes the registry's champions, as trained on another machine.

        Raises: NoModel, RegistryUnreachable, BundleError.
        """
        try:
            return load_champion(self.settings.home, DENIAL_RISK), self._load_optional(APPEAL_SUCCESS)
        except NoModel:
            if not self.settings.home.has_registry:
                raise
        found = fetch_registered(self.settings.home, DENIAL_RISK), self._fetch_optional(APPEAL_SUCCESS, installed=None)
        self._registry = IN_STEP
        return found

    def _load_optional(self, name: str) -> InstalledBundle | None:
        try:
            return load_champion(self.settings.home, name)
        except NoModel:
            return None

    def _assemble(self, snapshot: Snapshot, denial_risk: InstalledBundle, appeal_success: InstalledBundle | None) -> Serving:
        for installed in (denial_risk, appeal_success):
            if installed is not None:
                installed.bundle.warm_up()
        scorer = Scorer(
            denial_risk.bundle,
            snapshot.history,
            denied_shares=denied_shares(snapshot.adjudication, snapshot.claims.claims),
            settings=self.settings,
        )
        return Serving(snapshot=snapshot, denial_risk=denial_risk, appeal_success=appeal_success, scorer=scorer)
