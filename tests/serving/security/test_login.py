"""Signing in and out at the page of the real app."""

import re
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from serving.dashboard.login_routes import own_path
from serving.security.access import access_table
from serving.security.passwords import WeakPassword, hash_password, is_password
from serving.security.roles import Role
from tests.serving.security.services import caller, key_for, security_of

PASSWORD = "four words make one"  # noqa: S105


@pytest.fixture(scope="module")
def key(app: FastAPI) -> str:
    return key_for(app, "mia", Role.BILLER)


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    return caller(app)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested is not how long a hash takes."""
    monkeypatch.setattr("serving.security.passwords._LOG_N", 10)


def signed_in(app: FastAPI, key: str) -> TestClient:
    browser = caller(app)
    assert browser.post("/login", data={"key": key}).status_code == 303
    return browser


def csrf_of(browser: TestClient) -> str:
    found = re.search(r'<meta name="csrf-token" content="([0-9a-f]+)">', browser.get("/").text)
    assert found
    return found.group(1)


def test_page_sends_a_stranger_to_the_door_and_back(app: FastAPI, browser: TestClient, key: str) -> None:
    sent = browser.get("/?month=3", headers={"accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2F%3Fmonth%3D3")
    assert 'value="/?month=3"' in browser.get(sent.headers["location"]).text
    back = browser.post("/login", data={"key": key, "next": "/?month=3"})
    assert (back.status_code, back.headers["location"]) == (303, "/?month=3")
    page = browser.get("/")
    assert page.status_code == 200
    assert "mia" in page.text


def test_cookie_is_for_this_page_and_no_script(app: FastAPI, key: str) -> None:
    plain = caller(app).post("/login", data={"key": key}).headers["set-cookie"]
    assert re.fullmatch(r"denials_session=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=lax", plain)
    secure = TestClient(app, base_url="https://testserver", follow_redirects=False).post("/login", data={"key": key})
    assert re.fullmatch(
        r"__Host-denials_session=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=lax; Secure", secure.headers["set-cookie"]
    )


def test_signing_in_again_ends_the_session_before(app: FastAPI, key: str) -> None:
    browser = signed_in(app, key)
    before = browser.cookies["denials_session"]
    browser.post("/login", data={"key": key})
    assert browser.cookies["denials_session"] != before
    assert security_of(app).sessions.find(before, now=datetime.now(UTC)) is None


def test_session_that_the_browser_brought_along_is_never_taken_over(app: FastAPI, key: str) -> None:
    browser = caller(app)
    browser.cookies.set("denials_session", "planted-by-somebody-else")
    answer = browser.post("/login", data={"key": key})
    assert "planted" not in answer.headers["set-cookie"]


def test_signing_out_ends_the_session_and_needs_the_page_s_token(app: FastAPI, key: str) -> None:
    browser = signed_in(app, key)
    session, token = browser.cookies["denials_session"], csrf_of(browser)
    assert browser.post("/logout", data={"csrf": "0" * 64}).status_code == 403
    assert browser.get("/").status_code == 200
    out = browser.post("/logout", data={"csrf": token})
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert "denials_session" not in browser.cookies
    thief = caller(app)
    thief.cookies.set("denials_session", session)
    assert thief.get("/").status_code == 401


@pytest.mark.parametrize(("shown", "status"), [(None, 403), ("0" * 64, 403), ("", 403), ("the page's", 204)])
def test_change_by_session_needs_the_page_s_token(app: FastAPI, key: str, shown: str | None, status: int) -> None:
    browser = signed_in(app, key)
    token = csrf_of(browser) if shown == "the page's" else shown
    headers = {} if token is None else {"X-CSRF-Token": token}
    answer = browser.post("/v1/queue/next", json={"payer_id": "NOBODY"}, headers=headers)
    assert answer.status_code == status


def test_token_of_another_session_changes_nothing(app: FastAPI, key: str) -> None:
    other = csrf_of(signed_in(app, key))
    answer = signed_in(app, key).post("/v1/queue/next", json={"payer_id": "NOBODY"}, headers={"X-CSRF-Token": other})
    assert answer.status_code == 403


def test_sign_in_page_lets_its_form_name_its_origin(app: FastAPI) -> None:
    # Under no-referrer a browser sends "Origin: null", and its own form would be refused.
    assert caller(app).get("/login").headers["referrer-policy"] == "same-origin"


def test_form_from_elsewhere_signs_nobody_in(app: FastAPI, key: str) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        answer = caller(app).post("/login", data={"key": key}, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "wanted",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "elsewhere.example",
     "/nowhere", "/\t/elsewhere.example", "/login", "", "/v1/queue/../../x"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(wanted: str) -> None:
    assert own_path(wanted, access_table()) == "/"


@pytest.mark.parametrize("wanted", ["/", "/docs", "/?month=3", "/v1/queue/abc/packet?format=pdf"])
def test_pages_of_ours_are_kept(wanted: str) -> None:
    assert own_path(wanted, access_table()) == wanted


def test_role_without_the_page_is_told_so(app: FastAPI) -> None:
    browser = signed_in(app, key_for(app, "scoring only", Role.SCORER))
    assert browser.get("/", headers={"accept": "text/html"}).status_code == 403
    assert browser.get("/docs").status_code == 200


def test_password_signs_in_and_failures_slow_down(app: FastAPI) -> None:
    key_for(app, "noah", Role.BILLER)
    security_of(app).accounts.set_password("noah", hash_password(PASSWORD))
    assert caller(app).post("/login", data={"name": "noah", "password": PASSWORD}).status_code == 303
    answers = [caller(app).post("/login", data={"name": "noah", "password": "wrong"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    # The right one has to wait, too: else a guesser would learn of it.
    assert caller(app).post("/login", data={"name": "noah", "password": PASSWORD}).status_code == 429


def test_failed_keys_from_one_address_slow_down(app: FastAPI, key: str) -> None:
    client = TestClient(app, client=("192.0.2.9", 5), follow_redirects=False)
    statuses = [client.post("/login", data={"key": "wrong"}).status_code for _ in range(22)]
    assert statuses[:20] == [401] * 20
    assert statuses[-1] == 429
    assert caller(app).post("/login", data={"key": key}).status_code == 303


def test_door_shows_nothing_of_what_was_typed_as_html(browser: TestClient) -> None:
    page = browser.post("/login", data={"name": "<script>x", "password": "wrong", "next": '"><script>y'}).text
    assert "<script>x" not in page
    assert "<script>y" not in page
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script", browser.get("/login").text)


def test_password_is_checked_by_its_hash() -> None:
    stored = hash_password(PASSWORD)
    assert stored != hash_password(PASSWORD)
    assert is_password(PASSWORD, stored)
    assert not is_password("four words make two", stored)
    assert not is_password(PASSWORD, None)
    assert PASSWORD not in stored


@pytest.mark.parametrize("weak", ["short", "x" * 201])
def test_weak_password_is_refused(weak: str) -> None:
    with pytest.raises(WeakPassword):
        hash_password(weak)
