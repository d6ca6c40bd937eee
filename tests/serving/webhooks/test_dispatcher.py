import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from claims.home import Home
from serving.errors import RefusedInput, UnknownWebhook
from serving.scoring import ScoredClaim
from serving.security.retention import deliveries_of_claims, find_outdated, remove_deliveries, remove_outdated
from serving.security.service_key import ServiceKey
from serving.settings import Settings
from serving.webhooks.destination import NotDelivered, check_url, send
from serving.webhooks.dispatcher import MOST_WAITING, Dispatcher
from serving.webhooks.signature import HEADER, secret_of
from serving.webhooks.store import MOST_ATTEMPTS, Event, WebhookStore
from tests.serving.webhooks.receiver import running

KEY = ServiceKey(b"k" * 32)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Desk:
    """A dispatcher on a database, with a clock that a test moves."""

    def __init__(self, engine: Engine, **settings: Any) -> None:
        self.clock, self.store = Clock(), WebhookStore(engine)
        chosen = Settings(webhook_loopback=True, public_url="https://denials.example/", **settings)
        self.dispatcher = Dispatcher(self.store, KEY, chosen, clock=self.clock)

    def listen(self, url: str, *events: Event) -> str:
        return self.store.add(url, events or list(Event), by="ann", now=NOW).id


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def scored(claim_id: str = "PCN 1", probability: float = 0.8) -> ScoredClaim:
    return ScoredClaim(
        claim_id=claim_id, payer_id="P", denial_probability=probability, probability_low=None, probability_high=None,
        unfamiliar=(), denial_category="coding", category_probability=0.1, charge_amount=10.0, expected_denied_amount=5.0,
        root_causes=(), advice="hold", expected_saving=1.0, model_version="m-1", explained=None,
    )  # fmt: skip


def test_a_risky_score_is_told_once_signed_and_without_anything_of_the_patient(desk: Desk) -> None:
    with running() as receiver:
        webhook = desk.listen(receiver.url)
        for _ in range(2):
            desk.dispatcher.offer([scored(), scored("PCN2", 0.2)])
            desk.dispatcher.run()
    ((headers, body),) = receiver.got
    said = json.loads(body)
    assert said | {"id": "", "created_at": ""} == {
        "id": "",
        "created_at": "",
        "event": "high_risk_score",
        "claim_id": "PCN 1",
        "probability": 0.8,
        "advice": "hold",
        "link": "https://denials.example/claims/PCN%201",
    }
    seconds, signature = (part.partition("=")[2] for part in headers[HEADER].split(","))
    expected = hmac.new(secret_of(webhook, KEY).encode(), f"{seconds}.".encode() + body, "sha256").hexdigest()
    assert (signature, int(seconds)) == (expected, int(NOW.timestamp()))
    (delivery,) = desk.store.deliveries()
    assert (delivery.delivered_at, delivery.due_at, delivery.attempts) == (NOW, None, 1)


def test_what_was_told_of_a_claim_is_erased_with_it_and_what_waits_is_not_sent(desk: Desk, engine: Engine) -> None:
    with running() as receiver:
        desk.listen(receiver.url)
        desk.dispatcher.offer([scored("KEPT"), scored("ERASED")])
        desk.dispatcher.run()
        desk.dispatcher.offer([scored("ERASED", 0.9), scored("KEPT", 0.9)])
        found = deliveries_of_claims(engine, ["ERASED"])
        assert len(found) == 1
        remove_deliveries(engine, found)
    assert ["ERASED" in one.body for one in desk.store.deliveries()] == [False]


def test_settled_deliveries_grow_old_and_waiting_ones_do_not(desk: Desk, engine: Engine, tmp_path: Path) -> None:
    with running() as receiver:
        desk.listen(receiver.url, Event.HIGH_RISK_SCORE)
        desk.dispatcher.offer([scored("ARRIVED")])
        desk.dispatcher.run()
    desk.dispatcher.offer([scored("WAITS")])
    desk.dispatcher.run()
    outdated = find_outdated(Home(tmp_path), engine, now=NOW + timedelta(days=400), days=365)
    assert outdated.delivery_ids == deliveries_of_claims(engine, ["ARRIVED"])
    remove_outdated(engine, outdated)
    assert [json.loads(one.body)["claim_id"] for one in desk.store.deliveries()] == ["WAITS"]


def test_a_receiver_that_is_down_is_told_when_it_is_back_with_growing_waits(desk: Desk) -> None:
    with running() as receiver:
        port = receiver.server_port
        desk.listen(receiver.url)
    desk.dispatcher.offer([scored()])
    desk.dispatcher.run()
    (waiting,) = desk.store.deliveries()
    assert (waiting.attempts, waiting.due_at, waiting.trouble) == (1, NOW + timedelta(seconds=10), "ConnectionRefusedError")
    assert desk.dispatcher.deliver() == 0  # not due yet
    desk.clock.now += timedelta(seconds=10)
    desk.dispatcher.run()
    assert desk.store.deliveries()[0].due_at == desk.clock.now + timedelta(seconds=20)
    desk.clock.now += timedelta(seconds=20)
    with running(port) as receiver:
        assert desk.dispatcher.deliver() == 1
    assert len(receiver.got) == 1


def test_refused_and_redirected_deliveries_are_given_up_in_the_end_and_can_be_replayed(desk: Desk) -> None:
    with running() as receiver:
        receiver.status = 307
        desk.listen(receiver.url)
        desk.dispatcher.offer([scored()])
        for _ in range(MOST_ATTEMPTS + 3):
            desk.dispatcher.run()
            desk.clock.now += timedelta(hours=6)
        (given_up,) = desk.store.deliveries()
        assert (given_up.attempts, given_up.due_at, given_up.trouble) == (MOST_ATTEMPTS, None, "status 307")
        receiver.status = 204
        desk.store.replay(given_up.id, now=desk.clock.now)
        desk.dispatcher.run()
    assert desk.store.deliveries()[0].delivered_at == desk.clock.now
    assert {json.loads(body)["id"] for _, body in receiver.got} == {given_up.id}


def test_two_workers_deliver_one_thing_once(desk: Desk, engine: Engine) -> None:
    desk.listen("http://127.0.0.1:9/")
    desk.dispatcher.offer([scored()])
    desk.store.tell(list(desk.dispatcher._waiting), now=NOW)
    assert len(desk.store.take_due(now=NOW)) == 1
    assert WebhookStore(engine).take_due(now=NOW) == []


def test_only_what_a_webhook_wants_is_told_and_nothing_after_its_removal(desk: Desk) -> None:
    desk.listen("http://127.0.0.1:9/", Event.DEADLINE)
    other = desk.listen("http://127.0.0.1:9/", Event.HIGH_RISK_SCORE)
    desk.dispatcher.offer([scored()])
    desk.dispatcher.run()
    assert [one.webhook_id for one in desk.store.deliveries()] == [other]
    desk.store.remove(other, now=NOW)
    assert desk.store.deliveries()[0].due_at is None
    with pytest.raises(UnknownWebhook):
        desk.store.replay(desk.store.deliveries()[0].id, now=NOW)


def test_scores_wait_while_the_database_is_away_and_memory_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> int:
        raise OperationalError("INSERT", {}, ConnectionError())

    desk.dispatcher.offer([scored(str(number)) for number in range(MOST_WAITING + 5)])
    assert desk.dispatcher.dropped_count == 5
    monkeypatch.setattr(desk.store, "tell", away)
    with pytest.raises(OperationalError):
        desk.dispatcher.run()
    assert [one.claim_id for one in list(desk.dispatcher._waiting)[:2]] == ["0", "1"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https://user:word@example.org/", "https://example.org/#x",
        "https://example.org:port/", "//example.org", "",
    ],
)  # fmt: skip
def test_other_addresses_than_https_are_refused(url: str) -> None:
    with pytest.raises(RefusedInput):
        check_url(url, is_loopback_allowed=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/",
        "https://[::ffff:10.0.0.1]/", "https://192.168.1.1/", "https://0.0.0.0/", "https://224.0.0.1/", "https://[fe80::1]/",
    ],
)  # fmt: skip
def test_no_delivery_goes_inside(url: str) -> None:
    with pytest.raises(NotDelivered, match="not a public one"):
        send(url, b"{}", {}, is_loopback_allowed=False)


def test_with_loopback_allowed_other_inner_addresses_stay_closed() -> None:
    for url in ("http://10.0.0.1/", "https://169.254.169.254/"):
        with pytest.raises(NotDelivered, match="not a public one"):
            send(url, b"{}", {}, is_loopback_allowed=True)


def test_deadlines_are_told_as_they_come_nearer(desk: Desk) -> None:
    from types import SimpleNamespace

    def item(warning: str) -> Any:
        facts = {"key": "k", "claim_id": "PCN1", "appeal_success_probability": 0.4, "next_action": "appeal"}
        return SimpleNamespace(item=SimpleNamespace(**facts, deadline=NOW.date(), warning=warning))

    asked: list[str] = []

    def items(warning: str) -> Any:
        asked.append(warning)
        return [item(warning), item("none")]

    desk.dispatcher.tell_deadlines(lambda: cast(Any, items("soon")))
    assert asked == []  # nobody listens
    desk.listen("http://127.0.0.1:9/")
    for warning in ("soon", "soon", "urgent"):
        desk.dispatcher.tell_deadlines(lambda warning=warning: cast(Any, items(warning)))  # type: ignore[misc]
    assert sorted(json.loads(one.body)["urgency"] for one in desk.store.deliveries()) == ["soon", "urgent"]
