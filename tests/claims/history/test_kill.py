"""kill -9 at any moment of an ingest, then again and again until it gets through: nothing lost, nothing doubled."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from claims.history.ingest import ingest_paths
from claims.history.schema import SCHEMAS
from claims.history.store import HistoryStore
from claims.home import Home
from claims.x12 import write_transactions
from tests import factories as make

ROOT = Path(__file__).resolve().parents[3]
# Small loads, so that one run has many commits to be killed between.
INGEST = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from claims.history import ingest
from claims.home import Home
ingest.LOAD_FILES = 4
print("ready", flush=True)
ingest.ingest_paths([Path(sys.argv[1])], home=Home(Path(sys.argv[2])), now=datetime.now(UTC))
"""
# Dies by its own hand at the n-th write: before it (odd) or right after it (even).
INGEST_UNTIL = (
    """
import os, signal, sys
from claims.history import delta, ledger
countdown = int(sys.argv[3])
def deadly(write):
    def wrapped(*arguments, **named):
        global countdown
        countdown -= 1
        if countdown == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = write(*arguments, **named)
        countdown -= 1
        if countdown == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return wrapped
delta.write_deltalake = deadly(delta.write_deltalake)
ledger.write_deltalake = deadly(ledger.write_deltalake)
"""
    + INGEST
)


def fill_inbox(folder: Path, *, files: int) -> None:
    folder.mkdir()
    rows = ["subscriber_id,payer_id,checked_on,status,plan_begin,plan_end"]
    for index in range(files):
        numbers = [f"P{index}-{place}" for place in range(3)]
        sent = make.claim_transaction(*(make.claim(number) for number in numbers), control_number=f"{index:04}")
        got = make.remittance_transaction(*(make.denied(number) for number in numbers), control_number=f"{index:04}")
        (folder / f"{index:03}.837").write_bytes(write_transactions([sent]))
        (folder / f"{index:03}.835").write_bytes(write_transactions([got]))
        rows.append(f"M{index},PAYER1,2026-01-05,active,,")
    (folder / "eligibility.csv").write_text("\n".join(rows))


def contents(home: Home) -> dict[str, list[str]]:
    store = HistoryStore(home.history_uri)
    return {
        name: sorted(repr({k: v for k, v in row.items() if k != "load_id"}) for row in store.read(name).to_pylist())
        for name in SCHEMAS
    }


def run_and_kill(script: str, *arguments: str, after: float | None) -> tuple[int, float]:
    """Run an ingest in a process of its own; kill it so many seconds after it began. Returns exit code and seconds."""
    process = subprocess.Popen([sys.executable, "-c", script, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    try:
        code = process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        code = process.wait()
    process.stdout.close()
    return code, time.monotonic() - began


@pytest.fixture
def clean(tmp_path: Path) -> tuple[Path, Home]:
    """An inbox, and the home of a run that nothing disturbed."""
    inbox = tmp_path / "inbox"
    fill_inbox(inbox, files=16)
    home = Home(tmp_path / "clean")
    ingest_paths([inbox], home=home, now=datetime.now(UTC))
    return inbox, home


def fresh_home(path: Path, clean: Home) -> Home:
    home = Home(path)
    shutil.copytree(clean.secrets, home.secrets)  # the same key gives the same hashes
    return home


def assert_equal_to_clean(home: Home, clean: Home) -> None:
    assert contents(home) == contents(clean)
    store = HistoryStore(home.history_uri)
    store.sweep(now=datetime.now(UTC) + timedelta(hours=2))
    assert contents(home) == contents(clean)
    for name, rows in contents(clean).items():
        if rows:
            assert DeltaTable(f"{home.history_uri}/{name}").to_pyarrow_table().num_rows == len(rows), name


def kill_at_random(tmp_path: Path, inbox: Path, clean: Home, *, kills: int, seed: int) -> None:
    """Kill that many runs at random moments; whenever one got through, compare and begin with an empty history."""
    chance = random.Random(seed)  # noqa: S311
    killed = rounds = 0
    home = fresh_home(tmp_path / "round0", clean)
    span = 0.7  # seconds that a run takes; corrected by those that get through
    while killed < kills:
        code, seconds = run_and_kill(INGEST, str(inbox), str(home.path), after=chance.uniform(0.0, span))
        if code == 0:
            assert_equal_to_clean(home, clean)
            rounds, span = rounds + 1, max(0.05, seconds * 0.9)
            home = fresh_home(tmp_path / f"round{rounds}", clean)
        else:
            assert code == -signal.SIGKILL
            killed += 1
    assert run_and_kill(INGEST, str(inbox), str(home.path), after=None)[0] == 0
    assert_equal_to_clean(home, clean)


@pytest.mark.slow
def test_runs_killed_at_random_moments_end_like_one_that_was_not(tmp_path: Path, clean: tuple[Path, Home]) -> None:
    inbox, undisturbed = clean
    kill_at_random(tmp_path, inbox, undisturbed, kills=8, seed=20261123)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_many_runs_killed_at_random_moments_end_like_one_that_was_not(
    tmp_path: Path, clean: tuple[Path, Home], seed: int
) -> None:
    inbox, undisturbed = clean
    kill_at_random(tmp_path, inbox, undisturbed, kills=25, seed=seed)


@pytest.mark.slow
def test_a_run_killed_around_every_single_write_ends_like_one_that_was_not(tmp_path: Path, clean: tuple[Path, Home]) -> None:
    inbox = tmp_path / "small"
    fill_inbox(inbox, files=3)
    undisturbed = fresh_home(tmp_path / "undisturbed", clean[1])
    ingest_paths([inbox], home=undisturbed, now=datetime.now(UTC))
    write = code = 0
    while write == 0 or code == -signal.SIGKILL:
        write += 1
        home = fresh_home(tmp_path / f"write{write}", undisturbed)
        code, _ = run_and_kill(INGEST_UNTIL, str(inbox), str(home.path), str(write), after=None)
        assert run_and_kill(INGEST, str(inbox), str(home.path), after=None)[0] == 0
        assert_equal_to_clean(home, undisturbed)
    assert write > 20


def test_two_ingests_at_once_double_nothing(tmp_path: Path, clean: tuple[Path, Home]) -> None:
    inbox, undisturbed = clean
    home = fresh_home(tmp_path / "shared", undisturbed)
    command = [sys.executable, "-c", INGEST, str(inbox), str(home.path)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert_equal_to_clean(home, undisturbed)
