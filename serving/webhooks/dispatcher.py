"""Owns the way of a happening to its receivers. A score pays for one look at a number, a thread does the rest."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError

from serving.scoring import ScoredClaim
from serving.security.service_key import ServiceKey
from serving.settings import Settings
from serving.webhooks.destination import NotDelivered, send
from serving.webhooks.signature import HEADER, secret_of, sign
from serving.webhooks.store import Delivery, Event, Happening, WebhookStore
from serving.work_queue.records import StoredItem
from serving.work_queue.work_item import Urgency

MOST_WAITING = 10_000  # scores not yet in the outbox; beyond it the newest are dropped and counted
APPROACHING = frozenset({Urgency.SOON.value, Urgency.URGENT.value})
log = logging.getLogger("denials.webhooks")


class Dispatcher:
    """Tells webhooks of risky scores and near deadlines, at least once each."""

    def __init__(
        self,
        store: WebhookStore,
        service_key: ServiceKey,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._service_key, self._settings, self._clock = store, service_key, settings, clock
        self._waiting: deque[Happening] = deque()
        self.dropped_count = 0

    def offer(self, scored: Iterable[ScoredClaim]) -> None:
        """Take in risky scores, to be told later. Never waits and never fails."""
        least = self._settings.webhook_probability
        for one in scored:
            if one.denial_probability < least:
                continue
            if len(self._waiting) >= MOST_WAITING:
                self.dropped_count += 1
                continue
            self._waiting.append(self._score(one))

    def run(self) -> None:
        """Put what waits into the outbox and deliver what is due."""
        found = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            self._store.tell(found, now=self._clock())
        except SQLAlchemyError:
            self._waiting.extendleft(reversed(found))  # the database is away: told when it is back
            raise
        self.deliver()

    def tell_deadlines(self, items: Callable[[], Sequence[StoredItem]]) -> None:
        """Tell of work whose last day is near; once each time it comes nearer. `items` is asked only where somebody listens."""
        if any(Event.DEADLINE in webhook.events for webhook in self._store.webhooks()):
            near = [self._deadline(stored) for stored in items() if stored.item.warning in APPROACHING]
            self._store.tell(near, now=self._clock())

    def deliver(self) -> int:
        """Try what is due, once each. Gives how many arrived."""
        arrived = 0
        urls = {webhook.id: webhook.url for webhook in self._store.webhooks()}
        for delivery in self._store.take_due(now=self._clock()):
            trouble = self._try(delivery, urls.get(delivery.webhook_id))
            self._store.settle(delivery, trouble=trouble, now=self._clock())
            arrived += trouble is None
        return arrived

    def _try(self, delivery: Delivery, url: str | None) -> str | None:
        if url is None:
            return "webhook removed"
        body = delivery.body.encode()
        secret = secret_of(delivery.webhook_id, self._service_key)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "denials",
            HEADER: sign(body, secret=secret, now=self._clock()),
        }
        try:
            send(url, body, headers, is_loopback_allowed=self._settings.webhook_loopback)
        except NotDelivered as error:
            log.warning("delivery %s: attempt %d failed: %s", delivery.id, delivery.attempts + 1, error)
            return str(error)
        return None

    def _score(self, one: ScoredClaim) -> Happening:
        about = f"{one.claim_id}\x1f{one.payer_id}\x1f{one.charge_amount}\x1f{one.model_version}"
        facts: dict[str, str | float | None] = {
            "probability": round(one.denial_probability, 6),
            "advice": one.advice,
            "link": self._link(f"/claims/{quote(one.claim_id, safe='')}"),
        }
        return Happening(event=Event.HIGH_RISK_SCORE, about=about, claim_id=one.claim_id, facts=facts)

    def _deadline(self, stored: StoredItem) -> Happening:
        item = stored.item
        facts: dict[str, str | float | None] = {
            "probability": round(item.appeal_success_probability, 6),
            "advice": item.next_action,
            "deadline": item.deadline.isoformat() if item.deadline else None,
            "urgency": item.warning,
            "link": self._link(f"/work/{quote(item.key, safe='')}"),
        }
        about = f"{item.key}\x1f{item.deadline}\x1f{item.warning}"
        return Happening(event=Event.DEADLINE, about=about, claim_id=item.claim_id, facts=facts)

    def _link(self, path: str) -> str:
        return f"{self._settings.public_url.rstrip('/')}{path}"
