"""One small trained practice for every test that needs one: simulated, ingested and trained once per test run."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from claims.history.ingest import ingest_paths
from claims.home import Home
from serving.bundles import APPEAL_SUCCESS, DENIAL_RISK, install_champion
from simulator import simulate
from training.pipeline import train_model

ROOT = Path(__file__).resolve().parents[1]
CLAIMS, MONTHS, SEED, START = 8_000, 18, 5, date(2024, 1, 1)
END = date(2025, 7, 1)


@pytest.fixture(scope="session", autouse=True)
def _unlogged() -> None:
    """Keep scores of tests out of the shared practice; a test about the score log turns it on."""
    os.environ.setdefault("DENIALS_SCORE_LOG", "false")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _hash_of_code() -> str:
    """Hash every file that has a say in the practice."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for room in ("claims", "features", "models", "training", "simulator"):
        for path in sorted((ROOT / room).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with `files/` (X12 and CSV) and `home/` (history and models). Shared by all workers: read only.

    With DENIALS_TEST_PRACTICES set to a folder, it is kept there for later runs, until code that makes it changes.
    """
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "practice"
    if kept := os.environ.get("DENIALS_TEST_PRACTICES"):
        root = Path(kept) / f"practice-{_hash_of_code()}"
    root.mkdir(exist_ok=True, parents=True)
    with _locked(root / "lock"):
        if not (root / "done").exists():
            for part in ("files", "home"):  # of a run that was cut short
                shutil.rmtree(root / part, ignore_errors=True)
            simulate(root / "files", claims=CLAIMS, months=MONTHS, seed=SEED, start=START)
            home = Home(root / "home")
            ingest_paths([root / "files"], home=home, now=datetime(2025, 7, 1, tzinfo=UTC))
            for name in (DENIAL_RISK, APPEAL_SUCCESS):
                result = train_model(name, home=home, now=datetime(2025, 7, 1, tzinfo=UTC))
                install_champion(home, name, result.bundle_dir, registry_version=result.version)
            (root / "done").touch()
    return root


@pytest.fixture(scope="session")
def trained_home(practice: Path) -> Home:
    """Give the home of the shared practice. Read only."""
    return Home(practice / "home")


@pytest.fixture(scope="session", autouse=True)
def _no_authentication() -> Iterator[None]:
    """Leave out keys in tests that are about something else; `tests/serving/security` asks for them as every service does.

    Off, the service answers this process alone: no test that goes over a network from elsewhere would pass.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DENIALS_AUTHENTICATION", "off")
        yield
