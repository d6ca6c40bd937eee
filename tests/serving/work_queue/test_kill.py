"""kill -9 at any moment of a sync or of work on the queue, on both databases: nothing lost, nothing doubled."""

import multiprocessing
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from claims.home import Home
from claims.x12 import write_transactions
from serving.database.connection import open_database
from serving.work_queue.tables import touches, work_items
from tests import factories as make
from tests.serving.work_queue import doomed

# Processes forked from one that has imported everything already, and runs no thread.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.serving.work_queue.doomed"])
PATIENCE = 120


def run(target: Callable[..., None], *arguments: Any, after: float | None = None) -> int | None:
    """Run in a process of its own; kill it after so many seconds. Gives its exit code."""
    process = CONTEXT.Process(target=target, args=arguments)
    process.start()
    process.join(PATIENCE if after is None else after)
    if after is not None and process.is_alive():
        process.kill()
        process.join(PATIENCE)
    code = process.exitcode
    process.close()
    return code


def check(engine: Engine, log: Path) -> None:
    """Hold the database to what was accepted and to itself."""
    with engine.connect() as connection:
        items = {row.key: row for row in connection.execute(select(work_items))}
        told = connection.execute(select(touches).order_by(touches.c.id)).all()
    of_item = {key: [touch for touch in told if touch.item_key == key] for key in items}
    for key, row in items.items():
        assert row.version == 1 + len(of_item[key]), key
        assert (row.status == "in_progress") == (row.leased_until is not None), key
        assert (row.status == "closed") == (row.outcome is not None), key
        last = [touch.changes["status"][1] for touch in of_item[key] if "status" in touch.changes]
        assert row.status == (last[-1] if last else "open"), key
    notes = Counter(touch.note for touch in told if touch.note)
    assert not [note for note, times in notes.items() if times > 1]
    for key, version, note in doomed.said(log.read_text(encoding="utf-8").splitlines(keepends=True)) if log.exists() else ():
        touch = of_item[key][version - 2]  # the first touch makes version 2
        assert (touch.what if note == "take" else touch.note) == note


def check_end(engine: Engine) -> None:
    """After a run that got through every item of the last day is there once, with its facts, and the ended ones are closed."""
    last = doomed.DAYS - 1
    with engine.connect() as connection:
        rows = {row.key: row for row in connection.execute(select(work_items))}
    assert sorted(rows) == sorted(one.key for one in doomed.items_of(last))
    for one in doomed.items_of(last):
        if one.key in doomed.closings_of(last):
            assert rows[one.key].status == "closed"
        else:
            assert rows[one.key].expected_recovery == one.expected_recovery


def kill_at_random(engine: Engine, url: str, log: Path, *, kills: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    killed, span = 0, 0.5
    while killed < kills:
        began = time.monotonic()
        code = run(doomed.work, url, log, killed, None, after=chance.uniform(0.02, span))
        check(engine, log)
        if code == 0:
            span = max(0.05, (time.monotonic() - began) * 0.9)
            check_end(engine)
        else:
            assert code == -signal.SIGKILL
        killed += 1
    assert run(doomed.work, url, log, kills, None) == 0
    check(engine, log)
    check_end(engine)


def test_killed_at_random_moments_nothing_accepted_is_lost(engine: Engine, database_url: str, tmp_path: Path) -> None:
    kill_at_random(engine, database_url, tmp_path / "accepted.log", kills=4, seed=20261125)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_killed_many_times_nothing_accepted_is_lost(engine: Engine, database_url: str, tmp_path: Path, seed: int) -> None:
    kill_at_random(engine, database_url, tmp_path / "accepted.log", kills=50, seed=seed)


def kill_at_point(engine: Engine, url: str, log: Path, point: int) -> int | None:
    """Kill a run at a point, look, let another run through, look again."""
    code = run(doomed.work, url, log, point, point)
    check(engine, log)
    if code != 0:
        assert code == -signal.SIGKILL
        assert run(doomed.work, url, log, -point, None) == 0
        check(engine, log)
    check_end(engine)
    return code


# Of the first day: in the sync, before and after its commit, within a take, a change, an assignment, an outcome.
@pytest.mark.parametrize("point", [3, 7, 18, 27])
def test_killed_between_statements_a_run_ends_like_one_that_was_not(
    engine: Engine, database_url: str, tmp_path: Path, point: int
) -> None:
    assert kill_at_point(engine, database_url, tmp_path / "accepted.log", point) == -signal.SIGKILL


@pytest.mark.slow
def test_killed_at_every_single_point_a_run_ends_like_one_that_was_not(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fresh = fresh_databases(database_url, tmp_path, request)
    point, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        point += 1
        url = fresh()
        engine = open_database(url)
        code = kill_at_point(engine, url, tmp_path / f"accepted{point}.log", point) or 0
        engine.dispose()
    assert point > 100


def fresh_databases(url: str, folder: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Give a way to more databases of the kind that a test got."""
    if url.startswith("postgresql"):
        new: Callable[[], str] = request.getfixturevalue("postgresql_server").new_database
        return new
    names = iter(range(10_000))
    return lambda: f"sqlite:///{folder / f'queue{next(names)}.db'}"


def fill_inbox(folder: Path, *, files: int) -> None:
    folder.mkdir()
    for index in range(files):
        numbers = [f"P{index}-{place}" for place in range(3)]
        sent = make.claim_transaction(*(make.claim(number) for number in numbers), control_number=f"{index:04}")
        got = make.remittance_transaction(*(make.denied(number) for number in numbers), control_number=f"{index:04}")
        (folder / f"{index:03}.837").write_bytes(write_transactions([sent]))
        (folder / f"{index:03}.835").write_bytes(write_transactions([got]))


def keys_of(engine: Engine) -> list[tuple[str, str, int]]:
    with engine.connect() as connection:
        return sorted((row.claim_id, row.status, row.version) for row in connection.execute(select(work_items)))


def kill_loads(tmp_path: Path, engine: Engine, url: str, *, kills: int, seed: int) -> None:
    """Kill runs that load files and bring the queue in step; the last one gets through."""
    inbox, home, chance = tmp_path / "inbox", tmp_path / "home", random.Random(seed)  # noqa: S311
    fill_inbox(inbox, files=4)
    undisturbed = f"sqlite:///{tmp_path / 'undisturbed.db'}"
    began = time.monotonic()
    assert run(doomed.ingest_and_sync, inbox, tmp_path / "clean", undisturbed, None) == 0
    span = time.monotonic() - began
    shutil.copytree(Home(tmp_path / "clean").secrets, Home(home).secrets)
    for _ in range(kills):
        assert run(doomed.ingest_and_sync, inbox, home, url, None, after=chance.uniform(0, span)) in {0, -signal.SIGKILL}
    assert run(doomed.ingest_and_sync, inbox, home, url, None) == 0
    clean = open_database(undisturbed)
    wanted = keys_of(clean)
    clean.dispose()
    assert len(wanted) == 12
    assert keys_of(engine) == wanted


def test_loads_killed_at_random_leave_each_denial_once_in_the_queue(engine: Engine, database_url: str, tmp_path: Path) -> None:
    kill_loads(tmp_path, engine, database_url, kills=2, seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_loads_killed_many_times_leave_each_denial_once_in_the_queue(
    engine: Engine, database_url: str, tmp_path: Path, seed: int
) -> None:
    kill_loads(tmp_path, engine, database_url, kills=25, seed=seed)
