import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable
from fastapi.testclient import TestClient
from sqlalchemy import text
from typer.testing import CliRunner

from claims.history.store import HistoryStore
from claims.home import Home
from claims.score_log.log import ScoreLog
from cli.main import app
from serving.app import create_app
from serving.database.connection import open_database
from serving.security.retention import find_outdated, remove_items
from serving.security.security import Security
from serving.settings import Settings
from tests import factories
from tests.claims.score_log.rows import score_row, score_rows
from tests.conftest import END
from tests.serving.security.traces import texts_of


def run(home: Path, *words: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["--home", str(home), "retention", *words, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.mktemp("retention") / "home"
    leave = shutil.ignore_patterns("serving.db*", "audit.*", "mlartifacts", "mlflow.db")
    shutil.copytree(trained_home.path, own, ignore=leave)
    return own


def test_patient_is_shown_then_gone_for_good_and_in_the_trail(home: Path) -> None:
    with TestClient(create_app(Settings(home_path=home, today=END))) as client:
        claim_id = client.get("/v1/queue", params={"limit": 1}).json()["items"][0]["claim_id"]
        client.post("/v1/queue/next", json={"by": "ann"})
    before = HistoryStore(str(home / "history")).read("claims").num_rows
    shown = run(home, "erase", "--patient", claim_id)
    assert shown["erased"] is False
    assert HistoryStore(str(home / "history")).read("claims").num_rows == before
    assert any(claim_id in content for _, content in texts_of(home))

    erased = run(home, "erase", "--patient", claim_id, "--yes")
    assert erased == shown | {"erased": True}
    assert int(str(erased["claims"])) >= 1
    assert int(str(erased["work_items"])) >= 1
    assert HistoryStore(str(home / "history")).read("claims").num_rows == before - int(str(erased["claims"]))
    holding = [name for name, content in texts_of(home) if claim_id in content]
    assert holding == []
    database = open_database(f"sqlite:///{home / 'serving.db'}")
    trail = Security(Settings(home_path=home), database).audit_store
    assert trail.events(claim_id=claim_id)[-1].call == "denials retention erase"
    trail.verify()
    database.dispose()
    with TestClient(create_app(Settings(home_path=home, today=END))) as client:
        assert client.post("/v1/denials/score", json={"claim_ids": [claim_id]}).json()["not_open"] == [claim_id]


def test_no_version_of_a_table_brings_an_erased_claim_back(home: Path) -> None:
    claim_id = HistoryStore(str(home / "history")).read("claims")["patient_control_number"][0].as_py()
    run(home, "erase", "--claim", claim_id, "--yes")
    table = DeltaTable(home / "history" / "claims")
    files = [path for path in (home / "history" / "claims").rglob("*.parquet") if "_delta_log" not in path.parts]
    assert {path.name for path in files} == {Path(uri).name for uri in table.file_uris()}


def test_old_files_and_closed_items_go_and_young_ones_stay(home: Path) -> None:
    with TestClient(create_app(Settings(home_path=home, today=END))) as client:
        item = client.get("/v1/queue", params={"limit": 1}).json()["items"][0]
        client.post(f"/v1/queue/{item['id']}/outcome", json={"version": item["version"], "by": "ann", "outcome": "upheld"})
    old, young = home / "quarantine" / "old.raw", home / "logs" / "young.jsonl"
    for path in (old, young):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    os.utime(old, (long_ago, long_ago))
    assert run(home, "apply", "--days", "30")["files"] == 1
    assert old.exists()
    run(home, "apply", "--days", "30", "--yes")
    assert (old.exists(), young.exists()) == (False, True)
    database = open_database(f"sqlite:///{home / 'serving.db'}")
    later = datetime.now(UTC) + timedelta(days=31)
    outdated = find_outdated(Home(home), database, now=later, days=30)
    assert item["id"] in outdated.item_keys
    remove_items(database, outdated.item_keys)
    assert find_outdated(Home(home), database, now=later, days=30).item_keys == ()
    with database.connect() as connection:
        guards = text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'touches'")
        assert connection.execute(guards).scalar() == 2
    database.dispose()


def test_no_byte_of_an_erased_claim_stays_in_the_history(trained_home: Home, tmp_path: Path) -> None:
    """The smallest and the largest number stand in the statistics of every log entry, and a deletion names what it deletes."""
    home = tmp_path / "home"
    for name in ("history", "secrets"):
        shutil.copytree(trained_home.path / name, home / name, ignore=shutil.ignore_patterns("audit.*"))
    claims = HistoryStore(str(home / "history")).read("claims")
    numbers = sorted(claims["patient_control_number"].to_pylist())
    ends = (numbers[0], numbers[-1])
    entries = b"".join(path.read_bytes() for path in sorted((home / "history" / "claims" / "_delta_log").glob("*.json")))
    assert all(number.encode() in entries for number in ends)
    for number in ends:
        run(home, "erase", "--claim", number, "--yes")
        holding = [path for path in (home / "history").rglob("*") if path.is_file() and number.encode() in path.read_bytes()]
        assert holding == []
    assert HistoryStore(str(home / "history")).read("claims").num_rows < claims.num_rows


def test_old_rows_of_the_score_log_go_and_young_ones_stay(home: Path) -> None:
    log = ScoreLog(str(home / "history"))
    old, young = (factories.claim(name) for name in ("SCORED-LONG-AGO", "SCORED-LATELY"))
    log.append(
        score_rows(score_row(old, scored_at=datetime(2020, 1, 1, tzinfo=UTC)), score_row(young, scored_at=datetime.now(UTC)))
    )
    assert run(home, "apply", "--days", "30")["score_log_rows"] == 1
    assert log.scores().num_rows == 2
    run(home, "apply", "--days", "30", "--yes")
    assert log.scores()["patient_control_number"].to_pylist() == ["SCORED-LATELY"]
    files = [path for path in (home / "history" / "scores").rglob("*") if path.is_file()]
    assert not any(b"SCORED-LONG-AGO" in path.read_bytes() for path in files)
    assert run(home, "apply", "--days", "30")["score_log_rows"] == 0


def test_commands_that_show_claims_are_in_the_trail(home: Path, tmp_path: Path) -> None:
    words = [["score", "docs/examples/claims.837", "--out", "s.csv"], ["queue", "--out", "q.csv"], ["report", "--out", "report"]]
    for command, *rest, out in words:
        result = CliRunner().invoke(app, ["--home", str(home), command, *rest, str(tmp_path / out)])
        assert result.exit_code == 0, result.output
    database = open_database(f"sqlite:///{home / 'serving.db'}")
    trail = Security(Settings(home_path=home), database).audit_store
    assert [event.call for event in trail.events(claim_id="EXAMPLE-1")] == ["denials score"]
    item = (tmp_path / "q.csv").read_text().splitlines()[1].split(",")[1]
    assert "denials queue" in {event.call for event in trail.events(claim_id=item)}
    events = [event for event in trail.events() if event.call == "denials report"]
    assert [(event.actor[:3], event.touching) for event in events] == [("os:", "seen")]
    trail.verify()
    database.dispose()


def test_wrong_use_is_said(home: Path) -> None:
    result = CliRunner().invoke(app, ["--home", str(home), "retention", "erase"])
    assert result.exit_code == 2
    assert "--claim and --patient" in result.stderr
