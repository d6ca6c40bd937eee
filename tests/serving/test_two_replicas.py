"""Two services on one PostgreSQL with one MLflow server: no item of work goes to two, and both take up what one promotes."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from claims.home import Home
from tests.mlflow_process import free_port, tracking_server
from tests.postgresql import PostgresqlServer
from tests.served_process import served
from tests.serving.security.services import own_home
from tests.training.factories import dataset, spec
from training.pipeline import train_on

CLAIM = json.loads((Path(__file__).resolve().parents[2] / "docs/examples/claim.json").read_text(encoding="utf-8"))
TAKEN_BY_EACH = 20
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")]


def _score(client: httpx2.Client) -> tuple[str, float]:
    answer = client.post("/v1/claims/score", params={"fixes": "false"}, json=CLAIM, timeout=60).json()
    return str(answer["model_version"]).removeprefix("denial_risk-"), float(answer["scored"][0]["denial_probability"])


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in 90 seconds"
        time.sleep(0.2)


def _take(client: httpx2.Client) -> list[str]:
    answers = [client.post("/v1/queue/next", json={}, timeout=60) for _ in range(TAKEN_BY_EACH)]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json()["id"] for answer in answers]


def test_two_replicas_share_work_and_models(trained_home: Home, tmp_path: Path, postgresql_server: PostgresqlServer) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    homes = [own_home(trained_home, folder) for folder in folders]
    for home in homes:
        (home / "models").unlink()
        (home / "mlflow.db").unlink()
    with ExitStack() as stack:
        address = stack.enter_context(tracking_server(tmp_path / "server", free_port()))
        first = train_on(dataset(3000), spec(), home=Home(homes[0], mlflow_uri=address), tracking_uri=address)
        shared = {
            "MLFLOW_TRACKING_URI": address,
            "DENIALS_DATABASE_URL": postgresql_server.new_database(),
            "DENIALS_MODELS_POLL_SECONDS": "1",
        }
        clients = [stack.enter_context(served(home, **shared)) for home in homes]
        for client in clients:
            _wait_until(lambda client=client: _score(client)[0] == first.bundle_version)  # type: ignore[misc]
        assert _score(clients[0]) == _score(clients[1])

        with ThreadPoolExecutor(2) as threads:
            taken = [key for keys in threads.map(_take, clients) for key in keys]
        assert len(set(taken)) == 2 * TAKEN_BY_EACH

        second = train_on(dataset(3000, seed=2), spec(), home=Home(homes[0], mlflow_uri=address), tracking_uri=address)
        if not second.verdict.promotes:
            asked = {"overruled": "two replicas are to take it up"}
            answer = clients[0].post("/v1/models/denial_risk/promote", json=asked, timeout=60)
            assert answer.status_code == 200, answer.text
        for client in clients:
            _wait_until(lambda client=client: _score(client)[0] == second.bundle_version)  # type: ignore[misc]
        assert _score(clients[0]) == _score(clients[1])
