"""Owns the stored audit trail: appends in one transaction at a time, reads, and verifies the whole chain."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, RowMapping, insert, select, text

from serving.database.connection import writing
from serving.security.anchor_file import move_anchor, read_anchor
from serving.security.audit import FIRST_SEAL, Anchor, AuditEvent, SealedEvent, claim_hash, seal
from serving.security.errors import SecurityError
from serving.security.service_key import ServiceKey
from serving.security.tables import audit_events

# Any number will do, as long as nobody else on the server takes it: the letters "audi".
APPEND_LOCK = 0x61756469
_READ_AT_ONCE = 2_000


class BrokenTrail(SecurityError):
    """The trail is not what was written. `number` is the first event at fault."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"audit event {number}: {what}")
        self.number = number


class AuditStore:
    """The trail in the service's database, with its anchor in the home. Safe to share between threads and processes."""

    def __init__(self, engine: Engine, service_key: ServiceKey, anchor_path: Path) -> None:
        self._engine = engine
        self._service_key = service_key
        self._anchor_path = anchor_path

    def append(self, events: Sequence[AuditEvent]) -> Anchor | None:
        """Seal events behind the last one, all or none; gives the new end."""
        if not events:
            return None
        with writing(self._engine).begin() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has locked already: one writer at a time
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})
            sealed = seal(events, self._service_key, after=_end(connection))
            connection.execute(insert(audit_events), [_values(event) for event in sealed])
        anchor = Anchor(number=sealed[-1].number, seal=sealed[-1].seal)
        move_anchor(self._anchor_path, anchor)
        return anchor

    def end(self) -> Anchor:
        """Give the end of the trail, to be kept elsewhere; number 0 where nothing was written yet."""
        with self._engine.connect() as connection:
            return _end(connection)

    def events(
        self, *, claim_id: str | None = None, actor: str | None = None, since: datetime | None = None, limit: int = 1000
    ) -> list[SealedEvent]:
        """List the latest events about a claim, by a person or since a moment; oldest first."""
        query = select(audit_events)
        if claim_id is not None:
            query = query.where(audit_events.c.claims.contains(claim_hash(claim_id, self._service_key)))
        if actor is not None:
            query = query.where(audit_events.c.actor == actor)
        if since is not None:
            query = query.where(audit_events.c.at >= since)
        query = query.order_by(audit_events.c.number.desc()).limit(limit)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [_event(row) for row in reversed(rows)]

    def verify(self, *kept: Anchor) -> Anchor:
        """Check every seal, that no number is missing, and that the trail reaches the home's anchor and those handed in.

        Gives the end. Raises: BrokenTrail, naming the first event at fault; UnreadableAnchor.
        """
        own = read_anchor(self._anchor_path)
        anchors = {anchor.number: anchor for anchor in (*kept, *([own] if own else []))}
        number, before = 0, FIRST_SEAL
        for event in self._all():
            if event.number != number + 1:
                raise BrokenTrail(number + 1, f"expected to be there, got {event.number} as the next")
            if not event.is_whole(self._service_key, before):
                raise BrokenTrail(event.number, "expected its content as it was sealed, after the event before it; got another")
            number, before = event.number, event.seal
            reached = anchors.pop(number, None)
            if reached is not None and reached.seal != before:
                raise BrokenTrail(number, "expected the seal of its anchor, got another: the trail was written anew")
        if anchors:
            raise BrokenTrail(number + 1, f"expected events up to {max(anchors)}, as an anchor says; got the end of the trail")
        return Anchor(number=number, seal=before)

    def _all(self) -> Iterator[SealedEvent]:
        query = select(audit_events).order_by(audit_events.c.number).limit(_READ_AT_ONCE)
        last = None
        while True:
            page = query if last is None else query.where(audit_events.c.number > last)
            with self._engine.connect() as connection:
                rows = connection.execute(page).mappings().all()
            yield from (_event(row) for row in rows)
            if len(rows) < _READ_AT_ONCE:
                return
            last = rows[-1]["number"]


def _end(connection: Connection) -> Anchor:
    query = select(audit_events.c.number, audit_events.c.seal).order_by(audit_events.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Anchor(number=0, seal=FIRST_SEAL) if row is None else Anchor(number=row.number, seal=row.seal)


def _values(event: SealedEvent) -> dict[str, object]:
    return {column.name: getattr(event, column.name) for column in audit_events.columns}


def _event(row: RowMapping) -> SealedEvent:
    return SealedEvent(**{column.name: row[column.name] for column in audit_events.columns})
