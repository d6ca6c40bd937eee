import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from claims.home import Home
from serving.bundles import DENIAL_RISK, install_champion, load_champion
from serving.doctor.finding import State
from serving.doctor.home_checks import (
    check_history,
    check_home,
    check_model,
    check_monitored,
    check_own_files,
    check_permissions,
)
from serving.settings import Settings
from tests.conftest import END

NOW = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def own_models(trained_home: Home, tmp_path: Path) -> Home:
    shutil.copytree(trained_home.path / "models", tmp_path / "models")
    return Home(tmp_path)


def _break(home: Home) -> None:
    bundle = next((home.path / "models" / DENIAL_RISK).glob("*/bundle.json"))
    bundle.write_text(bundle.read_text().replace("denial", "Denial", 1))


def test_a_home_that_is_missing_or_a_file_fails(home: Home) -> None:
    (home.path / "file").touch()
    assert [check_home(Home(home.path / name)).state for name in ("none", "file", ".")] == [State.FAIL, State.FAIL, State.OK]


def test_a_key_that_others_may_read_fails(home: Home) -> None:
    home.path.chmod(0o700)
    home.secrets.mkdir(mode=0o700)
    home.person_key.touch(mode=0o600)
    assert check_permissions(home).state is State.OK
    home.path.chmod(0o705)
    assert check_permissions(home).state is State.WARN
    home.person_key.chmod(0o640)
    assert check_permissions(home).state is State.FAIL


@pytest.mark.parametrize(("days_later", "state"), [(1, State.OK), (30, State.WARN)])
def test_history_is_fresh_by_its_newest_claim(trained_home: Home, days_later: int, state: State) -> None:
    today = END + timedelta(days=days_later)
    assert check_history(Settings(home_path=trained_home.path, today=today)).state is state


def test_a_home_without_history_says_how_to_make_one(home: Home) -> None:
    found = check_history(Settings(home_path=home.path, today=date(2026, 1, 1)))
    assert (found.state, found.remedy) == (State.FAIL, "denials ingest PATH")


def test_a_damaged_model_fails_and_promoting_the_champion_again_mends_it(own_models: Home, trained_home: Home) -> None:
    assert check_model(own_models, DENIAL_RISK).state is State.OK
    _break(own_models)
    assert check_model(own_models, DENIAL_RISK).state is State.FAIL
    sound = next((trained_home.path / "models" / DENIAL_RISK).glob("*/bundle.json")).parent
    install_champion(own_models, DENIAL_RISK, sound, registry_version="1")
    assert check_model(own_models, DENIAL_RISK).state is State.OK
    assert load_champion(own_models, DENIAL_RISK).registry_version == "1"


def test_only_the_model_of_claims_is_a_must(home: Home) -> None:
    assert [check_model(home, name).state for name in (DENIAL_RISK, "appeal_success")] == [State.FAIL, State.WARN]


def test_a_rule_file_that_cannot_be_read_is_named(home: Home) -> None:
    home.payer_rules.mkdir()
    (home.payer_rules / "acme.toml").write_text("[[timely_filing]\n")
    found = check_own_files(home)
    assert found.state is State.FAIL
    assert "acme.toml" in found.seen


@pytest.mark.parametrize(("pays", "days", "state"), [(False, 1, State.OK), (False, 9, State.WARN), (True, 1, State.WARN)])
def test_monitor_is_to_run_and_to_be_heard(home: Home, pays: bool, days: int, state: State) -> None:
    home.logs.mkdir()
    kept = {"ran_at": (NOW - timedelta(days=days)).isoformat(), "reports": [{"model": DENIAL_RISK, "retraining_pays": pays}]}
    home.last_monitor.write_text(json.dumps(kept))
    assert check_monitored(home, now=NOW).state is state
