"""Owns the stored webhooks and their outbox: what is to be told, to whom, since when, and how the last attempt went."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Engine, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from serving.database.connection import writing
from serving.errors import UnknownWebhook
from serving.webhooks.tables import deliveries, webhooks

MOST_ATTEMPTS = 12  # over about two days
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=6)
LEASE = timedelta(minutes=10)  # of an attempt: another worker leaves the delivery alone that long


class Event(StrEnum):
    """What a webhook may be told."""

    HIGH_RISK_SCORE = "high_risk_score"
    DEADLINE = "deadline"


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One receiver."""

    id: str
    url: str
    events: tuple[Event, ...]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something to tell of a claim, once to each webhook that wants it; `about` tells it from others. No patient in `facts`."""

    event: Event
    about: str
    claim_id: str
    facts: dict[str, str | float | None]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One thing told to one webhook. `due_at` `None` = delivered, or given up."""

    id: str
    webhook_id: str
    event: str
    body: str
    created_at: datetime
    due_at: datetime | None
    attempts: int
    delivered_at: datetime | None
    trouble: str | None


class WebhookStore:
    """Webhooks and outbox in one database. Safe to share between threads and services."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, url: str, events: Sequence[Event], *, by: str, now: datetime) -> Webhook:
        """Keep a webhook, whose URL was checked."""
        made = Webhook(id=secrets.token_hex(8), url=url, events=tuple(dict.fromkeys(events)), created_at=now, created_by=by)
        with writing(self._engine).begin() as connection:
            connection.execute(insert(webhooks).values(**vars(made) | {"events": " ".join(made.events)}))
        return made

    def webhooks(self) -> list[Webhook]:
        """List webhooks in use, oldest first."""
        query = select(webhooks).where(webhooks.c.removed_at.is_(None)).order_by(webhooks.c.created_at, webhooks.c.id)
        with self._engine.connect() as connection:
            return [_webhook(row) for row in connection.execute(query).mappings()]

    def remove(self, webhook_id: str, *, now: datetime) -> None:
        """Take a webhook out of use, and what waited for it. Raises: UnknownWebhook."""
        with writing(self._engine).begin() as connection:
            gone = update(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.removed_at.is_(None)).values(removed_at=now)
            if not connection.execute(gone).rowcount:
                raise UnknownWebhook("webhook")
            waiting = deliveries.c.webhook_id == webhook_id, deliveries.c.due_at.is_not(None)
            connection.execute(update(deliveries).where(*waiting).values(due_at=None, trouble="webhook removed"))

    def tell(self, happenings: Sequence[Happening], *, now: datetime) -> int:
        """Put happenings into the outbox of every webhook that wants them; those told before are left out. Gives how many."""
        receivers = self.webhooks() if happenings else []
        told = 0
        for webhook in receivers:
            wanted = {_about(one): one for one in happenings if one.event in webhook.events}
            known = self._known(webhook.id, list(wanted))
            told += sum(self._put(webhook.id, about, one, now) for about, one in wanted.items() if about not in known)
        return told

    def _known(self, webhook_id: str, abouts: Sequence[str]) -> set[str]:
        found: set[str] = set()
        with self._engine.connect() as connection:
            for start in range(0, len(abouts), 500):
                among = deliveries.c.about.in_(abouts[start : start + 500])
                query = select(deliveries.c.about).where(deliveries.c.webhook_id == webhook_id, among)
                found.update(connection.execute(query).scalars())
        return found

    def _put(self, webhook_id: str, about: str, happening: Happening, now: datetime) -> bool:
        delivery_id = secrets.token_hex(8)
        head = {"id": delivery_id, "event": happening.event, "created_at": now.isoformat(), "claim_id": happening.claim_id}
        row = {
            "id": delivery_id,
            "webhook_id": webhook_id,
            "event": happening.event.value,
            "about": about,
            "claim_id": happening.claim_id,
            "body": json.dumps(head | happening.facts),
        }
        try:
            with writing(self._engine).begin() as connection:
                connection.execute(insert(deliveries).values(**row, created_at=now, due_at=now, attempts=0))
        except IntegrityError:
            return False  # another worker told it
        return True

    def take_due(self, *, now: datetime, limit: int = 20) -> list[Delivery]:
        """Take what is due; nobody else is given it before the lease ends."""
        due = select(deliveries).where(deliveries.c.due_at <= now).order_by(deliveries.c.due_at, deliveries.c.id).limit(limit)
        with writing(self._engine).begin() as connection:
            found = [_delivery(row) for row in connection.execute(due).mappings()]
            mine = []
            for one in found:
                still = update(deliveries).where(deliveries.c.id == one.id, deliveries.c.due_at == one.due_at)
                if connection.execute(still.values(due_at=now + LEASE)).rowcount:
                    mine.append(one)
        return mine

    def settle(self, delivery: Delivery, *, trouble: str | None, now: datetime) -> None:
        """Note how an attempt went: delivered, to be tried later, or given up."""
        attempts = delivery.attempts + 1
        again = now + min(FIRST_WAIT * 2**delivery.attempts, LONGEST_WAIT)
        values: dict[str, object] = {"attempts": attempts, "trouble": trouble and trouble[:200]}
        values["due_at"] = again if trouble is not None and attempts < MOST_ATTEMPTS else None
        if trouble is None:
            values["delivered_at"] = now
        with writing(self._engine).begin() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(**values))

    def deliveries(self, *, limit: int = 100) -> list[Delivery]:
        """List deliveries, newest first."""
        query = select(deliveries).order_by(deliveries.c.created_at.desc(), deliveries.c.id).limit(limit)
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(query).mappings()]

    def replay(self, delivery_id: str, *, now: datetime) -> None:
        """Send a delivery again, whatever became of it. Raises: UnknownWebhook, also where its webhook was removed."""
        in_use = deliveries.c.webhook_id.in_(select(webhooks.c.id).where(webhooks.c.removed_at.is_(None)))
        again = update(deliveries).where(deliveries.c.id == delivery_id, in_use).values(due_at=now, attempts=0)
        with writing(self._engine).begin() as connection:
            if not connection.execute(again).rowcount:
                raise UnknownWebhook("delivery")


def _about(happening: Happening) -> str:
    return sha256(f"{happening.event}\x1f{happening.about}".encode()).hexdigest()


def _webhook(row: RowMapping) -> Webhook:
    events = tuple(Event(word) for word in row["events"].split())
    return Webhook(id=row["id"], url=row["url"], events=events, created_at=row["created_at"], created_by=row["created_by"])


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(**{name: row[name] for name in Delivery.__dataclass_fields__})
