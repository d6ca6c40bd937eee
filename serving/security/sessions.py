"""Owns the sessions of people at the page: random ids that are kept as hashes, ended by idleness, by age or by hand."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, Update, insert, select, update

from serving.database.connection import writing
from serving.security.accounts import AccountStore, Known
from serving.security.roles import Means
from serving.security.service_key import Purpose, ServiceKey
from serving.security.tables import accounts, api_keys, sessions

_ID_BYTES = 32
# A session in use is marked so at most this often: one write a minute, not one a call.
_MARK_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class SessionLimits:
    """How long a session lives: unused, and at most."""

    idle: timedelta
    longest: timedelta


class SessionStore:
    """Sessions in the accounts' database. Safe to share between threads."""

    def __init__(self, engine: Engine, accounts: AccountStore, service_key: ServiceKey, limits: SessionLimits) -> None:
        self._engine = engine
        self._accounts = accounts
        self._service_key = service_key
        self.limits = limits

    def begin(self, account: str, *, key_id: str | None, now: datetime, instead_of: str | None = None) -> str:
        """Begin a session and give its id, the only copy; a session that the browser showed before is ended."""
        session_id = secrets.token_urlsafe(_ID_BYTES)
        with writing(self._engine).begin() as connection:
            if instead_of is not None:
                connection.execute(self._ending(instead_of, now))
            connection.execute(
                insert(sessions).values(
                    id_hash=self._hash(session_id),
                    account=account,
                    key_id=key_id,
                    created_at=now,
                    seen_at=now,
                    expires_at=now + self.limits.longest,
                )
            )
        return session_id

    def end(self, session_id: str, *, now: datetime) -> None:
        """End a session; one that is none or has ended already changes nothing."""
        with writing(self._engine).begin() as connection:
            connection.execute(self._ending(session_id, now))

    def find(self, session_id: str, *, now: datetime) -> Known | None:
        """Tell whose session this is and that it is in use; `None` when it has ended, or the key or account behind it has."""
        query = (
            select(
                sessions,
                api_keys.c.roles,
                api_keys.c.expires_at.label("key_expires_at"),
                api_keys.c.revoked_at,
                accounts.c.roles.label("account_roles"),
                accounts.c.requests_per_second,
                accounts.c.disabled_at,
            )
            .join(accounts, accounts.c.name == sessions.c.account)
            .outerjoin(api_keys, api_keys.c.id == sessions.c.key_id)
            .where(sessions.c.id_hash == self._hash(session_id))
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None or any(row[name] is not None for name in ("ended_at", "disabled_at", "revoked_at")):
            return None
        until = min(
            moment
            for moment in (row["expires_at"], row["seen_at"] + self.limits.idle, row["key_expires_at"])
            if moment is not None
        )
        if now >= until:
            return None
        if now - row["seen_at"] >= _MARK_EVERY:
            with writing(self._engine).begin() as connection:
                connection.execute(update(sessions).where(sessions.c.id_hash == row["id_hash"]).values(seen_at=now))
        credential = f"session {row['id_hash'][:12]}"
        identity = self._accounts.identity_of(row, Means.SESSION, credential=credential, csrf=self.csrf(session_id))
        return Known(identity=identity, until=until)

    def csrf(self, session_id: str) -> str:
        """Give the token that a page of this session shows with every change; made from the session, kept nowhere."""
        return self._service_key.hex(Purpose.CSRF, session_id)

    def _hash(self, session_id: str) -> str:
        return self._service_key.hex(Purpose.SESSIONS, session_id)

    def _ending(self, session_id: str, now: datetime) -> Update:
        return (
            update(sessions)
            .where(sessions.c.id_hash == self._hash(session_id), sessions.c.ended_at.is_(None))
            .values(ended_at=now)
        )
