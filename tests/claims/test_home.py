from pathlib import Path

from claims.home import Home


def test_everything_stands_inside_the_home_by_default(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.history_uri == str(tmp_path / "history")
    assert home.mlflow_uri == f"sqlite:///{tmp_path}/mlflow.db"
    assert home.database_url == f"sqlite:///{tmp_path}/serving.db"
    assert {home.artifacts, home.quarantine, home.logs, home.secrets} == {
        tmp_path / name for name in ("mlartifacts", "quarantine", "logs", "secrets")
    }


def test_overrides_move_parts_elsewhere(tmp_path: Path) -> None:
    home = Home(tmp_path, history_uri="s3://bucket/history", database_url="postgresql://db/denials")
    assert home.history_uri == "s3://bucket/history"
    assert home.database_url == "postgresql://db/denials"
    assert home.quarantine == tmp_path / "quarantine"


def test_naming_a_home_creates_nothing(tmp_path: Path) -> None:
    assert not Home(tmp_path / "new").path.exists()
