"""Owns the stored accounts and their keys. SQL of this room stands here, in `sessions` and in `audit_store` alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from serving.database.connection import writing
from serving.errors import RefusedInput
from serving.security.api_keys import NewKey, is_key, key_id_of, new_key
from serving.security.errors import AccountExists, NotAllowed, UnknownAccount
from serving.security.roles import Identity, Means, Role, parse_roles
from serving.security.service_key import ServiceKey
from serving.security.tables import accounts, api_keys, sessions

USUAL_DAYS = 365  # that a key holds where nobody says otherwise
LONGEST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class KeyRecord:
    """What is known of a key, without the key."""

    id: str
    roles: frozenset[Role]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether the key opens anything at a moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person or a system, with its keys."""

    name: str
    roles: frozenset[Role]
    has_password: bool
    requests_per_second: float | None
    created_at: datetime
    disabled_at: datetime | None
    keys: tuple[KeyRecord, ...]


@dataclass(frozen=True, kw_only=True)
class Known:
    """A caller, and until when to believe it without looking again; `None` = as long as one likes."""

    identity: Identity
    until: datetime | None


class AccountStore:
    """Accounts and keys in one database. Safe to share between threads."""

    def __init__(self, engine: Engine, service_key: ServiceKey, *, requests_per_second: float = 0.0) -> None:
        self._engine = engine
        self._service_key = service_key
        self._requests_per_second = requests_per_second

    def has_any(self) -> bool:
        """Tell whether anybody was ever added."""
        with self._engine.connect() as connection:
            return connection.execute(select(accounts.c.name).limit(1)).first() is not None

    def add(
        self,
        name: str,
        roles: frozenset[Role],
        *,
        now: datetime,
        lifetime: timedelta | None,
        password_hash: str | None = None,
        requests_per_second: float | None = None,
    ) -> NewKey:
        """Add an account with its first key. Raises: AccountExists, NotAllowed without a role."""
        if not roles:
            raise NotAllowed(f"account {name}: expected a role, got none")
        key = new_key(self._service_key)
        try:
            with writing(self._engine).begin() as connection:
                connection.execute(
                    insert(accounts).values(
                        name=name,
                        roles=sorted(roles),
                        password_hash=password_hash,
                        requests_per_second=requests_per_second,
                        created_at=now,
                    )
                )
                _insert_key(connection, key, account=name, roles=None, now=now, lifetime=lifetime)
        except IntegrityError:
            raise AccountExists(name) from None
        return key

    def rotate(
        self, name: str, *, now: datetime, grace: timedelta, lifetime: timedelta | None, roles: frozenset[Role] | None = None
    ) -> NewKey:
        """Add a key; the account's older ones end after the grace, or earlier where they would have.

        `roles` narrows the new key to a part of the account's. Raises: UnknownAccount, NotAllowed for a role the account has not.
        """
        key = new_key(self._service_key)
        with writing(self._engine).begin() as connection:
            row = _account_row(connection, name)
            if row["disabled_at"] is not None:
                raise NotAllowed(f"account {name}: expected one in use, got one that was revoked; set its roles to revive it")
            if roles is not None and not roles <= parse_roles(row["roles"]):
                raise NotAllowed(f"account {name}: expected roles that it has, got others")
            last = now + grace
            ends_later = api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > last)
            connection.execute(
                update(api_keys)
                .where(api_keys.c.account == name, api_keys.c.revoked_at.is_(None), ends_later)
                .values(expires_at=last)
            )
            _insert_key(connection, key, account=name, roles=roles, now=now, lifetime=lifetime)
        return key

    def revoke(self, name: str, *, now: datetime, key_id: str | None = None) -> int:
        """End one key with its sessions, or the account with all of them; gives the count of keys. Raises: UnknownAccount."""
        with writing(self._engine).begin() as connection:
            _account_row(connection, name)
            chosen = (api_keys.c.account == name) & api_keys.c.revoked_at.is_(None)
            open_sessions = (sessions.c.account == name) & sessions.c.ended_at.is_(None)
            if key_id is not None:
                chosen &= api_keys.c.id == key_id
                open_sessions &= sessions.c.key_id == key_id
            ended = connection.execute(update(api_keys).where(chosen).values(revoked_at=now)).rowcount
            if key_id is not None and not ended:
                raise UnknownAccount(f"key {key_id} of account {name}")
            connection.execute(update(sessions).where(open_sessions).values(ended_at=now))
            if key_id is None:
                connection.execute(update(accounts).where(accounts.c.name == name).values(disabled_at=now))
        return ended

    def set_roles(self, name: str, roles: frozenset[Role]) -> None:
        """Give an account other roles; one that was revoked lives again, its keys do not. Raises: UnknownAccount, NotAllowed."""
        if not roles:
            raise NotAllowed(f"account {name}: expected a role, got none; end it with `denials users revoke {name}`")
        self._set(name, roles=sorted(roles), disabled_at=None)

    def set_password(self, name: str, password_hash: str | None) -> None:
        """Set what `passwords` hashed, or take the password away. Raises: UnknownAccount."""
        self._set(name, password_hash=password_hash)

    def set_rate(self, name: str, requests_per_second: float | None) -> None:
        """Limit an account's calls; `None` = as the service's setting says. Raises: UnknownAccount."""
        self._set(name, requests_per_second=requests_per_second)

    def password_hash(self, name: str) -> str | None:
        """Give the hash to check a password with; `None` where there is no such account, it is revoked or has no password."""
        query = select(accounts.c.password_hash).where(accounts.c.name == name, accounts.c.disabled_at.is_(None))
        with self._engine.connect() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def list(self) -> Sequence[Account]:
        """List all accounts with all their keys, by name."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.name)).mappings().all()
            keys = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)).mappings().all()
        return [_account(row, [key for key in keys if key["account"] == row["name"]]) for row in rows]

    def find_key(self, text: str, *, now: datetime) -> Known | None:
        """Tell whose key this is; `None` for a key that is none, has ended or whose account has."""
        key_id = key_id_of(text)
        if key_id is None:
            return None
        query = (
            select(
                api_keys,
                accounts.c.roles.label("account_roles"),
                accounts.c.requests_per_second,
                accounts.c.disabled_at,
            )
            .join(accounts, accounts.c.name == api_keys.c.account)
            .where(api_keys.c.id == key_id)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None or not is_key(text, row["key_hash"], self._service_key) or row["disabled_at"] is not None:
            return None
        if not _key_record(row, row["account_roles"]).is_valid(now):
            return None
        return Known(identity=self.identity_of(row, Means.KEY, credential=key_id), until=row["expires_at"])

    def identity_of(self, row: RowMapping, means: Means, *, credential: str, csrf: str = "") -> Identity:
        """Make a caller of a row with account, roles, account_roles and requests_per_second."""
        own_rate = row["requests_per_second"]
        return Identity(
            name=row["account"],
            roles=_effective(row["roles"], row["account_roles"]),
            means=means,
            credential=credential,
            requests_per_second=self._requests_per_second if own_rate is None else own_rate,
            csrf=csrf,
        )

    def _set(self, name: str, **values: object) -> None:
        with writing(self._engine).begin() as connection:
            if not connection.execute(update(accounts).where(accounts.c.name == name).values(**values)).rowcount:
                raise UnknownAccount(f"account {name}")


def check_account_name(name: str) -> None:
    """Refuse a name that would not stand alone in the queue, the trail or a path. Raises: RefusedInput."""
    if not name.strip() or name != name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise RefusedInput(f"name: expected 1 to {LONGEST_NAME} printable characters without blanks around, got another")


def _account_row(connection: Connection, name: str) -> RowMapping:
    row = connection.execute(select(accounts).where(accounts.c.name == name)).mappings().one_or_none()
    if row is None:
        raise UnknownAccount(f"account {name}")
    return row


def _insert_key(
    connection: Connection,
    key: NewKey,
    *,
    account: str,
    roles: frozenset[Role] | None,
    now: datetime,
    lifetime: timedelta | None,
) -> None:
    connection.execute(
        insert(api_keys).values(
            id=key.id,
            account=account,
            key_hash=key.hash,
            roles=None if roles is None else sorted(roles),
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
        )
    )


def _effective(key_roles: list[str] | None, account_roles: list[str]) -> frozenset[Role]:
    """A key never opens more than its account does today."""
    held = parse_roles(account_roles)
    return held if key_roles is None else held & parse_roles(key_roles)


def _key_record(row: RowMapping, account_roles: list[str]) -> KeyRecord:
    return KeyRecord(
        id=row["id"],
        roles=_effective(row["roles"], account_roles),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )


def _account(row: RowMapping, keys: Sequence[RowMapping]) -> Account:
    return Account(
        name=row["name"],
        roles=parse_roles(row["roles"]),
        has_password=row["password_hash"] is not None,
        requests_per_second=row["requests_per_second"],
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        keys=tuple(_key_record(key, row["roles"]) for key in keys),
    )
