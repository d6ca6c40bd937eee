"""Owns the checks of the machine: Python, packages against the lock, memory, disk, and whether the service's port is free."""

import re
import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from serving.doctor.finding import Finding, fail, ok, warn
from serving.settings import Settings

OLDEST_PYTHON = (3, 11)
LOCK = "run.lock"
GIGABYTE = 1024**3
LEAST_MEMORY, GOOD_MEMORY = 1 * GIGABYTE, 2 * GIGABYTE  # training the demonstration takes 1.2 GB, a worker about 1
LEAST_DISK, GOOD_DISK = GIGABYTE // 2, 5 * GIGABYTE
SHOWN = 3
CONNECT_SECONDS = 1.0

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(;)?")


def check_python(running: tuple[int, int, int] = sys.version_info[:3]) -> Finding:
    """Check that this Python is one that we run on."""
    shown = ".".join(map(str, running))
    if running[:2] < OLDEST_PYTHON:
        return fail("python", shown, remedy="install Python 3.11 or newer and make the environment anew")
    return ok("python", shown)


def check_packages(lock: Path | None = None, *, installed: Callable[[str], str] = version) -> Finding:
    """Compare what is installed with the lock that we test with."""
    lock = lock or find_lock()
    if lock is None:
        return warn("packages", "no lock file to compare with", remedy="install from a checkout: docs/deploy.md")
    pins, optional = read_pins(lock.read_text(encoding="utf-8"))
    missing, others = [], []
    for name, versions in pins.items():
        try:
            found = installed(name)
        except PackageNotFoundError:
            missing += [] if name in optional else [name]
            continue
        others += [] if found in versions else [f"{name} {found} (tested: {', '.join(sorted(versions))})"]
    remedy = f"pip install --require-hashes -r requirements/{LOCK}"
    if missing:
        return fail("packages", f"{len(missing)} of {len(pins)} missing: {_some(missing)}", remedy=remedy)
    if others:
        return warn("packages", f"{len(others)} of {len(pins)} other than tested: {_some(others)}", remedy=remedy)
    return ok("packages", f"{len(pins)} as locked")


def find_lock() -> Path | None:
    """Find the lock: beside this module in an installed package, else in the checkout that runs."""
    here = Path(__file__).resolve()
    return next((path for path in (here.with_name(LOCK), here.parents[2] / "requirements" / LOCK) if path.is_file()), None)


def read_pins(text: str) -> tuple[Mapping[str, frozenset[str]], frozenset[str]]:
    """Read the pinned versions by name, and the names that only some platforms need."""
    pins: dict[str, set[str]] = {}
    always: set[str] = set()
    for line in text.splitlines():
        if found := _PIN.match(line):
            pins.setdefault(found[1], set()).add(found[2])
            always |= set() if found[3] else {found[1]}
    return {name: frozenset(versions) for name, versions in pins.items()}, frozenset(pins) - always


def check_memory(meminfo: Path = Path("/proc/meminfo")) -> Finding:
    """Check what memory is free, as Linux tells."""
    try:
        rows = dict(line.split(":", 1) for line in meminfo.read_text(encoding="ascii").splitlines() if ":" in line)
        free = int(rows["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return warn("memory", "cannot be seen on this system", remedy="have 2 GB free for training, 1 GB for each worker")
    shown = f"{free / GIGABYTE:.1f} GB free"
    if free < LEAST_MEMORY:
        return fail("memory", shown, remedy="free 1 GB for one worker, 2 GB for training")
    if free < GOOD_MEMORY:
        return warn("memory", shown, remedy="enough for one worker; training wants 2 GB, more for a large history")
    return ok("memory", shown)


def check_disk(folder: Path, *, free_bytes: int | None = None) -> Finding:
    """Check what room the home's disk has."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free if free_bytes is None else free_bytes
    shown = f"{free / GIGABYTE:.1f} GB free where {folder} stands"
    if free < LEAST_DISK:
        return fail("disk", shown, remedy="make room: uploads are refused with 507 once the disk is full")
    if free < GOOD_DISK:
        return warn("disk", shown, remedy="make room, or remove what is old: denials retention apply")
    return ok("disk", shown)


def check_port(settings: Settings) -> Finding:
    """Check that `denials serve` could bind; a port on which something listens may be our own service's."""
    place = f"{settings.host}:{settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((settings.host, settings.port))
        except PermissionError:
            return fail("port", f"{place} may not be bound by this user", remedy="set DENIALS_PORT to 1024 or more")
        except OSError:
            pass
        else:
            return ok("port", f"{place} is free")
    if _is_served(settings):
        return ok("port", f"{place}: a service answers there")
    return fail("port", f"{place} is taken by another program, or no address of this machine", remedy="set DENIALS_PORT")


def _is_served(settings: Settings) -> bool:
    """Tell whether what listens there speaks as our service does; over TLS it is not asked, since its name is not known."""
    request = f"GET /healthz HTTP/1.1\r\nHost: {settings.host}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((settings.host, settings.port), timeout=CONNECT_SECONDS) as connection:
            connection.sendall(request.encode("ascii"))
            return b"x-request-id" in connection.recv(4096).lower()
    except OSError:
        return False


def _some(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
