"""Checks against what listens on ports of this machine, and against ports on which nothing does."""

import shutil
import socket
from pathlib import Path

import pytest

from claims.home import Home
from serving.database.connection import open_database
from serving.doctor.connections import check_database, check_registry
from serving.doctor.finding import State

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning")  # MLflow's own


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_looking_at_a_database_makes_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert check_database(home).state is State.OK
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_another_migration_is_a_warning(tmp_path: Path) -> None:
    home = Home(tmp_path)
    engine = open_database(home.database_url)
    assert check_database(home).state is State.OK
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    engine.dispose()
    assert check_database(home).state is State.WARN


def test_a_database_that_does_not_answer_fails_without_its_password(tmp_path: Path, closed_port: int) -> None:
    found = check_database(Home(tmp_path, database_url=f"postgresql://ann:hush@127.0.0.1:{closed_port}/denials"))
    assert found.state is State.FAIL
    assert "hush" not in found.seen


def test_a_registry_that_does_not_answer_is_a_warning_at_once(tmp_path: Path, closed_port: int) -> None:
    found = check_registry(Home(tmp_path, mlflow_uri=f"http://ann:hush@127.0.0.1:{closed_port}"))
    assert found.state is State.WARN
    assert "does not answer" in found.seen
    assert "hush" not in found.seen


def test_a_champion_that_the_home_does_not_serve_is_a_warning(trained_home: Home, tmp_path: Path) -> None:
    assert check_registry(trained_home).state is State.OK
    shutil.copytree(trained_home.path / "models", tmp_path / "models")
    pointer = tmp_path / "models" / "denial_risk" / "champion.json"
    pointer.write_text(pointer.read_text().replace('"registry_version": "1"', '"registry_version": "0"'))
    found = check_registry(Home(tmp_path, mlflow_uri=trained_home.mlflow_uri))
    assert found.state is State.WARN
    assert "names version 1 of denial_risk, the home serves 0" in found.seen
