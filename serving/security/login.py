"""Owns signing in at the page: by API key or by name and password, slowed down after failures, always with a fresh session."""

from datetime import UTC, datetime

from serving.security.accounts import AccountStore
from serving.security.errors import NotAuthenticated
from serving.security.passwords import is_password
from serving.security.rates import RateLimits
from serving.security.sessions import SessionStore

# After five failures a name, and after twenty an address, may try again only now and then.
_NAME_PER_SECOND, _NAME_BURST = 0.1, 5
_PEER_PER_SECOND, _PEER_BURST = 0.5, 20


class Login:
    """Begins sessions. Its limits hold per process: with several workers a guesser has as many times the tries."""

    def __init__(self, accounts: AccountStore, sessions: SessionStore) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._by_name = RateLimits(seconds=_NAME_BURST / _NAME_PER_SECOND)
        self._by_peer = RateLimits(seconds=_PEER_BURST / _PEER_PER_SECOND)

    def by_key(self, key: str, *, peer: str, now: float, instead_of: str | None) -> tuple[str, str]:
        """Give name and session for an API key. Raises: NotAuthenticated, TooManyRequests."""
        self._by_peer.check(peer, per_second=_PEER_PER_SECOND, now=now)
        moment = datetime.fromtimestamp(now, UTC)
        known = self._accounts.find_key(key, now=moment)
        if known is None:
            self._by_peer.take(peer, per_second=_PEER_PER_SECOND, now=now)
            raise NotAuthenticated("a key that is valid", shown=True)
        identity = known.identity
        session = self._sessions.begin(identity.name, key_id=identity.credential, now=moment, instead_of=instead_of)
        return identity.name, session

    def by_password(self, name: str, password: str, *, peer: str, now: float, instead_of: str | None) -> tuple[str, str]:
        """Give name and session for a name with its password. Raises: NotAuthenticated, TooManyRequests."""
        self._by_peer.check(peer, per_second=_PEER_PER_SECOND, now=now)
        self._by_name.check(name, per_second=_NAME_PER_SECOND, now=now)
        # Taken before the slow check: tries that run side by side count, too.
        self._by_name.take(name, per_second=_NAME_PER_SECOND, now=now)
        if not is_password(password, self._accounts.password_hash(name)):
            self._by_peer.take(peer, per_second=_PEER_PER_SECOND, now=now)
            raise NotAuthenticated("a name and its password", shown=True)
        self._by_name.forget(name)
        session = self._sessions.begin(name, key_id=None, now=datetime.fromtimestamp(now, UTC), instead_of=instead_of)
        return name, session
