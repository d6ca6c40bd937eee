"""Owns one event of the audit trail, and how events are chained: each is sealed over its own content and the seal before it.

A claim stands in the trail as a keyed hash of its number: whoever asks for a claim by number finds it, and the trail alone names
nobody.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from serving.security.service_key import Purpose, ServiceKey

CLAIM_CHARACTERS = 32
FIRST_SEAL = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEvent:
    """Who did what to which claims. `claim_ids` are plain here and hashed on their way into the store."""

    at: datetime
    actor: str
    means: str
    credential: str
    call: str
    touching: str
    status: int
    peer: str = ""
    claim_ids: Sequence[str] = ()
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class SealedEvent:
    """An event as it stands in the trail. `claims` are hashes, blanks between."""

    number: int
    at: datetime
    actor: str
    means: str
    credential: str
    call: str
    touching: str
    status: int
    peer: str
    claims: str
    detail: str
    seal: str

    def is_whole(self, service_key: ServiceKey, before: str) -> bool:
        """Tell whether the seal is that of this content after that seal."""
        return hmac.compare_digest(seal_of(self, service_key, before), self.seal)


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A place in the trail that was reached: what is behind it must still be there."""

    number: int
    seal: str

    def __str__(self) -> str:
        return f"{self.number}:{self.seal}"


def claim_hash(claim_id: str, service_key: ServiceKey) -> str:
    """Hash a claim's number as the trail keeps it."""
    return service_key.hex(Purpose.AUDIT_CLAIMS, claim_id)[:CLAIM_CHARACTERS]


def seal_of(event: SealedEvent, service_key: ServiceKey, before: str) -> str:
    """Seal an event's content (not its own seal) after the seal before it."""
    content = [
        before, event.number, event.at.astimezone(UTC).isoformat(timespec="microseconds"), event.actor, event.means,
        event.credential, event.call, event.touching, event.status, event.peer, event.claims, event.detail,
    ]  # fmt: skip
    return service_key.hex(Purpose.AUDIT_CHAIN, json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def seal(events: Sequence[AuditEvent], service_key: ServiceKey, *, after: Anchor) -> list[SealedEvent]:
    """Chain events to the end of a trail."""
    sealed, number, before = [], after.number, after.seal
    for event in events:
        number += 1
        row = SealedEvent(
            number=number,
            at=event.at,
            actor=_cut(event.actor, 80),
            means=event.means,
            credential=_cut(event.credential, 80),
            call=_cut(event.call, 120),
            touching=event.touching,
            status=event.status,
            peer=_cut(event.peer, 64),
            claims=" ".join(dict.fromkeys(claim_hash(claim_id, service_key) for claim_id in event.claim_ids)),
            detail=_cut(event.detail, 400),
            seal="",
        )
        before = seal_of(row, service_key, before)
        sealed.append(replace(row, seal=before))
    return sealed


def _cut(text: str, most: int) -> str:
    return text.replace("\x00", "")[:most]
