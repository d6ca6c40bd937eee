"""`denials retrain`, `models promote` and `monitor` on a home of their own, with a history long enough for one of the models."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from claims.history.ingest import ingest_paths
from claims.home import Home
from serving.bundles import load_champion
from simulator import simulate
from tests.cli.test_commands import run
from training.registry import ModelRegistry


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("small")
    simulate(root / "files", claims=1500, months=9, seed=4, start=date(2024, 1, 1))
    home = Home(root / "home")
    ingest_paths([root / "files"], home=home, now=datetime(2026, 1, 5, tzinfo=UTC))
    return home


def test_retrain_promotes_the_first_keeps_its_twin_and_says_why(small_home: Home) -> None:
    code, out, _ = run(small_home, "retrain", "--model", "denial_risk", "--json")
    first = json.loads(out)
    assert (code, [row["outcome"] for row in first]) == (0, ["promoted"])
    assert load_champion(small_home, "denial_risk").registry_version == "1"

    code, out, _ = run(small_home, "retrain", "--json")
    risk, appeal = json.loads(out)
    assert code == 1  # too few decided appeals in nine months
    assert (risk["outcome"], risk["champion"], risk["challenger"]) == ("kept", "1", "2")
    assert "not better beyond chance" in risk["reason"]
    assert risk["log_loss_difference"] == [0.0, 0.0, 0.0]
    assert appeal["outcome"] == "not trained"
    assert "expected at least 100" in appeal["reason"]

    code, out, trouble = run(small_home, "models", "promote", "denial_risk", "--json")
    assert (code, json.loads(out)["champion"]) == (1, "no")
    assert "--force --reason" in trouble
    code, _, trouble = run(small_home, "models", "promote", "denial_risk", "--force")
    assert code == 2
    assert "expected a reason" in trouble
    code, _, _ = run(small_home, "models", "promote", "denial_risk", "--force", "--reason", "trial week")
    assert code == 0
    assert load_champion(small_home, "denial_risk").registry_version == "2"
    assert ModelRegistry(small_home).get("denial_risk").tags["gate.overruled"] == "trial week"

    assert run(small_home, "models", "rollback", "denial_risk")[0] == 0
    assert load_champion(small_home, "denial_risk").registry_version == "1"

    code, out, _ = run(small_home, "monitor", "--json")
    report = json.loads(out)[0]
    assert (code, report["model"], report["version"]) == (0, "denial_risk", "1")
    assert "too early to say" in report["verdict"]  # it learned from all there is
    assert run(small_home, "monitor")[0] == 0


def test_monitor_without_a_champion_is_wrong_use(tmp_path: Path) -> None:
    code, _, trouble = run(tmp_path, "monitor")
    assert code == 2
    assert "expected a champion, got none" in trouble


def test_retrain_of_an_unknown_model_is_wrong_use(tmp_path: Path) -> None:
    code, _, trouble = run(tmp_path, "retrain", "--model", "other")
    assert code == 2
    assert "expected denial_risk, appeal_success or all" in trouble


def test_retrain_without_a_history_is_wrong_use_and_says_what_is_missing(tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, "retrain")
    assert code == 2
    assert "expected at least 100, got 0" in out
