"""Owns a real service in a process of its own, over a copy of a home, and talking to it as a client does."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 240
ROOT = Path(__file__).parents[2]
NOT_REACHED = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; status 0 where nobody answered."""

    status: int
    body: Any = None

    @property
    def is_ok(self) -> bool:
        """Tell whether the service said yes."""
        return 200 <= self.status < 300


class Service:
    """`denials serve` on a port of its own."""

    def __init__(self, home: Path, *, today: str, environment: Mapping[str, str] | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home = home
        own = {"DENIALS_AUTHENTICATION": "off", "DENIALS_TODAY": today, "DENIALS_LOG_LEVEL": "warning", "PYTHONPATH": str(ROOT)}
        self._environment = {**os.environ, **own, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.log = home.with_name(f"{home.name}.log")

    def start(self) -> float:
        """Start and wait until it is ready; gives the seconds that took."""
        begun = time.perf_counter()
        command = [sys.executable, "-m", "cli.main", "--home", str(self.home), "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        while not self.ask("GET", "/healthz").is_ok:
            if self._process.poll() is not None or time.perf_counter() - begun > START_SECONDS:
                raise RuntimeError(f"no service at port {self.port}: {self.log.read_text(encoding='utf-8')[-2000:]}")
            time.sleep(0.1)
        return time.perf_counter() - begun

    @property
    def resident_megabytes(self) -> float:
        """Read what the process holds in memory, while it runs."""
        assert self._process is not None
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2

    @property
    def processor_seconds(self) -> float:
        """Read the processor time that the process has used, while it runs."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def text(self, path: str) -> str:
        """Read an answer that is no JSON."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return str(answer.read(), "utf-8")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as systemd would."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=120)
            self._process = None

    def ask(
        self, method: str, path: str, body: object = None, *, upload: tuple[str, bytes] | None = None, seconds: float = 120
    ) -> Answer:
        """Send one request on a connection of its own."""
        headers, data = {}, None
        if upload is not None:
            mark = "reliability-part"
            head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{upload[0]}"\r\n\r\n'
            data = head.encode() + upload[1] + f"\r\n--{mark}--\r\n".encode()
            headers["content-type"] = f"multipart/form-data; boundary={mark}"
        elif body is not None:
            data, headers["content-type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310  our own address
                return Answer(status=answer.status, body=_read(answer.read()))
        except urllib.error.HTTPError as error:
            return Answer(status=error.code, body=_read(error.read()))
        except (OSError, urllib.error.URLError, ValueError):
            return Answer(status=NOT_REACHED)


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


@contextmanager
def running(home: Path, *, today: str, environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Start a service, stop it in the end whatever happened."""
    service = Service(home, today=today, environment=environment)
    try:
        service.start()
        yield service
    finally:
        service.kill()


def copy_home(source: Path, folder: Path, name: str) -> Path:
    """Copy a home that a scenario may spoil."""
    target = folder / name
    shutil.copytree(source, target)
    return target
