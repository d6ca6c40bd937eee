from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from serving.security.accounts import AccountStore
from serving.security.api_keys import key_id_of, new_key
from serving.security.errors import AccountExists, NotAllowed, UnknownAccount
from serving.security.roles import Role
from serving.security.service_key import ServiceKey
from serving.security.sessions import SessionLimits, SessionStore
from tests.serving.security.services import NOW

SERVICE_KEY = ServiceKey(b"k" * 32)
DAY = timedelta(days=1)
BILLER, BOTH = frozenset({Role.BILLER}), frozenset({Role.BILLER, Role.MANAGER})


@pytest.fixture
def accounts(engine: Engine) -> AccountStore:
    return AccountStore(engine, SERVICE_KEY, requests_per_second=7.0)


def test_key_opens_its_account_with_its_roles(accounts: AccountStore) -> None:
    key = accounts.add("ann", BILLER, now=NOW, lifetime=DAY)
    known = accounts.find_key(key.text, now=NOW)
    assert known is not None
    assert (known.identity.name, known.identity.roles, known.until) == ("ann", BILLER, NOW + DAY)
    assert known.identity.requests_per_second == 7.0


def test_key_is_kept_nowhere_but_as_a_hash(accounts: AccountStore, engine: Engine) -> None:
    key = accounts.add("ann", BILLER, now=NOW, lifetime=DAY)
    secret = key.text.rpartition("_")[2]
    with engine.connect() as connection:
        rows = [str(row) for table in ("accounts", "api_keys") for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608
    assert any(key.hash in row for row in rows)
    assert not any(secret in row for row in rows)


def test_key_written_into_the_database_by_hand_opens_nothing(accounts: AccountStore, engine: Engine) -> None:
    accounts.add("ann", BILLER, now=NOW, lifetime=DAY)
    forged = new_key(ServiceKey(b"another secret".ljust(32)))
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_keys SET id = :id, key_hash = :hash"), {"id": forged.id, "hash": forged.hash})
    assert accounts.find_key(forged.text, now=NOW) is None


def test_key_with_another_secret_or_form_opens_nothing(accounts: AccountStore) -> None:
    key = accounts.add("ann", BILLER, now=NOW, lifetime=DAY).text
    other = key[:-1] + ("A" if key[-1] != "A" else "B")
    for wrong in (other, key + "x", key[1:], key.upper(), "", "denials_", new_key(SERVICE_KEY).text):
        assert accounts.find_key(wrong, now=NOW) is None


def test_key_expires_on_time(accounts: AccountStore) -> None:
    key = accounts.add("ann", BILLER, now=NOW, lifetime=DAY).text
    assert accounts.find_key(key, now=NOW + DAY - timedelta(seconds=1)) is not None
    assert accounts.find_key(key, now=NOW + DAY) is None


def test_both_keys_hold_during_the_grace_of_a_rotation(accounts: AccountStore) -> None:
    old = accounts.add("ann", BILLER, now=NOW, lifetime=None).text
    new = accounts.rotate("ann", now=NOW, grace=timedelta(hours=2), lifetime=DAY).text
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    assert accounts.find_key(old, now=soon) is not None
    assert accounts.find_key(new, now=soon) is not None
    assert accounts.find_key(old, now=later) is None
    assert accounts.find_key(new, now=later) is not None


def test_rotation_never_lengthens_an_older_key(accounts: AccountStore) -> None:
    old = accounts.add("ann", BILLER, now=NOW, lifetime=timedelta(hours=1)).text
    accounts.rotate("ann", now=NOW, grace=timedelta(days=30), lifetime=DAY)
    assert accounts.find_key(old, now=NOW + timedelta(hours=1)) is None


def test_revoked_key_opens_nothing_and_the_other_still_does(accounts: AccountStore) -> None:
    first = accounts.add("ann", BILLER, now=NOW, lifetime=DAY)
    second = accounts.rotate("ann", now=NOW, grace=DAY, lifetime=DAY)
    assert accounts.revoke("ann", now=NOW, key_id=first.id) == 1
    assert accounts.find_key(first.text, now=NOW) is None
    assert accounts.find_key(second.text, now=NOW) is not None


def test_revoked_account_lives_again_by_roles_but_its_keys_do_not(accounts: AccountStore) -> None:
    key = accounts.add("ann", BILLER, now=NOW, lifetime=DAY).text
    accounts.revoke("ann", now=NOW)
    with pytest.raises(NotAllowed):
        accounts.rotate("ann", now=NOW, grace=DAY, lifetime=DAY)
    accounts.set_roles("ann", BILLER)
    assert accounts.find_key(key, now=NOW) is None
    fresh = accounts.rotate("ann", now=NOW, grace=DAY, lifetime=DAY).text
    assert accounts.find_key(fresh, now=NOW) is not None


def test_key_of_a_part_of_the_roles_follows_the_account_down_but_not_up(accounts: AccountStore) -> None:
    accounts.add("ann", BOTH, now=NOW, lifetime=DAY)
    narrow = accounts.rotate("ann", now=NOW, grace=DAY, lifetime=DAY, roles=BILLER).text
    accounts.set_roles("ann", frozenset({Role.MANAGER}))
    known = accounts.find_key(narrow, now=NOW)
    assert known is not None
    assert known.identity.roles == frozenset()
    with pytest.raises(NotAllowed):
        accounts.rotate("ann", now=NOW, grace=DAY, lifetime=DAY, roles=frozenset({Role.ADMIN}))


def test_name_is_taken_once_and_unknown_ones_are_said_so(accounts: AccountStore) -> None:
    accounts.add("ann", BILLER, now=NOW, lifetime=DAY)
    with pytest.raises(AccountExists):
        accounts.add("ann", BILLER, now=NOW, lifetime=DAY)
    for change in (
        lambda: accounts.revoke("bob", now=NOW),
        lambda: accounts.set_roles("bob", BILLER),
        lambda: accounts.revoke("ann", now=NOW, key_id="000000000000"),
    ):
        with pytest.raises(UnknownAccount):
            change()


def test_list_shows_accounts_with_their_keys(accounts: AccountStore) -> None:
    key = accounts.add("ann", BOTH, now=NOW, lifetime=DAY)
    found = accounts.list()
    assert [(one.name, one.roles, [known.id for known in one.keys]) for one in found] == [("ann", BOTH, [key.id])]
    assert key_id_of(key.text) == key.id


LIMITS = SessionLimits(idle=timedelta(minutes=30), longest=timedelta(hours=12))


@pytest.fixture
def sessions(engine: Engine, accounts: AccountStore) -> SessionStore:
    return SessionStore(engine, accounts, SERVICE_KEY, LIMITS)


def test_session_is_kept_as_a_hash_and_ends_when_idle(accounts: AccountStore, sessions: SessionStore, engine: Engine) -> None:
    key = accounts.add("ann", BILLER, now=NOW, lifetime=None)
    session = sessions.begin("ann", key_id=key.id, now=NOW)
    with engine.connect() as connection:
        assert session not in str(connection.execute(text("SELECT * FROM sessions")).all())
    assert sessions.find(session, now=NOW + timedelta(minutes=29)) is not None
    assert sessions.find(session, now=NOW + timedelta(minutes=58)) is not None  # it was in use at 29
    assert sessions.find(session, now=NOW + timedelta(minutes=88)) is None


def test_session_in_use_ends_at_its_longest(accounts: AccountStore, sessions: SessionStore) -> None:
    accounts.add("ann", BILLER, now=NOW, lifetime=None)
    session = sessions.begin("ann", key_id=None, now=NOW)
    for minutes in range(0, 720, 20):
        assert sessions.find(session, now=NOW + timedelta(minutes=minutes)) is not None
    assert sessions.find(session, now=NOW + timedelta(hours=12)) is None


@pytest.mark.parametrize("end", ["logout", "key", "account", "expiry"])
def test_session_ends_with_what_stands_behind_it(accounts: AccountStore, sessions: SessionStore, end: str) -> None:
    key = accounts.add("ann", BILLER, now=NOW, lifetime=timedelta(minutes=10))
    session = sessions.begin("ann", key_id=key.id, now=NOW)
    assert sessions.find(session, now=NOW) is not None
    if end == "logout":
        sessions.end(session, now=NOW)
    elif end == "key":
        accounts.revoke("ann", now=NOW, key_id=key.id)
    elif end == "account":
        accounts.revoke("ann", now=NOW)
    assert sessions.find(session, now=NOW + timedelta(minutes=10 if end == "expiry" else 0)) is None
