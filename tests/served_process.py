"""`denials serve` as a process of its own, for tests that need what a person starts."""

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.conftest import END

WAIT_SECONDS = 90.0


@contextmanager
def served(home: Path, *flags: str, verify: ssl.SSLContext | bool = True, **environment: str) -> Iterator[httpx2.Client]:
    """Serve a home in another process until it is ready; give a client of it. What it prints goes to `home/serve.txt`."""
    port, scheme = _free_port(), "https" if isinstance(verify, ssl.SSLContext) else "http"
    words = [sys.executable, "-m", "cli.main", "--home", str(home), "serve", "--port", str(port), *flags]
    its_own = os.environ | {"DENIALS_TODAY": END.isoformat(), "DENIALS_AUTHENTICATION": "off"} | environment
    its_own.pop("JOURNAL_STREAM", None)  # under a journal the first key would go to a file instead
    with (
        (home / "serve.txt").open("wb") as printed,
        subprocess.Popen(words, env=its_own, stdout=printed, stderr=subprocess.DEVNULL) as process,
    ):
        try:
            with httpx2.Client(base_url=f"{scheme}://localhost:{port}", verify=verify) as client:
                _wait_for(client, process)
                yield client
        finally:
            process.terminate()
            process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(client: httpx2.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        assert process.poll() is None, "the service ended"
        assert time.monotonic() < deadline, "the service did not come up"
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
