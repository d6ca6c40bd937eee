"""Owns what a service holds to know its callers: one object, put together from the settings."""

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from serving.security.access import access_table
from serving.security.accounts import AccountStore
from serving.security.audit import AuditEvent
from serving.security.audit_store import AuditStore
from serving.security.audit_writer import AuditWriter
from serving.security.authenticator import Authenticator
from serving.security.errors import TokenTrouble
from serving.security.login import Login
from serving.security.roles import Means, Role, parse_roles
from serving.security.service_key import ServiceKey
from serving.security.sessions import SessionLimits, SessionStore
from serving.settings import Settings

if TYPE_CHECKING:
    from serving.security.oidc import TokenVerifier


class Security:
    """Accounts, sessions, tokens and the table of calls. Safe to share between threads."""

    def __init__(self, settings: Settings, database: Engine) -> None:
        """Work on a database that `serving.database.connection.open_database` gave; closing it is for whoever opened it."""
        self.settings = settings
        self.database = database
        self.table = access_table()
        self.service_key = ServiceKey.load(settings.home.service_key)
        self.accounts = AccountStore(database, self.service_key, requests_per_second=settings.requests_per_second)
        limits = SessionLimits(
            idle=timedelta(minutes=settings.session_idle_minutes), longest=timedelta(hours=settings.session_hours)
        )
        self.sessions = SessionStore(database, self.accounts, self.service_key, limits)
        self.authenticator = Authenticator(
            self.accounts,
            self.sessions,
            token_verifier(settings),
            self.service_key,
            remember_seconds=settings.remember_seconds,
        )

        self.login = Login(self.accounts, self.sessions)

        self.audit_store = AuditStore(database, self.service_key, settings.home.audit_anchor)
        self.audit = AuditWriter(self.audit_store)

    @property
    def is_on(self) -> bool:
        """Tell whether callers are asked who they are."""
        return self.settings.authentication == "on"

    def record_command(self, call: str, *, touching: str, now: datetime, claim_ids: Sequence[str] = (), detail: str = "") -> None:
        """Write what somebody at this machine did by command, under the name of the system's account, at once."""
        event = AuditEvent(
            at=now, actor=f"os:{getpass.getuser()}", means=Means.LOCAL.value, credential="", call=call, touching=touching,
            status=0, claim_ids=claim_ids, detail=detail,
        )  # fmt: skip
        self.audit_store.append([event])

    def record_sign_in(self, name: str, *, peer: str, status: int, now: datetime) -> None:
        """Put a try to sign in at the page into the trail. The name is what was typed, cut; a key is never part of it."""
        self.audit.record(
            AuditEvent(
                at=now, actor=name[:80], means=Means.SESSION.value, credential="", call="POST /login", touching="none",
                status=status, peer=peer,
            )
        )  # fmt: skip

    def close(self) -> None:
        """Write what the audit trail still waits for; the database is for whoever opened it."""
        self.audit.close()

    def end_session(self, session_id: str) -> None:
        """End a session here and now."""
        self.sessions.end(session_id, now=datetime.now(UTC))
        self.authenticator.forget(session_id)


def token_verifier(settings: Settings) -> "TokenVerifier | None":
    """Make the verifier of an issuer's tokens; `None` without an issuer. Raises: TokenTrouble, UnknownRole."""
    if not settings.oidc_issuer:
        return None
    from serving.security.jwks import KeySet, jwks_source
    from serving.security.oidc import IssuerSettings, TokenVerifier

    if not settings.oidc_jwks:
        raise TokenTrouble("DENIALS_OIDC_JWKS: expected where the issuer's keys are, got none")
    names: dict[str, Role] = {word: next(iter(parse_roles([role]))) for word, role in settings.oidc_role_names.items()}
    issuer = IssuerSettings(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        roles_claim=settings.oidc_roles_claim,
        name_claim=settings.oidc_name_claim,
        role_names=names,
        algorithms=settings.oidc_algorithms,
        skew=timedelta(seconds=settings.oidc_skew_seconds),
    )
    keys = KeySet(jwks_source(settings.oidc_jwks))
    return TokenVerifier(issuer, keys, requests_per_second=settings.requests_per_second)
