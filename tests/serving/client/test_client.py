import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.api.claim_models import ClaimIn
from serving.api.queue_models import OutcomeIn
from serving.app import create_app
from serving.client import Client, Conflict, Forbidden, Invalid, NotFound, Unavailable, Unreachable
from serving.settings import Settings
from serving.work_queue.statuses import Outcome
from tests.conftest import END

ROOT = Path(__file__).resolve().parents[3]
CLAIM = ClaimIn.model_validate_json((ROOT / "docs/examples/claim.json").read_bytes())
X12 = (ROOT / "docs/examples/claims.837").read_bytes()


@pytest.fixture(scope="module")
def client(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("client") / "home"
    shutil.copytree(trained_home.path, folder)
    with TestClient(create_app(Settings(home_path=folder, today=END))) as http:
        yield Client("http://testserver", http=http)


def test_scores_come_typed_and_are_those_of_the_call(client: Client) -> None:
    (one,) = client.score(CLAIM, detail="score").scored
    assert one.claim_id == "EXAMPLE-1"
    assert one.denial_probability == client.score_x12(X12, fixes=False).scored[0].denial_probability


def test_work_is_taken_closed_once_and_counted(client: Client) -> None:
    taken = client.take_next()
    assert taken is not None
    closed = client.record_outcome(taken.id, OutcomeIn(version=taken.version, outcome=Outcome.WRITTEN_OFF))
    assert closed.status == "closed"
    with pytest.raises(Conflict):
        client.record_outcome(taken.id, OutcomeIn(version=taken.version, outcome=Outcome.WRITTEN_OFF))
    assert taken.id not in {item.id for item in client.queue(limit=5).items}


def test_a_measure_comes_by_segments(client: Client) -> None:
    assert len(client.analytics("initial_denial_rate", by="payer").segments) > 1


def test_problems_are_errors_by_kind_with_their_places(client: Client) -> None:
    with pytest.raises(Invalid) as refused:
        client.queue(sort="nothing")
    assert "sort" in refused.value.told.errors[0].place
    with pytest.raises(NotFound):
        client.analytics("no_such_measure")


class Service:
    """Answers from a list, the last one for good."""

    def __init__(self, *answers: httpx2.Response) -> None:
        self.answers, self.calls, self.waits = list(answers), 0, list[float]()

    def client(self, **settings: float) -> Client:
        transport = httpx2.MockTransport(self.answer)
        return Client("http://x", key="k", http=httpx2.Client(transport=transport), sleep=self.waits.append, **settings)  # type: ignore[arg-type]

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        assert request.headers["Authorization"] == "Bearer k"
        self.calls += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def busy(status: int = 429, **headers: str) -> httpx2.Response:
    body = {"type": "about:blank", "title": "Busy", "status": status, "detail": "later"}
    return httpx2.Response(status, content=json.dumps(body).encode(), headers=headers)


SCORED = httpx2.Response(200, content=b'{"model_version": "m", "scored": [], "rejected": []}')


def test_a_busy_service_is_asked_again_after_what_it_says() -> None:
    service = Service(busy(**{"Retry-After": "7"}), busy(503), SCORED)
    assert service.client().score(CLAIM).scored == []
    assert service.waits == [7.0, 2.0]


def test_waiting_ends_and_is_never_longer_than_allowed() -> None:
    service = Service(busy(503, **{"Retry-After": "3600"}))
    with pytest.raises(Unavailable, match="503 Busy: later"):
        service.client(tries=3, most_wait_seconds=5.0).score(CLAIM)
    assert (service.calls, service.waits) == (3, [5.0, 5.0])


def test_a_refusal_is_not_tried_again() -> None:
    service = Service(busy(403))
    with pytest.raises(Forbidden):
        service.client().score(CLAIM)
    assert service.calls == 1


def test_another_answer_than_the_services_is_told() -> None:
    with pytest.raises(Unreachable, match="expected ScoresOut of this version"):
        Service(httpx2.Response(200, content=b"<html>")).client().score(CLAIM)


def test_no_service_is_told() -> None:
    with pytest.raises(Unreachable, match="POST /v1/claims/score: expected an answer, got ConnectError"):
        Client("http://127.0.0.1:9", key="k").score(CLAIM)
