"""MLflow's own processes, the tracking server and `mlflow models serve`, for tests that need what a person starts."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[1]
WAIT_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def tracking_server(folder: Path, port: int) -> Iterator[str]:
    """Run a tracking server that keeps everything in a folder; give its address."""
    words = [
        "server",
        "--backend-store-uri",
        f"sqlite:///{folder}/server.db",
        "--artifacts-destination",
        str(folder / "artifacts"),
    ]
    with _running([*words, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"], folder, port, "/health"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def model_server(model: Path, folder: Path, **environment: str) -> Iterator[str]:
    """Run `mlflow models serve` on a model's folder; give the address to post to."""
    port = free_port()
    words = ["models", "serve", "--model-uri", str(model), "--env-manager", "local", "--port", str(port)]
    with _running(words, folder, port, "/ping", **environment):
        yield f"http://127.0.0.1:{port}/invocations"


@contextmanager
def _running(words: list[str], folder: Path, port: int, alive: str, **environment: str) -> Iterator[None]:
    its_own = os.environ | {"PYTHONPATH": str(ROOT), "MLFLOW_DISABLE_TELEMETRY": "true"} | environment
    folder.mkdir(parents=True, exist_ok=True)
    with (
        (folder / "mlflow.txt").open("ab") as printed,
        subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words], env=its_own, stdout=printed, stderr=printed, start_new_session=True
        ) as process,
    ):
        try:
            deadline = time.monotonic() + WAIT_SECONDS
            while True:
                assert process.poll() is None, "MLflow ended"
                assert time.monotonic() < deadline, "MLflow did not come up"
                try:
                    if httpx2.get(f"http://127.0.0.1:{port}{alive}").status_code == 200:
                        break
                except httpx2.TransportError:
                    time.sleep(0.2)
            yield
        finally:
            os.killpg(process.pid, 15)  # its workers, too: the session is its own
            process.wait(timeout=30)
