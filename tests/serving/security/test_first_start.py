import stat
from pathlib import Path

import pytest
from sqlalchemy import Engine

from serving.security.accounts import AccountStore
from serving.security.binding import check_bind
from serving.security.errors import UnsafeBind
from serving.security.first_key import announce_first_key, make_first_key
from serving.security.roles import Role
from serving.security.service_key import ServiceKey
from serving.settings import Settings
from tests.serving.security.services import NOW

ALL = "0.0.0.0"  # noqa: S104


def test_first_start_makes_one_admin_and_no_later_one(engine: Engine) -> None:
    accounts = AccountStore(engine, ServiceKey(b"k" * 32))
    key = make_first_key(accounts, now=NOW)
    assert key is not None
    known = accounts.find_key(key, now=NOW)
    assert known is not None
    assert known.identity.roles == {Role.ADMIN}
    assert make_first_key(accounts, now=NOW) is None


def test_key_is_printed_and_kept_nowhere(tmp_path: Path) -> None:
    said = announce_first_key("denials_x", secrets=tmp_path, environment={})
    assert "denials_x" in said
    assert list(tmp_path.iterdir()) == []


def test_journal_gets_the_place_of_the_key_and_not_the_key(tmp_path: Path) -> None:
    said = announce_first_key("denials_x", secrets=tmp_path, environment={"JOURNAL_STREAM": "8:1"})
    place = tmp_path / "first-admin-key"
    assert "denials_x" not in said
    assert str(place) in said
    assert place.read_text() == "denials_x\n"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_may_always_be_bound(host: str) -> None:
    check_bind(host, Settings(authentication="off"))


@pytest.mark.parametrize("host", [ALL, "::", "192.0.2.1", "denials.example"])
def test_other_addresses_need_authentication_and_protection(host: str, tmp_path: Path) -> None:
    tls = {"tls_cert": tmp_path / "c.pem", "tls_key": tmp_path / "k.pem"}
    off = {"authentication": "off"}
    for unsafe in ({"authentication": "on"}, off, off | {"behind_proxy": True}, off | tls):
        with pytest.raises(UnsafeBind, match=r"127\.0\.0\.1"):
            check_bind(host, Settings(**unsafe))  # type: ignore[arg-type]
    check_bind(host, Settings(authentication="on", **tls))  # type: ignore[arg-type]
    check_bind(host, Settings(authentication="on", behind_proxy=True))


def test_half_of_tls_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeBind):
        check_bind("127.0.0.1", Settings(tls_cert=tmp_path / "c.pem"))
