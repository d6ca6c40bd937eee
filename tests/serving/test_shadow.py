"""The challenger beside the champion through the real app: scored in shadow, kept apart, compared on the payers' answers."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from claims.history.erase import erase, plan_claim_erasure
from claims.history.ingest import ingest_paths
from claims.home import Home
from claims.score_log.log import ScoreLog
from models.registered import CHALLENGER, CHAMPION
from models.spec import RoundRule
from serving.app import create_app
from serving.bundles import DENIAL_RISK, install_champion
from serving.settings import Settings
from serving.shadow import is_sampled
from serving.state import ServiceState
from simulator import simulate
from tests.cli.test_commands import run
from tests.training.factories import spec
from training.pipeline import train_model
from training.registry import ModelRegistry

START, GO_LIVE, STOP = date(2024, 1, 1), date(2024, 8, 1), date(2024, 10, 1)
FEW_ROUNDS = replace(spec(), rounds=RoundRule(most=12, patience=4, smallest_count=4))
NOW = datetime(2026, 1, 5, tzinfo=UTC)
CLAIM = json.loads((Path(__file__).resolve().parents[2] / "docs/examples/claim.json").read_text())
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")  # MLflow's own


def _is_before(path: Path, day: date) -> bool:
    """Tell what stood in a practice's folder by a day: claims by week, remittances by month."""
    stamp = path.stem.rsplit("_", 1)[-1]
    return not stamp.isdigit() or stamp < (f"{day:%Y%m%d}" if len(stamp) == 8 else f"{day:%Y%m}")


def _files(world: Path) -> list[Path]:
    return sorted(path for path in (world).rglob("*") if path.is_file() and "truth" not in path.parts)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shadow") / "files"
    simulate(folder, claims=1000, months=10, seed=4, start=START)
    return folder


@pytest.fixture(scope="module")
def trained(world: Path) -> Home:
    """Give a home that knows the months before go-live, with a champion of fewer of them and a challenger of all."""
    home = Home(world.parent / "home")
    ingest_paths([path for path in _files(world) if _is_before(path, GO_LIVE)], home=home, now=NOW)
    registry = ModelRegistry(home)
    first, second = (
        train_model(DENIAL_RISK, home=home, now=NOW, as_of=day, spec=FEW_ROUNDS) for day in (date(2024, 6, 15), GO_LIVE)
    )
    registry._client.set_registered_model_alias(DENIAL_RISK, CHAMPION, first.version)
    registry.set_challenger(DENIAL_RISK, second.version)
    install_champion(home, DENIAL_RISK, first.bundle_dir, registry_version=first.version)
    return home


@pytest.fixture
def home(trained: Home, tmp_path: Path) -> Home:
    """Give a copy that a test may change; its runs still name the artifacts of the original."""
    shutil.copytree(trained.path, tmp_path / "home", ignore=shutil.ignore_patterns("mlartifacts"))
    return Home(tmp_path / "home")


def _settings(home: Home, **changes: object) -> Settings:
    values = {"home_path": home.path, "today": GO_LIVE, "score_log": True, "score_log_seconds": 0.05}
    return Settings(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def client(home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(_settings(home))) as client:
        yield client


def _shadow_count(home: Home, *, at_least: int) -> int:
    deadline = time.monotonic() + 30
    while True:
        count = ScoreLog(home.history_uri).shadows().num_rows
        if count >= at_least or time.monotonic() > deadline:
            return count
        time.sleep(0.05)


def _challenger(client: TestClient) -> dict[str, str]:
    (found,) = (check for check in client.get("/readyz").json()["checks"] if check["part"] == "challenger")
    return {"health": found["health"], "detail": found["detail"]}


def test_challenger_is_compared_on_what_the_payers_answered(home: Home, world: Path) -> None:
    sent = [path for path in _files(world) if path.parent.name == "837" and GO_LIVE <= _day(path) < STOP]
    scored = 0
    with TestClient(create_app(_settings(home))) as client:
        client.post("/v1/models/reload")
        for path in sent:
            scored += len(client.post("/v1/claims/score/x12?fixes=false", content=path.read_bytes()).json()["scored"])
        assert _shadow_count(home, at_least=scored) == scored
        log, names = ScoreLog(home.history_uri), ["score_id", "patient_control_number"]
        assert _pairs(log.shadows().select(names)) == _pairs(log.scores(columns=names))
        metrics = client.get("/metrics").text
        assert f'denials_shadow_claims_total{{outcome="scored"}} {scored}.0' in metrics
    ingest_paths(_files(world), home=home, now=datetime.now(UTC))
    code, out, trouble = run(home, "models", "compare", DENIAL_RISK, "--live", "--json")
    assert code == 0, trouble
    found = json.loads(out)
    assert found["row_count"] + found["acted_on_count"] + found["waiting_count"] <= scored
    assert found["row_count"] > 0.6 * scored
    assert found["denied_count"] > 10
    for figure in ("log_loss", "auc", "observed_over_expected", "denied_dollars_in_top_tenth"):
        one = found["figures"][figure]
        assert one["champion"] != one["challenger"]
        assert one["difference"] == pytest.approx(one["challenger"] - one["champion"])
        assert one["low"] < one["difference"] < one["high"]
    assert run(home, "models", "compare", DENIAL_RISK, "--live")[0] == 0
    with TestClient(create_app(_settings(home))) as client:
        champion, challenger = client.get("/v1/models").json()
        assert (champion["role"], champion["live"]) == (CHAMPION, None)
        assert (challenger["role"], challenger["live"]["row_count"]) == (CHALLENGER, found["row_count"])


def _pairs(rows: pa.Table) -> set[tuple[str, str]]:
    return {(row["score_id"], row["patient_control_number"]) for row in rows.to_pylist()}


def _day(path: Path) -> date:
    return datetime.strptime(path.stem[-8:], "%Y%m%d").replace(tzinfo=UTC).date()


def test_answers_and_advice_are_the_same_with_and_without_a_challenger(client: TestClient, home: Home) -> None:
    before = client.post("/v1/claims/score", json=CLAIM).json()
    assert _challenger(client) == {"health": "ready", "detail": "none"}
    client.post("/v1/models/reload")
    assert client.post("/v1/claims/score", json=CLAIM).json() == before
    assert _challenger(client)["detail"].endswith("verified, scored in shadow")
    assert _shadow_count(home, at_least=1) == 1
    log = ScoreLog(home.history_uri)
    (shadow,) = log.shadows().to_pylist()
    deadline = time.monotonic() + 30  # the score itself is written behind its answer, as its shadow is
    while shadow["score_id"] not in (kept := log.scores()["score_id"].to_pylist()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert shadow["score_id"] in kept
    assert {row["model_version"] for row in log.scores().to_pylist()} == {before["model_version"]}
    assert shadow["model_version"] != before["model_version"]


def test_challenger_is_there_again_after_a_start_without_the_registry(client: TestClient, home: Home) -> None:
    client.post("/v1/models/reload")
    (home.path / "mlflow.db").write_bytes(b"no database" * 500)
    state = ServiceState(_settings(home))
    assert state.shadow.challenger is not None
    state.close()


def test_withdrawn_challenger_is_scored_no_more(client: TestClient, home: Home) -> None:
    client.post("/v1/models/reload")
    ModelRegistry(home)._client.delete_registered_model_alias(DENIAL_RISK, CHALLENGER)
    client.post("/v1/models/reload")
    assert _challenger(client)["detail"] == "none"
    assert [one["role"] for one in client.get("/v1/models").json()] == [CHAMPION]
    state = ServiceState(_settings(home))
    assert state.shadow.challenger is None
    state.close()


def test_challenger_that_does_not_verify_is_not_scored_and_the_champion_serves(home: Home, tmp_path: Path) -> None:
    with TestClient(create_app(_settings(home))) as client:
        client.post("/v1/models/reload")
    pointer = json.loads((home.path / "models" / DENIAL_RISK / "challenger.json").read_text())
    card = home.path / "models" / DENIAL_RISK / pointer["version"] / "card.md"
    card.write_text(card.read_text() + "changed")
    with TestClient(create_app(_settings(home))) as client:
        assert _challenger(client) == {"health": "degraded", "detail": "BundleError: none is scored"}
        assert client.get("/readyz").status_code == 200
        assert client.post("/v1/claims/score", json=CLAIM).status_code == 200


def test_challenger_that_fails_costs_no_answer_and_is_counted(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.post("/v1/models/reload")
    state: ServiceState = client.app.state.service  # type: ignore[attr-defined]
    monkeypatch.setattr(state.shadow, "_scorer_of", lambda *_: 1 / 0)
    assert client.post("/v1/claims/score", json=CLAIM).status_code == 200
    deadline = time.monotonic() + 10
    while 'outcome="failed"} 1.0' not in client.get("/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_finds_no_room_is_dropped_and_counted(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.post("/v1/models/reload")
    monkeypatch.setattr("serving.shadow.MOST_WAITING", 1)
    batch = [CLAIM | {"claim_id": f"ROOM-{at}"} for at in range(4)]
    assert len(client.post("/v1/claims/score", json=batch).json()["scored"]) == 4
    assert 'denials_shadow_claims_total{outcome="dropped"} 3.0' in client.get("/metrics").text


def test_erased_claim_leaves_the_shadow_rows_too(client: TestClient, home: Home) -> None:
    client.post("/v1/models/reload")
    client.post("/v1/claims/score", json=CLAIM | {"claim_id": "TO-ERASE"})
    assert _shadow_count(home, at_least=1) == 1
    erase(home.history_uri, plan_claim_erasure(home.history_uri, "TO-ERASE"))
    assert ScoreLog(home.history_uri).shadows().num_rows == 0


def test_share_takes_its_part_of_claims_and_always_the_same() -> None:
    taken = [is_sampled(f"PCN{at}", 0.25) for at in range(4000)]
    assert 0.22 < sum(taken) / len(taken) < 0.28
    assert taken == [is_sampled(f"PCN{at}", 0.25) for at in range(4000)]
    assert not any(is_sampled(f"PCN{at}", 0.0) for at in range(100))
    assert all(is_sampled(f"PCN{at}", 1.0) for at in range(100))
