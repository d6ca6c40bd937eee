"""Runs every tutorial as its reader would: its blocks in one shell, on a home of its own, against a real service."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import END
from tests.served_process import served
from tests.tutorials.pages import PAGES, ROOT, is_served, script_of

pytestmark = pytest.mark.slow


@pytest.fixture
def place(practice: Path, tmp_path: Path) -> Path:
    """Give a folder as it stands after `make demo`, with a `denials` that is this code."""
    (tmp_path / "demo").symlink_to(practice / "files")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    shutil.copytree(practice / "home", tmp_path / "denials-home")
    command = tmp_path / "bin" / "denials"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m cli.main "$@"\n')
    command.chmod(0o755)
    return tmp_path


@contextmanager
def _address(place: Path, page: Path) -> Iterator[str]:
    if not is_served(page):
        yield ""
        return
    with served(place / "denials-home", DENIALS_AUTHENTICATION="on", DENIALS_SCORE_LOG="true") as client:
        yield str(client.base_url)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_tutorial_works(page: Path, place: Path) -> None:
    environment = os.environ | {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DENIALS_HOME": "denials-home",
        "DENIALS_AUTHENTICATION": "on",
    }
    with _address(place, page) as address:
        script = script_of(page).replace("http://127.0.0.1:8000", address.rstrip("/"))
        assert END.isoformat() in script  # the day that the practice's history ends, as in the demonstration
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=place, env=environment, capture_output=True, text=True, timeout=900
        )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-3000:]
