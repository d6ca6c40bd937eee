import json
import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from claims.claim import Claim
from claims.home import Home
from claims.score_log.log import ScoreLog
from claims.x12 import write_transactions
from serving.app import create_app
from serving.score_recorder import ScoreRecorder
from serving.settings import Settings
from serving.state import ServiceState
from tests import factories
from tests.conftest import END

ROOT = Path(__file__).resolve().parents[2]
CLAIM = json.loads((ROOT / "docs/examples/claim.json").read_text())
CANARY = "ZZCANARYNAME"
MEMBER = "ZZCANARYMEMBER1"


@pytest.fixture(scope="module")
def client(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Give a service with a home of its own that logs at once."""
    home = tmp_path_factory.mktemp("score-log") / "home"
    shutil.copytree(trained_home.path, home)
    with TestClient(create_app(Settings(home_path=home, today=END, score_log=True, score_log_seconds=0.05))) as client:
        yield client


def _state(client: TestClient) -> ServiceState:
    state: ServiceState = client.app.state.service  # type: ignore[attr-defined]
    return state


def _logged(client: TestClient, *numbers: str) -> list[dict[str, object]]:
    """Wait until these claims are in the log; give their rows in order."""
    deadline = time.monotonic() + 30
    while True:
        rows = [row for row in _state(client).score_log.scores().to_pylist() if row["patient_control_number"] in numbers]
        if len(rows) >= len(numbers) or time.monotonic() > deadline:
            return rows


def _bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def _recorder(client: TestClient, folder: Path, *, is_on: bool = True, wait_seconds: float = 60.0) -> ScoreRecorder:
    return ScoreRecorder(ScoreLog(str(folder)), hasher=_state(client).hasher, wait_seconds=wait_seconds, is_on=is_on)


def _record(client: TestClient, recorder: ScoreRecorder, *claims: Claim) -> None:
    scorer = _state(client).scorer
    recorder.record(
        scorer.score(claims, hasher=_state(client).hasher), claims, scorer=scorer, began=time.perf_counter(), as_of=END
    )


def test_every_score_is_logged_once_as_it_was_answered(client: TestClient) -> None:
    many = [CLAIM | {"claim_id": f"MANY-{at}"} for at in range(5)]
    client.post("/v1/claims/score", json=CLAIM | {"claim_id": "ONE"})
    scored = client.post("/v1/claims/score", json=many).json()["scored"]
    rows = _logged(client, "ONE", *(claim["claim_id"] for claim in many))
    assert [row["patient_control_number"] for row in rows] == ["ONE", *(one["claim_id"] for one in scored)]
    assert len({row["request_id"] for row in rows}) == 2
    same = ("payer_id", "denial_probability", "advice", "model_version", "denial_category")
    assert [[row[name] for name in same] for row in rows[1:]] == [[one[name] for name in same] for one in scored]


def test_claims_with_advice_keep_what_the_model_saw(client: TestClient) -> None:
    client.post("/v1/claims/score", json=CLAIM | {"claim_id": "SEEN"})
    row = _logged(client, "SEEN")[0]
    assert row["advice"] == "hold"
    assert len(row["features"]) > 100  # type: ignore[arg-type]
    assert sum(row["cause_probabilities"]) == pytest.approx(row["denial_probability"])  # type: ignore[call-overload]


def test_no_name_or_member_id_reaches_the_log(client: TestClient) -> None:
    person = factories.person(last_name=CANARY, first_name=CANARY, member_id=MEMBER)
    claim = factories.claim("CANARY-1", submitted_on=END, subscriber=factories.subscriber(person=person))
    x12 = write_transactions([factories.claim_transaction(claim)])
    assert client.post("/v1/claims/score/x12", content=x12).status_code == 200
    rows = _logged(client, "CANARY-1")
    assert len(rows) == 1
    written = json.dumps(rows, default=str).encode() + _bytes_of(Path(_state(client).settings.home.history_uri) / "scores")
    assert CANARY.encode() not in written
    assert MEMBER.encode() not in written


def test_what_waits_is_written_when_the_service_stops(client: TestClient, tmp_path: Path) -> None:
    recorder = _recorder(client, tmp_path)
    _record(client, recorder, factories.claim("LAST-1"), factories.claim("LAST-2"))
    assert ScoreLog(str(tmp_path)).scores().num_rows == 0
    recorder.close()
    assert ScoreLog(str(tmp_path)).scores()["patient_control_number"].to_pylist() == ["LAST-1", "LAST-2"]


def test_a_batch_written_twice_is_read_once(client: TestClient, tmp_path: Path) -> None:
    recorder, log = _recorder(client, tmp_path), ScoreLog(str(tmp_path))
    _record(client, recorder, factories.claim("TWICE"))
    recorder.close()
    log.append(log.scores())
    assert log.scores().num_rows == 1


def test_opting_out_writes_nothing(client: TestClient, tmp_path: Path) -> None:
    recorder = _recorder(client, tmp_path, is_on=False)
    _record(client, recorder, factories.claim("OUT"))
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_cannot_be_written_loses_its_scores_and_counts_them(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "scores").write_text("in the way")
    recorder = _recorder(client, tmp_path)
    _record(client, recorder, factories.claim("LOST"))
    recorder.close()
    assert recorder.dropped_count == 1


def test_action_is_kept_with_who_what_and_when(client: TestClient) -> None:
    given = {"payer_id": "18521", "by": "dana", "action": "documents_sent", "fix": "documentation", "acted_on": "2025-06-30"}
    for _ in range(2):  # a client that sends it again
        assert client.post("/v1/claims/EXAMPLE-1/actions", json=given).status_code == 201
    rows = _state(client).score_log.actions().to_pylist()
    assert len(rows) == 1
    kept = {name: rows[0][name] for name in ("patient_control_number", "payer_id", "by", "action", "fix", "acted_on")}
    assert kept == given | {"patient_control_number": "EXAMPLE-1", "acted_on": date(2025, 6, 30)}


@pytest.mark.parametrize("wrong", [{"fix": "wishing"}, {"acted_on": "2099-01-01"}, {"action": "prayed"}, {"note": "Jane Doe"}])
def test_action_outside_the_vocabulary_is_refused(client: TestClient, wrong: dict[str, str]) -> None:
    given = {"payer_id": "18521", "by": "dana", "action": "verified"}
    assert client.post("/v1/claims/EXAMPLE-1/actions", json=given | wrong).status_code == 422
