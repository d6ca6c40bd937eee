import socket
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from serving.doctor.finding import State
from serving.doctor.machine import (
    GIGABYTE,
    check_disk,
    check_memory,
    check_packages,
    check_port,
    check_python,
    find_lock,
    read_pins,
)
from serving.settings import Settings

LOCK = """\
first==1.2 \\
    --hash=sha256:aa
second==2.0 ; python_full_version < '3.12' \\
second==2.1 ; python_full_version >= '3.12' \\
windows-only==3 ; sys_platform == 'win32' \\
    # via first==9
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "run.lock"
    path.write_text(LOCK)
    return path


def _versions(**installed: str):  # type: ignore[no-untyped-def]
    def version(name: str) -> str:
        if name not in installed:
            raise PackageNotFoundError(name)
        return installed[name]

    return version


def test_an_old_python_fails() -> None:
    assert [check_python(version).state for version in ((3, 10, 9), (3, 11, 0), (4, 0, 0))] == [State.FAIL, State.OK, State.OK]


def test_a_lock_gives_pins_and_which_only_some_platforms_need() -> None:
    pins, optional = read_pins(LOCK)
    assert pins == {"first": {"1.2"}, "second": {"2.0", "2.1"}, "windows-only": {"3"}}
    assert optional == {"second", "windows-only"}


@pytest.mark.parametrize(
    ("installed", "state", "words"),
    [
        ({"first": "1.2", "second": "2.1"}, State.OK, "3 as locked"),
        ({"first": "1.3", "second": "2.0"}, State.WARN, "first 1.3 (tested: 1.2)"),
        ({"second": "2.0"}, State.FAIL, "1 of 3 missing: first"),
    ],
)
def test_packages_are_compared_with_the_lock(lock: Path, installed: dict[str, str], state: State, words: str) -> None:
    found = check_packages(lock, installed=_versions(**installed))
    assert found.state is state
    assert words in found.seen


def test_the_lock_of_this_checkout_is_found() -> None:
    found = find_lock()
    assert found is not None
    assert "fastapi" in read_pins(found.read_text())[0]


@pytest.mark.parametrize(("kilobytes", "state"), [(500_000, State.FAIL), (1_500_000, State.WARN), (9_000_000, State.OK)])
def test_memory_is_what_linux_calls_available(tmp_path: Path, kilobytes: int, state: State) -> None:
    (tmp_path / "meminfo").write_text(f"MemTotal: 16000000 kB\nMemFree: 1 kB\nMemAvailable:   {kilobytes} kB\n")
    assert check_memory(tmp_path / "meminfo").state is state


def test_memory_that_cannot_be_seen_is_a_warning(tmp_path: Path) -> None:
    assert check_memory(tmp_path / "none").state is State.WARN


@pytest.mark.parametrize(("free", "state"), [(GIGABYTE // 4, State.FAIL), (2 * GIGABYTE, State.WARN), (9 * GIGABYTE, State.OK)])
def test_a_full_disk_fails_even_before_the_home_exists(tmp_path: Path, free: int, state: State) -> None:
    assert check_disk(tmp_path / "not" / "yet", free_bytes=free).state is state


def test_a_port_taken_by_another_program_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert check_port(Settings(port=port)).state is State.FAIL
    assert check_port(Settings(port=port)).state is State.OK
