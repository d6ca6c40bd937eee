"""Owns the answer to "who is this?": API keys, tokens of an issuer, sessions.

It remembers for some seconds, so that the usual call reads nothing.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from serving.security.accounts import AccountStore, Known
from serving.security.api_keys import PREFIX
from serving.security.errors import NotAuthenticated
from serving.security.roles import Identity
from serving.security.service_key import Purpose, ServiceKey
from serving.security.sessions import SessionStore

if TYPE_CHECKING:
    from serving.security.oidc import TokenVerifier

MOST_REMEMBERED = 10_000
LONGEST_CREDENTIAL = 16_384  # characters; tokens of real issuers stay below half of it


@dataclass(frozen=True, slots=True)
class _Memory:
    identity: Identity
    since: float
    until: float


class Authenticator:
    """Knows callers. `remembered` never waits; `identify` may read the database or ask the issuer, so call it off the event loop.

    What is remembered is found by the keyed hash of the credential, so that the time of a look-up tells nothing about any key. A
    revoked key is refused at the latest when its memory ends.
    """

    def __init__(
        self,
        accounts: AccountStore,
        sessions: SessionStore,
        tokens: "TokenVerifier | None",
        service_key: ServiceKey,
        *,
        remember_seconds: float,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._tokens = tokens
        self._service_key = service_key
        self._seconds = remember_seconds
        self._memory: OrderedDict[bytes, _Memory] = OrderedDict()

    def remembered(self, credential: bytes, *, now: float) -> Identity | None:
        """Give a caller who was known moments ago; `None` = look. A clock that was set back counts as no memory."""
        found = self._memory.get(self._place(credential))
        if found is None or not found.since <= now < found.until:
            return None
        return found.identity

    def identify(self, credential: str, *, now: float) -> Identity:
        """Tell who shows an API key or a token. Raises: NotAuthenticated, TokenTrouble."""
        moment = datetime.fromtimestamp(now, UTC)
        if len(credential) > LONGEST_CREDENTIAL:
            raise NotAuthenticated(shown=True)
        if credential.startswith(PREFIX):
            return self._keep(credential, self._accounts.find_key(credential, now=moment), now)
        if self._tokens is None:
            raise NotAuthenticated("an API key of this service", shown=True)
        return self._keep(credential, self._tokens.verify(credential, now=moment), now)

    def identify_session(self, session_id: str, *, now: float) -> Identity:
        """Tell whose session this is. Raises: NotAuthenticated."""
        moment = datetime.fromtimestamp(now, UTC)
        return self._keep(session_id, self._sessions.find(session_id, now=moment), now)

    def forget(self, credential: str) -> None:
        """Drop what is remembered of a credential that was just ended."""
        self._memory.pop(self._place(credential.encode()), None)

    def _keep(self, credential: str, known: Known | None, now: float) -> Identity:
        if known is None:
            raise NotAuthenticated(shown=True)
        until = now + self._seconds
        if known.until is not None:
            until = min(until, known.until.timestamp())
        self._memory[self._place(credential.encode())] = _Memory(known.identity, now, until)
        if len(self._memory) > MOST_REMEMBERED:
            self._memory.popitem(last=False)
        return known.identity

    def _place(self, credential: bytes) -> bytes:
        return self._service_key.digest(Purpose.MEMORY, credential)
